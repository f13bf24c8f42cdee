// SPDX-License-Identifier: Apache-2.0
// What a datagram at a port of RTP is, by its first byte (RFC 7983). Pure.
#pragma once
#include <cstdint>
#include <string_view>

namespace gsp::rt {

enum class DatagramKind : uint8_t { Stun, Dtls, TurnChannel, Rtp, Other };  // Rtp: or RTCP

inline DatagramKind kind_of(std::string_view datagram) {
    if (datagram.empty()) return DatagramKind::Other;
    const auto first = static_cast<uint8_t>(datagram[0]);
    if (first <= 3) return DatagramKind::Stun;
    if (first >= 20 && first <= 63) return DatagramKind::Dtls;
    if (first >= 64 && first <= 79) return DatagramKind::TurnChannel;
    return first >= 128 && first <= 191 ? DatagramKind::Rtp : DatagramKind::Other;
}

}  // namespace gsp::rt
