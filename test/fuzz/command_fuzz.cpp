// SPDX-License-Identifier: Apache-2.0
// Feeds arbitrary bytes, whole and in pieces, to the reader of commands between twins: the pieces must not matter, what
// is read must lie within the command, and no command may be longer than a message.
#include <algorithm>
#include <string>
#include <vector>

#include "runtime/threepcc/command_text.h"
#include "test/fuzz/require.h"

namespace {

using namespace gsp::rt;

void require_value(std::string_view whole, std::string_view part) {
    if (part.empty()) return;
    require_inside(whole, part);
    require(part.find('\n') == part.npos && part.find_first_of(" \t\r") != 0 &&
            part.find_last_of(" \t\r") != part.size() - 1);
}

struct Cut {
    std::vector<std::string> commands;
    bool good = true;
};

Cut cut(std::string_view bytes, size_t piece) {
    Cut result;
    CommandFramer framer;
    while (!bytes.empty() && result.good) {
        const std::string_view now = bytes.substr(0, piece);
        bytes.remove_prefix(now.size());
        result.good = framer.feed(now, [&](std::string_view command) { result.commands.emplace_back(command); });
    }
    return result;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    const Cut whole = cut(bytes, std::max<size_t>(size, 1));
    for (const size_t piece : {1, 2, 7, 1000}) {
        const Cut pieces = cut(bytes, piece);
        require(pieces.good == whole.good && pieces.commands == whole.commands);
    }
    for (const std::string& command : whole.commands) {
        require(command.size() <= GSP_MAX_MESSAGE && command.find(kCommandEnd) == command.npos);
        const CommandText read = read_command(command);
        require_value(command, read.call_id);
        require_value(command, read.from);
        require(read.aborts == (command.find("internal-cmd: abort_call") != command.npos));
    }
    return 0;
}
