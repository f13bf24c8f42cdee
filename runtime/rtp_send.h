// SPDX-License-Identifier: Apache-2.0
// Streams of RTP to one address, without SIP (-rtp_send).
#pragma once
#include <cstdint>
#include <optional>
#include <string>

#include "runtime/config.h"

namespace gsp::rt {

struct RtpSendConfig {
    bool on = false;                  // -rtp_send
    std::string host;                 // -rtp_addr
    uint16_t port = 0;                // … its port
    std::string codec = "PCMU/8000";  // -rtp_codec
    std::optional<uint8_t> type;      // -rtp_pt; nothing: that of the codec
    uint32_t packet_ms = 20;          // -rtp_freq
    uint32_t duration_ms = 0;         // -rtp_dur; 0: until a signal or -timeout
    uint32_t channels = 1;            // -rtp_ch
    uint32_t streams = 1;             // -rtp_streams
};

// Sends a tone until the time is over, or SIGINT, SIGTERM or SIGUSR1; prints what it begins and what came of it. 0: all
// went out in time; 1: more than a hundredth was late by more than 5 ms, or not sent; 255: it could not begin, the
// reason has been written to stderr.
int send_rtp(const RtpSendConfig&, const RunConfig&);

}  // namespace gsp::rt
