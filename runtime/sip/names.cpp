// SPDX-License-Identifier: Apache-2.0
// Header and method names to ids and back, from headers.def and methods.def.
#include <array>

#include "runtime/sip/message.h"
#include "runtime/sip/name_table.h"

namespace gsp::rt::sip {

namespace {

constexpr size_t kHeaders = static_cast<size_t>(Header::Count), kMethods = MethodCount - 1;

constexpr std::array<std::string_view, kHeaders> kHeaderNames = {
#define HEADER(id, name, compact) name,
#include "runtime/abi/headers.def"
};
constexpr std::array<std::string_view, kMethods> kMethodNames = {
#define METHOD(name) #name,
#include "runtime/abi/methods.def"
};
constexpr NameTable<kHeaders, Case::Any> kHeaderTable(kHeaderNames);
constexpr NameTable<kMethods, Case::Exact> kMethodTable(kMethodNames);

constexpr auto kCompact = [] {
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

}  // namespace

std::string_view header_name(Header id) {
    size_t index = static_cast<size_t>(id);
    return index < kHeaders ? kHeaderNames[index] : std::string_view();
}

Header find_header(std::string_view name) {
    if (name.size() == 1) return kCompact[static_cast<unsigned char>(name[0])];
    size_t index = kHeaderTable.find(name);
    return index < kHeaders ? static_cast<Header>(index) : Header::Unknown;
}

uint32_t find_method(std::string_view name) {
    size_t index = kMethodTable.find(name);
    return index < kMethods ? static_cast<uint32_t>(index + 1) : MethodNone;
}

std::string_view method_name(uint32_t id) {
    return id - 1u < kMethods ? kMethodNames[id - 1] : std::string_view();
}

}  // namespace gsp::rt::sip
