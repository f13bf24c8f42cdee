// SPDX-License-Identifier: Apache-2.0
// What the worker, the agents' thread and the media thread tell each other of streams that use ICE (RFC 8445).
#pragma once
#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "runtime/media/ice_sdp.h"
#include "runtime/media/media_counts.h"
#include "runtime/media/rtp.h"
#include "runtime/stats/counters.h"
#include "runtime/transport/transport.h"

namespace gsp::rt {

enum class IceState : uint8_t {
    Gathering,     // its candidates are not known yet
    NoCandidates,  // … and never will be
    Ready,         // they are
    Connected,     // packets go over a pair of candidates that has been checked
    Failed,        // no pair was found
    ConsentLost    // the other side answers no more (RFC 7675)
};
const char* ice_fault(IceState);  // "ICE: …"; nullptr: it is none

// Of one stream of a call: the agents' thread writes, the worker reads. Boards are used again; `agent` is a number that
// no two agents have.
struct IceBoard {
    void set(uint64_t agent, IceState state) {
        state_.store(agent << 8 | static_cast<uint64_t>(state), std::memory_order_release);
    }
    IceState of(uint64_t agent) const {
        const uint64_t state = state_.load(std::memory_order_acquire);
        return state >> 8 == agent ? static_cast<IceState>(state & 0xff) : IceState::Gathering;
    }
    // Do not change any more once it is Ready:
    std::string candidates;  // lines of SDP, CRLF between them
    Address address;         // of the default candidate

private:
    std::atomic<uint64_t> state_{0};
};
using IceBoards = std::array<IceBoard, 2>;  // by MediaKind

constexpr uint8_t ice_bit(MediaKind kind) {
    return static_cast<uint8_t>(1u << static_cast<uint32_t>(kind));
}
inline constexpr uint8_t kIceLite = 1u << 2;  // beside the bits of kinds

struct IceOrder {
    enum class Kind : uint8_t {
        Open,  // an agent for the streams `kinds` of a call, which gathers candidates: `first_stream`, `ssrc`, `boards`
        Remote,   // `remote`: what SDP of the other side says
        Restart,  // all checks anew (RFC 8445 9), with `user` and `password`
        GoBack,   // … but with what the other side had before
        Close    // its sockets and allocations are given back
    };
    Kind kind = Kind::Close;
    bool controlling = true, lite = false;
    uint8_t kinds = 0;  // ice_bit()s
    uint64_t agent = 0;
    uint32_t first_stream = 0, ssrc = 0;  // of audio; those of video are one more
    IceBoards* boards = nullptr;          // outlive the thread
    std::string user, password;           // a=ice-ufrag, a=ice-pwd
    std::unique_ptr<IceOfKinds> remote;
};

using IceCounts = ThreadCounts<Counter::IceCompleted, Counter::IcePacketsDropped>;  // of the agents' thread

}  // namespace gsp::rt
