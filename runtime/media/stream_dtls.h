// SPDX-License-Identifier: Apache-2.0
// What a stream that has its keys by DTLS remembers, and what is to be done for all of them. The media thread's.
#pragma once
#include <array>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>

#include "runtime/base/timer_wheel.h"
#include "runtime/media/dtls.h"
#include "runtime/media/rtp_network.h"

namespace gsp::rt {

struct DtlsOrder {
    DtlsPlan plan;
    const DtlsIdentity* identity;  // outlives the thread
};

struct DtlsPort : TimerNode {
    uint32_t stream = 0;
    bool rtcp = false;             // the port of RTCP, without a=rtcp-mux
    std::unique_ptr<DtlsEnd> end;  // nullptr: nothing was done yet
    DtlsOutcome outcome = DtlsOutcome::Pending;
    uint64_t give_up_ns = TimerWheel::kNever;  // once it is known whom to trust
    RtpDestination answers_to;                 // where the last datagram came from
};

struct StreamDtls {
    DtlsPlan plan;
    std::array<DtlsPort, 2> ports;  // RTP, RTCP
};

// A handshake takes time, up to a millisecond in all, so its pieces wait here: one is done at a time, and between two
// of them all packets that are due leave. A datagram more than fits is lost, as on the way.
struct Handshakes {
    const DtlsIdentity* identity = nullptr;
    TimerWheel timers;
    struct Piece {
        uint32_t stream;
        bool rtcp;
        std::string datagram;  // empty: begin
        RtpDestination from;
    };
    std::deque<Piece> waiting;
    static constexpr size_t kMost = 10'000;
    static constexpr uint64_t kLongestNs = 20 * kSecond;  // a handshake that takes longer has failed
};

}  // namespace gsp::rt
