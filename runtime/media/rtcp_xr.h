// SPDX-License-Identifier: Apache-2.0
// Extended reports (RFC 3611): receiver reference time, DLRR, statistics summary, VoIP metrics, written and read. Pure
// functions.
#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "runtime/media/rtcp.h"

namespace gsp::rt {

inline constexpr uint8_t kRtcpXr = 207;

struct XrLastReceiver {  // 4.5: what is said to one receiver
    uint32_t ssrc;
    uint32_t last_rr, since_last_rr;  // middle bits of its reference time; 1/65536 s
};
struct XrStatistics {  // 4.6: of one source since the report before; jitter in ticks, nothing on TTL
    uint32_t ssrc;
    uint16_t begin, end;  // sequence numbers, `end` is the first that does not count
    uint32_t lost, duplicate;
    uint32_t jitter_min, jitter_max, jitter_mean, jitter_deviation;
};
struct XrVoipMetrics {  // 4.7: of one source since it began
    static constexpr uint8_t kUnknown = 127;
    uint32_t ssrc;
    uint8_t loss, discard;                 // of 256
    uint8_t burst_density, gap_density;    // … within bursts and gaps
    uint16_t burst_ms, gap_ms;             // mean lengths
    uint16_t round_trip_ms, end_delay_ms;  // 0: not known
    uint8_t gap_min = 16;
    uint8_t r = kUnknown;                          // 0 to 100
    uint8_t mos_lq = kUnknown, mos_cq = kUnknown;  // 10 to 50
    uint16_t buffer_ms = 0;                        // which does not adapt
};

// Appends one XR packet with its blocks to a compound one.
class XrWriter {
public:
    XrWriter(RtcpWriter& out, uint32_t ssrc) : out_(out), begin_(out.begin_xr(ssrc)) {}
    void reference_time(uint64_t ntp);
    void last_receivers(std::span<const XrLastReceiver>);
    void statistics(const XrStatistics&);
    void voip_metrics(const XrVoipMetrics&);
    bool end() { return out_.end_xr(begin_); }  // without a block there is no packet: false

private:
    bool begin_block(uint8_t type, uint8_t specific, size_t words);
    RtcpWriter& out_;
    const size_t begin_;
};

struct XrBlockView {
    uint8_t type, specific;
    std::string_view body;
    std::optional<uint64_t> reference_time() const;
    std::optional<XrLastReceiver> last_receiver(size_t i) const;
    std::optional<XrStatistics> statistics() const;
    std::optional<XrVoipMetrics> voip_metrics() const;
};
// Takes the first block off those of an XR packet, behind its SSRC; nothing: what is left is none.
std::optional<XrBlockView> take_xr_block(std::string_view& blocks);

}  // namespace gsp::rt
