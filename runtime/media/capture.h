// SPDX-License-Identifier: Apache-2.0
// Datagrams with their times: what play_pcap_* and play_dtmf send. Read from a capture, pcap or pcapng, of which only
// the UDP packets count (Ethernet with VLAN tags, raw IP, Linux cooked, 802.11, loopback). Never changes once it is
// made.
#pragma once
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "runtime/base/result.h"

namespace gsp::rt {

struct CapturedPacket {
    uint64_t at_ns;       // since the first one
    uint32_t begin, len;  // in `bytes`
    uint16_t port;        // index in `ports`
};

struct Capture {
    std::vector<char> bytes;
    std::vector<CapturedPacket> packets;
    std::vector<uint16_t> ports;  // how far above the lowest destination port, each once

    std::string_view payload(const CapturedPacket& packet) const { return {bytes.data() + packet.begin, packet.len}; }
    void add(uint64_t at_ns, std::string_view payload);  // to the lowest port
};

bool looks_like_capture(std::string_view file);
// Fails if it is no capture, has no UDP packet, is cut off, or says what cannot be; the error names the packet, from 1.
Result<Capture> parse_capture(std::string_view file);

// ---- link_layers.cpp
struct UdpPacket {
    uint16_t destination_port;
    std::string_view payload;
};
// Of a frame of this type of link (tcpdump.org/linktypes.html); nothing: it is none, or a fragment.
std::optional<UdpPacket> udp_of_frame(std::string_view frame, uint32_t link_type);
bool is_known_link_type(uint32_t);

}  // namespace gsp::rt
