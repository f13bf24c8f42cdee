// SPDX-License-Identifier: Apache-2.0
#include "runtime/media/pcap_file.h"

#include <algorithm>

#include "runtime/base/clock.h"

namespace gsp::rt {

namespace {

constexpr size_t kUdpHeader = 8, kLongest = 65535;
constexpr uint8_t kUdp = 17, kHops = 64;

void little(std::string& out, uint64_t value, size_t bytes) {
    for (size_t i = 0; i < bytes; ++i) out += static_cast<char>(value >> 8 * i);
}

void big(std::string& out, uint64_t value, size_t bytes) {
    for (size_t i = bytes; i-- > 0;) out += static_cast<char>(value >> 8 * i);
}

void set_big16(std::string& out, size_t at, uint32_t value) {
    out[at] = static_cast<char>(value >> 8);
    out[at + 1] = static_cast<char>(value);
}

// RFC 1071: the sum of 16-bit words, what is missing at the end is zero.
uint32_t sum_of(std::string_view bytes, uint32_t sum = 0) {
    for (size_t i = 0; i < bytes.size(); ++i)
        sum += static_cast<uint32_t>(static_cast<uint8_t>(bytes[i])) << (i % 2 ? 0 : 8);
    return sum;
}

uint32_t checksum(uint32_t sum) {
    while (sum >> 16) sum = (sum & 0xffff) + (sum >> 16);
    return ~sum & 0xffff;
}

std::string_view ip_of(const Address& address) {
    return {reinterpret_cast<const char*>(address.ip), size_t{address.family == 6 ? 16u : 4u}};
}

void ipv4(std::string& out, const StoredPacket& packet, size_t udp_size) {
    const size_t begin = out.size();
    big(out, 0x4500, 2);  // version, header of 5 words, type of service
    big(out, 20 + udp_size, 2);
    big(out, 0x00004000, 4);  // no identification, not to be fragmented
    big(out, uint64_t{kHops} << 24 | uint64_t{kUdp} << 16, 4);
    out.append(ip_of(packet.from)).append(ip_of(packet.to));
    set_big16(out, begin + 10, checksum(sum_of(std::string_view(out).substr(begin))));
}

void ipv6(std::string& out, const StoredPacket& packet, size_t udp_size) {
    big(out, 0x60000000, 4);
    big(out, udp_size, 2);
    big(out, uint64_t{kUdp} << 8 | kHops, 2);
    out.append(ip_of(packet.from)).append(ip_of(packet.to));
}

void udp(std::string& out, const StoredPacket& packet, size_t udp_size) {
    const size_t begin = out.size();
    for (const uint64_t value : {uint64_t{packet.from.port}, uint64_t{packet.to.port}, uint64_t{udp_size}, uint64_t{0}})
        big(out, value, 2);
    out.append(packet.head).append(packet.rest).resize(begin + udp_size);
    const uint32_t addresses = sum_of(ip_of(packet.to), sum_of(ip_of(packet.from)));
    const uint32_t pseudo = addresses + kUdp + static_cast<uint32_t>(udp_size);
    const uint32_t sum = checksum(sum_of(std::string_view(out).substr(begin), pseudo));
    set_big16(out, begin + 6, sum ? sum : 0xffff);  // RFC 768: 0 says that there is none
}

}  // namespace

void begin_pcap(std::string& out) {
    constexpr uint32_t kNanoseconds = 0xa1b23c4d, kRawIp = 101;
    little(out, kNanoseconds, 4);
    little(out, 2, 2);
    little(out, 4, 2);
    little(out, 0, 8);
    little(out, kLongest, 4);
    little(out, kRawIp, 4);
}

void add_to_pcap(const StoredPacket& packet, std::string& out) {
    const size_t ip_size = packet.from.family == 6 ? 40 : 20;
    const size_t udp_size = std::min(kUdpHeader + packet.head.size() + packet.rest.size(), kLongest - ip_size);
    little(out, packet.at_ns / kSecond, 4);
    little(out, packet.at_ns % kSecond, 4);
    little(out, ip_size + udp_size, 4);
    little(out, ip_size + udp_size, 4);
    packet.from.family == 6 ? ipv6(out, packet, udp_size) : ipv4(out, packet, udp_size);
    udp(out, packet, udp_size);
}

std::string pcap_of(const PacketStore& store) {
    std::string out;
    begin_pcap(out);
    store.each([&](const StoredPacket& packet) { add_to_pcap(packet, out); });
    return out;
}

}  // namespace gsp::rt
