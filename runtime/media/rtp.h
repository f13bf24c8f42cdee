// SPDX-License-Identifier: Apache-2.0
// RTP packets (RFC 3550 5.1): formats that can be sent, and the header of 12 bytes, which is made once a stream and
// patched for each packet. Pure functions.
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace gsp::rt {

enum class MediaKind : uint8_t { Audio, Video };

struct RtpFormat {
    uint8_t type = 0;  // payload type
    MediaKind kind = MediaKind::Audio;
    uint16_t bytes = 0, ms = 0, ticks = 0;  // of a packet
};
// The row of payloads.def that fits; nothing: there is none. `name` may be empty; its case does not count.
std::optional<RtpFormat> find_rtp_format(uint32_t type, std::string_view name);

using RtpHeader = std::array<uint8_t, 12>;
RtpHeader rtp_header(uint8_t type, uint32_t ssrc, bool marker = false);  // sequence and timestamp 0
void patch(RtpHeader&, uint16_t sequence, uint32_t timestamp);

// The bytes of an RTP packet behind its header, CSRCs, extension and padding; empty if it is none.
std::string_view rtp_payload(std::string_view packet);

}  // namespace gsp::rt
