// SPDX-License-Identifier: Apache-2.0
#include "runtime/sip/call_id.h"

#include <strings.h>

namespace gsp::rt::sip {

namespace {

// What stands behind `name` and a colon; no data: the line has another name.
std::string_view value_if(std::string_view line, std::string_view name) {
    if (line.size() <= name.size() || strncasecmp(line.data(), name.data(), name.size()) != 0) return {};
    constexpr std::string_view kBlanks = " \t\r";
    const size_t colon = line.find_first_not_of(kBlanks, name.size());
    if (colon == line.npos || line[colon] != ':') return {};
    const size_t begin = line.find_first_not_of(kBlanks, colon + 1);
    if (begin == line.npos) return {};
    return line.substr(begin, line.find_last_not_of(kBlanks) + 1 - begin);
}

}  // namespace

std::string_view find_call_id(std::string_view message) {
    size_t end = message.find('\n');  // of the start line
    while (end != message.npos) {
        const size_t begin = end + 1;
        end = message.find('\n', begin);
        const std::string_view line = message.substr(begin, end == message.npos ? end : end - begin);
        if (line.empty() || line == "\r") break;
        const char first = static_cast<char>(line.front() | 0x20);
        if (first != 'c' && first != 'i') continue;
        if (const std::string_view id = value_if(line, first == 'c' ? "Call-ID" : "i"); !id.empty()) return id;
    }
    return {};
}

}  // namespace gsp::rt::sip
