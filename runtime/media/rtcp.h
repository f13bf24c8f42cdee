// SPDX-License-Identifier: Apache-2.0
// RTCP packets (RFC 3550 6): compound packets are written and taken apart. Pure functions.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace gsp::rt {

inline constexpr uint8_t kRtcpSr = 200, kRtcpRr = 201, kRtcpSdes = 202, kRtcpBye = 203;

struct RtcpSenderInfo {
    uint64_t ntp;  // 32 bits of seconds since 1900, 32 of fraction
    uint32_t timestamp, packets, octets;
};
struct RtcpBlock {  // what is said of one source
    uint32_t ssrc;
    uint8_t fraction_lost;  // of 256, since the report before
    int32_t lost;           // 24 bits with sign
    uint32_t highest, jitter;
    uint32_t last_sr, since_last_sr;  // middle bits of its NTP time; 1/65536 s; 0: there was none
};

uint64_t ntp_of(uint64_t unix_ns);
constexpr uint32_t middle_of(uint64_t ntp) {
    return static_cast<uint32_t>(ntp >> 16);
}

// A compound packet; what does not fit is left out.
class RtcpWriter {
public:
    void sender_report(uint32_t ssrc, const RtcpSenderInfo&, std::span<const RtcpBlock>);  // at most 31 blocks
    void receiver_report(uint32_t ssrc, std::span<const RtcpBlock>);
    void cname(uint32_t ssrc, std::string_view name);
    void bye(uint32_t ssrc);
    std::string_view packet() const { return {bytes_.data(), size_}; }

    // For XrWriter (rtcp_xr.h): a packet whose length is known when it ends.
    size_t begin_xr(uint32_t ssrc);
    bool end_xr(size_t begin);
    bool has_room(size_t bytes) const { return size_ + bytes <= bytes_.size(); }
    void put(uint64_t value, size_t bytes);

private:
    void begin(uint8_t type, size_t count, size_t words);  // `words`: behind the first one
    void put(std::span<const RtcpBlock>);
    std::array<char, 1024> bytes_{};
    size_t size_ = 0;
};

struct RtcpPacketView {
    uint8_t type, count;
    std::string_view body;  // behind the first word
    std::optional<uint32_t> ssrc() const;
    std::optional<RtcpSenderInfo> sender_info() const;  // of an SR
    std::optional<RtcpBlock> block(uint32_t i) const;   // of an SR or RR
};

// Takes the first packet off a compound one; nothing: what is left is none (RFC 3550 A.2).
std::optional<RtcpPacketView> take_rtcp(std::string_view& compound);

// The time from this side to the other and back (RFC 3550 6.4.1), of a block that arrived at `now_ntp`; nothing: it
// answers no report, or says what cannot be.
std::optional<uint64_t> round_trip_ns(const RtcpBlock&, uint64_t now_ntp);

}  // namespace gsp::rt
