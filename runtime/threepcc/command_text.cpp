// SPDX-License-Identifier: Apache-2.0
#include "runtime/threepcc/command_text.h"

#include <strings.h>

#include <algorithm>

namespace gsp::rt {

namespace {

std::string_view trimmed(std::string_view text) {
    constexpr std::string_view kBlank = " \t\r";
    const size_t first = text.find_first_not_of(kBlank);
    return first == text.npos ? std::string_view() : text.substr(first, text.find_last_not_of(kBlank) + 1 - first);
}

bool equal_any_case(std::string_view a, std::string_view b) {
    return a.size() == b.size() && strncasecmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace

CommandText read_command(std::string_view command) {
    CommandText read;
    read.aborts = command.find(kAbortCommand) != command.npos;
    while (!command.empty() && (read.call_id.empty() || read.from.empty())) {
        const std::string_view line = command.substr(0, command.find('\n'));
        command.remove_prefix(std::min(line.size() + 1, command.size()));
        const size_t colon = line.find(':');
        if (colon == line.npos) continue;
        const std::string_view name = trimmed(line.substr(0, colon));
        if (read.call_id.empty() && (equal_any_case(name, "Call-ID") || equal_any_case(name, "i")))
            read.call_id = trimmed(line.substr(colon + 1));
        else if (read.from.empty() && equal_any_case(name, "From"))
            read.from = trimmed(line.substr(colon + 1));
    }
    if (const size_t slashes = read.call_id.find("///"); slashes != read.call_id.npos)
        read.call_id = trimmed(read.call_id.substr(slashes + 3));
    return read;
}

}  // namespace gsp::rt
