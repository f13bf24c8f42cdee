// SPDX-License-Identifier: Apache-2.0
// Text that is the same for a whole run: literals of a program joined with the keywords whose value is known when a run
// starts. Made once, when a worker is created; rendering copies from it.
#pragma once
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/abi/gsp_abi.h"
#include "runtime/base/result.h"
#include "runtime/config.h"
#include "runtime/transport/transport.h"

namespace gsp::rt {

// What the run-bound keywords render, found out before the worker starts.
struct RunText {
    const RunConfig& config;
    Address local;   // bound address, wildcard replaced by the address towards the remote host
    Address bound;   // as bound
    Address remote;  // family 0 if there is none
    Address media;
    uint16_t media_port;
    Address send_to = {};      // -rsa; family 0: none
    bool many_locals = false;  // calls have local addresses or ports of their own
    // Addresses of the remote host in the order to try them, `remote` is the first; empty: it is the only one.
    std::span<const Address> targets = {};
};

// The run-bound keywords (rows Run of keywords.def): append their text to `out`.
#define GSP_KW_Run(function) void function(const RunText&, int32_t offset, std::string& out);
#define GSP_KW_Call(function)
#define GSP_KW_Message(function)
#define GSP_KW_Special(function)
#define KEYWORD(name, bound, shape, function, ...) GSP_KW_##bound(function)
#include "runtime/abi/keywords.def"
#undef KEYWORD
#undef GSP_KW_Run
#undef GSP_KW_Call
#undef GSP_KW_Message
#undef GSP_KW_Special

// `blank`: how many bytes of white space it begins with.
struct JoinedText {
    const char* ptr;
    uint32_t len;
    uint32_t blank;
    uint32_t first_hole = 0, n_holes = 0;
};

// An address or port within a joined text where each call has its own.
struct AddressHole {
    enum class What : uint8_t { LocalIp, LocalPort, RemoteIp, RemotePort };
    uint32_t at;  // in the text
    What what;
    int32_t offset;  // of a port
};

class RunTexts {
public:
    // Fails on a keyword that is neither a row of keywords.def nor a -key name.
    static Result<RunTexts> join(const gsp_program&, const RunText&);
    const JoinedText& operator[](uint32_t run_text) const { return texts_[run_text]; }
    std::span<const AddressHole> holes(const JoinedText& text) const {
        return std::span(holes_).subspan(text.first_hole, text.n_holes);
    }

private:
    std::unique_ptr<std::string> bytes_;  // the texts point into it
    std::vector<JoinedText> texts_;
    std::vector<AddressHole> holes_;  // in the order of the texts
};

}  // namespace gsp::rt
