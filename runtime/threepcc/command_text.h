// SPDX-License-Identifier: Apache-2.0
// Commands between twins (3PCC) as bytes: what one says, and how they follow one another on a connection. SIPp's
// format: lines, one of them `Call-ID: …`, then the byte 0x1B. No I/O, any thread.
#pragma once
#include <string>
#include <string_view>

#include "runtime/abi/gsp_abi.h"

namespace gsp::rt {

constexpr char kCommandEnd = '\x1b';
constexpr std::string_view kAbortCommand = "internal-cmd: abort_call";

// Views into the command.
struct CommandText {
    std::string_view call_id;  // of the first Call-ID (or i) line; of `xyz///id` only `id`; empty: none
    std::string_view from;     // extended 3PCC: the name of the sender
    bool aborts = false;       // the sender's call has failed
};
CommandText read_command(std::string_view command);

// Cuts what comes in on one connection into commands.
class CommandFramer {
public:
    // Calls f(command) for each that is complete; its text is valid during the call. False: one is longer than a
    // message may be, the rest of the stream is of no use.
    template <class F>
    bool feed(std::string_view bytes, F&& f) {
        for (size_t end; (end = bytes.find(kCommandEnd)) != bytes.npos; bytes.remove_prefix(end + 1)) {
            const std::string_view piece = bytes.substr(0, end);
            if (begun_.size() + piece.size() > GSP_MAX_MESSAGE) return false;
            if (begun_.empty()) {
                f(piece);
                continue;
            }
            begun_ += piece;
            f(std::string_view(begun_));
            begun_.clear();
        }
        if (begun_.size() + bytes.size() > GSP_MAX_MESSAGE) return false;
        begun_ += bytes;
        return true;
    }

private:
    std::string begun_;  // of a command whose end has not come yet
};

}  // namespace gsp::rt
