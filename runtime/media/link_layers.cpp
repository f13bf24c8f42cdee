// SPDX-License-Identifier: Apache-2.0
// From the frame of a capture to the UDP packet in it.
#include <algorithm>

#include "runtime/media/bytes.h"
#include "runtime/media/capture.h"

namespace gsp::rt {

namespace {

constexpr uint64_t kIPv4 = 0x0800, kIPv6 = 0x86dd, kUdp = 17;

std::string_view behind(std::string_view bytes, size_t n) {
    return n < bytes.size() ? bytes.substr(n) : std::string_view();
}

std::optional<UdpPacket> udp(std::string_view bytes) {
    constexpr size_t kHeader = 8;
    const uint64_t len = number_at(bytes, 4, 2);
    if (bytes.size() < kHeader || len < kHeader) return {};
    return UdpPacket{static_cast<uint16_t>(number_at(bytes, 2, 2)), bytes.substr(0, len).substr(kHeader)};
}

std::optional<UdpPacket> udp_of_ip(std::string_view packet) {
    const uint64_t first = number_at(packet, 0, 1), version = first >> 4;
    if (version == 6) {
        constexpr size_t kHeader = 40;
        return number_at(packet, 6, 1) == kUdp ? udp(behind(packet, kHeader)) : std::nullopt;
    }
    constexpr uint64_t kFragment = 0x3fff;  // more of them, or not the first
    if (version != 4 || number_at(packet, 9, 1) != kUdp || number_at(packet, 6, 2) & kFragment) return {};
    // Behind the end there may be what fills up an Ethernet frame.
    return udp(behind(packet.substr(0, number_at(packet, 2, 2)), 4 * (first & 0x0f)));
}

std::optional<UdpPacket> udp_of_ethertype(std::string_view bytes, uint64_t type) {
    constexpr uint64_t kVlan = 0x8100, kServiceVlan = 0x88a8;
    while ((type == kVlan || type == kServiceVlan) && bytes.size() >= 4) {
        type = number_at(bytes, 2, 2);
        bytes.remove_prefix(4);
    }
    return type == kIPv4 || type == kIPv6 ? udp_of_ip(bytes) : std::nullopt;
}

// A data frame, with LLC and SNAP.
std::optional<UdpPacket> udp_of_80211(std::string_view frame) {
    const uint64_t control = number_at(frame, 0, 1), flags = number_at(frame, 1, 1);
    constexpr uint64_t kTypeMask = 0x0c, kData = 0x08, kQos = 0x80, kBothWays = 0x03, kProtected = 0x40;
    if ((control & kTypeMask) != kData || flags & kProtected) return {};
    const size_t header = 24 + ((flags & kBothWays) == kBothWays ? 6 : 0) + (control & kQos ? 2 : 0);
    constexpr uint64_t kSnap = 0xaaaa03;
    const std::string_view llc = behind(frame, header);
    return number_at(llc, 0, 3) == kSnap ? udp_of_ethertype(behind(llc, 8), number_at(llc, 6, 2)) : std::nullopt;
}

struct LinkLayer {
    uint32_t type;
    std::optional<UdpPacket> (*read)(std::string_view frame);
};

std::optional<UdpPacket> udp_of_ethernet(std::string_view frame) {
    return udp_of_ethertype(behind(frame, 14), number_at(frame, 12, 2));
}
std::optional<UdpPacket> udp_of_bsd_loopback(std::string_view frame) {
    return udp_of_ip(behind(frame, 4));
}
std::optional<UdpPacket> udp_of_linux_cooked(std::string_view frame) {
    return udp_of_ethertype(behind(frame, 16), number_at(frame, 14, 2));
}
std::optional<UdpPacket> udp_of_linux_cooked_2(std::string_view frame) {
    return udp_of_ethertype(behind(frame, 20), number_at(frame, 0, 2));
}

constexpr LinkLayer kLinkLayers[] = {{0, udp_of_bsd_loopback},
                                     {1, udp_of_ethernet},
                                     {12, udp_of_ip},
                                     {14, udp_of_ip},
                                     {101, udp_of_ip},
                                     {105, udp_of_80211},
                                     {108, udp_of_bsd_loopback},
                                     {113, udp_of_linux_cooked},
                                     {228, udp_of_ip},
                                     {229, udp_of_ip},
                                     {276, udp_of_linux_cooked_2}};

const LinkLayer* find_link_layer(uint32_t type) {
    const auto* const found = std::find_if(std::begin(kLinkLayers), std::end(kLinkLayers),
                                           [&](const LinkLayer& row) { return row.type == type; });
    return found == std::end(kLinkLayers) ? nullptr : found;
}

}  // namespace

bool is_known_link_type(uint32_t type) {
    return find_link_layer(type) != nullptr;
}

std::optional<UdpPacket> udp_of_frame(std::string_view frame, uint32_t link_type) {
    const LinkLayer* const layer = find_link_layer(link_type);
    return layer ? layer->read(frame) : std::nullopt;
}

}  // namespace gsp::rt
