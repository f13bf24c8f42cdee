// SPDX-License-Identifier: Apache-2.0
// The tables of header and method names, from headers.def and methods.def, inline for the reader. Private to
// runtime/sip.
#pragma once
#include <array>

#include "runtime/sip/message.h"
#include "runtime/sip/name_table.h"

namespace gsp::rt::sip {

constexpr size_t kHeaders = static_cast<size_t>(Header::Count), kMethods = MethodCount - 1;

inline constexpr std::array<std::string_view, kHeaders> kHeaderNames = {
#define HEADER(id, name, compact) name,
#include "runtime/abi/headers.def"
};
inline constexpr std::array<std::string_view, kMethods> kMethodNames = {
#define METHOD(name) #name,
#include "runtime/abi/methods.def"
};
inline constexpr NameTable<kHeaders, Case::Any> kHeaderTable(kHeaderNames);
inline constexpr NameTable<kMethods, Case::Exact> kMethodTable(kMethodNames);

inline constexpr auto kCompact = [] {
    std::array<Header, 256> ids{};
    ids.fill(Header::Unknown);
    auto set = [&](Header id, char letter) {
        if (letter == 0) return;
        ids[static_cast<unsigned char>(letter)] = id;
        ids[static_cast<unsigned char>(letter - 'a' + 'A')] = id;
    };
#define HEADER(id, name, compact) set(Header::id, compact);
#include "runtime/abi/headers.def"
    return ids;
}();

static_assert(kHeaderTable.kNotFound == static_cast<uint8_t>(Header::Unknown));

inline Header lookup_header(std::string_view name) {
    if (name.size() == 1) return kCompact[static_cast<unsigned char>(name[0])];
    return static_cast<Header>(kHeaderTable.find(name));
}

// … of a name behind which there is more, up to kHeaderTable.kReadable bytes in all at least.
inline Header lookup_header_at(const char* name, size_t length) {
    if (length == 1) [[unlikely]]
        return kCompact[static_cast<unsigned char>(*name)];
    return static_cast<Header>(kHeaderTable.find_at(name, length));
}

inline uint32_t lookup_method(std::string_view name) {
    const uint8_t index = kMethodTable.find(name);
    return index == kMethodTable.kNotFound ? uint32_t{MethodNone} : index + 1u;
}

}  // namespace gsp::rt::sip
