// SPDX-License-Identifier: Apache-2.0
// What is learnt from the RTP packets that arrive at a port: RFC 3550 (6.4.1, A.1, A.3, A.8), telephone events (RFC
// 4733), silence. A pure function of packets and their times; nothing allocates. The media thread's.
#pragma once
#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>

#include "runtime/media/e_model.h"
#include "runtime/media/g722_low_band.h"
#include "runtime/media/rtcp.h"
#include "runtime/media/rtp.h"
#include "runtime/media/xr_meter.h"
#include "runtime/stats/stream_report.h"

namespace gsp::rt {

// Sequence numbers and times of one SSRC.
class RtpSource {
public:
    void begin(const RtpView&, uint64_t at_ns, bool for_xr = false);  // its first packet
    enum class Kind : uint8_t { InOrder, Reordered, Duplicate };
    Kind take(uint16_t sequence);
    // Of all but telephone events, whose timestamps stand still.
    void time(const RtpView&, uint32_t clock_hz, uint64_t at_ns);

    uint64_t expected() const { return expected_before_ + highest_ - first_ + 1; }
    uint64_t lost() const { return expected() > unique_ ? expected() - unique_ : 0; }
    uint64_t packets() const { return packets_; }
    uint32_t highest() const { return static_cast<uint32_t>(highest_); }  // extended (RFC 3550 6.4.1)
    uint32_t ssrc() const { return ssrc_; }
    uint64_t last_ns() const { return last_ns_; }
    uint64_t note_arrival(uint64_t at_ns);  // returns the gap before it
    uint32_t jitter_ticks() const;
    double jitter_ns() const { return jitter_ns_; }
    // What a report says of it (RFC 3550 6.4.1, A.3); the next one counts from here on.
    RtcpBlock report(uint64_t now_ns);
    bool has_news() const { return packets_ != reported_packets_; }
    void note_sender_report(uint64_t ntp, uint64_t at_ns) { last_sr_ = middle_of(ntp), sr_ns_ = at_ns; }
    // What an extended report says of it, if it has begun so, of itself alone; its statistics count from here on.
    struct Extended {
        XrStatistics statistics;
        XrVoipMetrics voip;
    };
    std::optional<Extended> extended();
    void note_duplicate() {
        if (xr_) [[unlikely]]
            xr_->interval.duplicate();
    }
    // Would the packet that was timed last come too late for a receiver's buffer? Such a buffer begins anew with a
    // talkspurt, and when nothing else comes in time any more.
    bool too_late() const { return late_ns_ > kBufferNs; }
    static constexpr double kBufferNs = 60e6;

private:
    void restart(uint16_t sequence);
    void note_lateness(bool talkspurt, double took_ns, double sent_ns);
    void settle(uint32_t ahead);
    void time_for_xr(const RtpView&, double took_ns, double sent_ns);
    struct Xr {
        BurstMeter bursts;
        IntervalMeter interval;
        uint64_t late = 0;  // bit i: `highest_` - i has come, but too late for a receiver's buffer
        uint64_t packets_too_late = 0, reported_expected = 0, reported_unique = 0;
        uint16_t last_sequence = 0;
        double packet_ns = 0;  // what a packet carries
    };
    std::unique_ptr<Xr> xr_;  // nullptr: nobody asks
    uint32_t ssrc_ = 0, clock_hz_ = 0;
    uint64_t packets_ = 0, unique_ = 0, expected_before_ = 0;  // … the sender began anew
    uint64_t first_ = 0, highest_ = 0;                         // sequence numbers, with their cycles
    uint32_t restart_at_ = kNoRestart;
    uint64_t seen_ = 0;  // bit i: `highest_` - i has come
    uint64_t last_ns_ = 0;
    uint64_t reported_expected_ = 0, reported_packets_ = 0, sr_ns_ = 0;
    uint32_t last_sr_ = 0;
    bool timed_ = false;
    uint32_t last_timestamp_ = 0;
    uint64_t timed_ns_ = 0;
    double jitter_ns_ = 0, late_ns_ = 0;  // … than the fastest packet so far
    uint32_t late_in_a_row_ = 0;
    static constexpr uint32_t kNoRestart = 1u << 16;
};

class Reception {
public:
    void expect_from(uint64_t now_ns) { since_ns_ = now_ns; }  // what the delay of the first packet counts from
    void prepare_xr() { for_xr_ = true; }                      // extended reports are made of sources
    void take(const RtpView&, size_t bytes, const DynamicTypes&, uint64_t at_ns);
    void put(StreamReport&) const;

    static constexpr size_t kSources = 4;  // that are told apart; a fifth takes the place of the one silent longest
    const RtpSource* latest() const;       // nullptr: nothing has come
    RtpSource* find(uint32_t ssrc);        // nullptr: not among the last ones
    std::span<RtpSource> sources() { return {sources_.data(), used_}; }

private:
    RtpSource& source_of(const RtpView&, uint64_t at_ns, bool& is_new);
    void retire(const RtpSource&);
    void hear(const RtpView&, uint32_t clock_hz);
    void end_event(uint32_t clock_hz);
    void judge_silence(CodecId, std::string_view payload);
    bool is_silent_g722(std::string_view payload);
    void note_type(uint8_t type, CodecId);
    uint64_t& count(StreamValue value) { return counts_[static_cast<size_t>(value)]; }

    std::array<RtpSource, kSources> sources_;
    size_t used_ = 0, latest_ = 0;
    bool for_xr_ = false;
    uint64_t since_ns_ = 0, retired_expected_ = 0, retired_lost_ = 0;
    std::array<uint64_t, kStreamValues> counts_{};
    double jitter_sum_ns_ = 0, jitter_max_ns_ = 0;
    uint64_t timed_packets_ = 0;
    uint8_t type_ = 0;
    CodecId codec_ = kNoCodec;
    uint32_t clock_hz_ = 0;  // 0: no packet but events has come
    struct Event {
        bool open = false;
        uint8_t event = 0;
        uint16_t duration = 0;  // ticks
        uint32_t timestamp = 0, ssrc = 0;
        bool is(const RtpView& packet) const { return timestamp == packet.timestamp && ssrc == packet.ssrc; }
    } event_, ended_;  // the one that is heard; the last one that was: its end comes three times
    HeardDigits heard_;
    G722LowBand g722_;
};

// What the E-model needs to know of a stream; nothing: nothing arrived, or its codec has no values.
std::optional<Impairments> impairments_of(const StreamReport&);
// Fills in what follows from the rest: the MOS (e_model.h).
void rate(StreamReport&);

}  // namespace gsp::rt
