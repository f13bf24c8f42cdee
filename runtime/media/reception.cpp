// SPDX-License-Identifier: Apache-2.0
#include "runtime/media/reception.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "runtime/media/bytes.h"
#include "runtime/media/e_model.h"

namespace gsp::rt {

// ---- sequence numbers --------------------

void RtpSource::begin(const RtpView& packet, uint64_t at_ns, bool for_xr) {
    *this = RtpSource();
    if (for_xr) xr_ = std::make_unique<Xr>();
    ssrc_ = packet.ssrc;
    last_ns_ = at_ns;
    restart(packet.sequence);
}

void RtpSource::restart(uint16_t sequence) {
    first_ = highest_ = (uint64_t{1} << 16) + sequence;  // one before it may still come
    seen_ = 0;
    if (xr_) xr_->late = 0;
    restart_at_ = kNoRestart;
}

// RFC 3550 A.1, without its probation: whoever sends to this port is meant.
RtpSource::Kind RtpSource::take(uint16_t sequence) {
    constexpr uint16_t kMostMissing = 3000, kMostReordered = 100;
    constexpr uint32_t kWindow = 64;
    ++packets_;
    const auto ahead = static_cast<uint16_t>(sequence - static_cast<uint16_t>(highest_));
    const auto behind = static_cast<uint16_t>(-ahead);
    if (ahead != 0 && ahead < kMostMissing) {
        if (xr_) [[unlikely]]
            settle(ahead);
        highest_ += ahead;
        seen_ = (ahead < kWindow ? seen_ << ahead : 0) | 1;
        ++unique_;
        restart_at_ = kNoRestart;
        return Kind::InOrder;
    }
    if (behind > kMostReordered) {  // a jump: two packets in a row say that the sender began anew
        if (sequence != restart_at_) {
            restart_at_ = static_cast<uint16_t>(sequence + 1);
            return Kind::Reordered;
        }
        const uint64_t before = expected();
        restart(static_cast<uint16_t>(sequence - 1));  // the packet before was the first one
        expected_before_ = before;
        seen_ = 3;
        ++highest_;
        unique_ += 2;
        return Kind::InOrder;
    }
    if (behind < kWindow) {
        const uint64_t bit = uint64_t{1} << behind;
        if (seen_ & bit) return Kind::Duplicate;
        seen_ |= bit;
    }
    ++unique_;
    if (highest_ - behind < first_) first_ = highest_ - behind;
    return behind == 0 ? Kind::InOrder : Kind::Reordered;  // 0: the very first packet
}

uint64_t RtpSource::note_arrival(uint64_t at_ns) {
    const uint64_t gap = at_ns > last_ns_ ? at_ns - last_ns_ : 0;
    last_ns_ = at_ns;
    return gap;
}

// ---- times --------------------

// RFC 3550 A.8, in nanoseconds: types with other clocks may follow one another.
void RtpSource::time(const RtpView& packet, uint32_t clock_hz, uint64_t at_ns) {
    if (timed_) {
        const auto ticks = static_cast<int32_t>(packet.timestamp - last_timestamp_);
        const double sent_ns = static_cast<double>(ticks) * 1e9 / clock_hz;
        const double took_ns = static_cast<double>(static_cast<int64_t>(at_ns - timed_ns_));
        jitter_ns_ += (std::abs(took_ns - sent_ns) - jitter_ns_) / 16;
        note_lateness(packet.marker, took_ns, sent_ns);
        if (xr_) [[unlikely]]
            time_for_xr(packet, took_ns, sent_ns);
    }
    timed_ = true;
    clock_hz_ = clock_hz;
    last_timestamp_ = packet.timestamp;
    timed_ns_ = at_ns;
}

void RtpSource::note_lateness(bool talkspurt, double took_ns, double sent_ns) {
    constexpr double kDrift = 500e-6;  // of clocks, that a buffer follows
    constexpr uint32_t kMostInARow = 50;
    late_ns_ = talkspurt ? 0 : std::max(0.0, late_ns_ + took_ns * (1 - kDrift) - sent_ns);
    late_in_a_row_ = too_late() ? late_in_a_row_ + 1 : 0;
    if (late_in_a_row_ > kMostInARow) late_ns_ = 0;
}

uint32_t RtpSource::jitter_ticks() const {
    return static_cast<uint32_t>(jitter_ns_ * clock_hz_ / 1e9);
}

RtcpBlock RtpSource::report(uint64_t now_ns) {
    constexpr int64_t kMost = 0x7fffff, kLeast = -0x800000;
    const uint64_t expected = this->expected() - reported_expected_, received = packets_ - reported_packets_;
    reported_expected_ = this->expected();
    reported_packets_ = packets_;
    RtcpBlock block{};
    block.ssrc = ssrc_;
    if (expected > received)
        block.fraction_lost = static_cast<uint8_t>(std::min<uint64_t>(255, ((expected - received) << 8) / expected));
    block.lost = static_cast<int32_t>(
        std::clamp(static_cast<int64_t>(this->expected()) - static_cast<int64_t>(packets_), kLeast, kMost));
    block.highest = highest() - (1u << 16);  // the count of cycles begins with 0
    block.jitter = jitter_ticks();
    block.last_sr = last_sr_;
    if (last_sr_) block.since_last_sr = static_cast<uint32_t>((now_ns - sr_ns_) * 65536 / 1'000'000'000);
    return block;
}

// ---- packets --------------------

const RtpSource* Reception::latest() const {
    return used_ ? &sources_[latest_] : nullptr;
}

RtpSource* Reception::find(uint32_t ssrc) {
    for (RtpSource& source : sources())
        if (source.ssrc() == ssrc) return &source;
    return nullptr;
}

RtpSource& Reception::source_of(const RtpView& packet, uint64_t at_ns, bool& is_new) {
    if (used_ && sources_[latest_].ssrc() == packet.ssrc) return sources_[latest_];
    const auto end = sources_.begin() + static_cast<ptrdiff_t>(used_);
    auto found = std::find_if(sources_.begin(), end, [&](const RtpSource& s) { return s.ssrc() == packet.ssrc; });
    is_new = found == end;
    if (is_new) {
        if (used_) ++count(StreamValue::SsrcChanges);
        if (used_ < kSources) {
            ++used_;
        } else {
            found = std::min_element(sources_.begin(), end,
                                     [](const RtpSource& a, const RtpSource& b) { return a.last_ns() < b.last_ns(); });
            retire(*found);
        }
        found->begin(packet, at_ns, for_xr_);
    }
    latest_ = static_cast<size_t>(found - sources_.begin());
    return *found;
}

void Reception::retire(const RtpSource& source) {
    retired_expected_ += source.expected();
    retired_lost_ += source.lost();
}

void Reception::take(const RtpView& packet, size_t bytes, const DynamicTypes& types, uint64_t at_ns) {
    if (count(StreamValue::PacketsReceived)++ == 0)
        count(StreamValue::FirstPacketDelay) = at_ns > since_ns_ ? at_ns - since_ns_ : 0;
    count(StreamValue::BytesReceived) += bytes;
    bool is_new = false;
    RtpSource& source = source_of(packet, at_ns, is_new);
    const RtpSource::Kind kind = source.take(packet.sequence);
    uint64_t& longest = count(StreamValue::LongestGap);
    longest = std::max(longest, source.note_arrival(at_ns));
    if (kind == RtpSource::Kind::Duplicate) {
        ++count(StreamValue::PacketsDuplicate);
        source.note_duplicate();
        return;
    }
    if (kind == RtpSource::Kind::Reordered) ++count(StreamValue::PacketsReordered);
    const CodecId codec =
        packet.type >= kFirstDynamicType ? types[packet.type - kFirstDynamicType] : codec_of_type(packet.type);
    // What SDP does not name is an event if it looks like one: SIPp sends its digits with a type of its own.
    constexpr size_t kEventBytes = 4;
    const bool unnamed = packet.type >= kFirstDynamicType && codec == kNoCodec;
    if (is_telephone_event(codec) || (unnamed && packet.payload.size() == kEventBytes)) {
        hear(packet, clock_hz_ ? clock_hz_ : 8000);
        return;
    }
    note_type(packet.type, codec);
    source.time(packet, clock_hz_, at_ns);
    jitter_sum_ns_ += source.jitter_ns();
    jitter_max_ns_ = std::max(jitter_max_ns_, source.jitter_ns());
    ++timed_packets_;
    if (source.too_late()) ++count(StreamValue::PacketsTooLate);
    judge_silence(codec, packet.payload);
}

void Reception::note_type(uint8_t type, CodecId codec) {
    constexpr uint32_t kUsualHz = 8000;  // of types that nothing is known of
    if (clock_hz_ && type == type_) return;
    if (clock_hz_) ++count(StreamValue::TypeChanges);
    type_ = type;
    codec_ = codec;
    const RtpCodec* const known = find_codec(codec);
    clock_hz_ = known ? known->clock_hz : kUsualHz;
}

// ---- telephone events --------------------

// RFC 4733 2.3: event, end bit, volume, duration. Packets of one event have its timestamp; its end comes three times.
void Reception::hear(const RtpView& packet, uint32_t clock_hz) {
    constexpr uint8_t kLastDigit = 15, kEnd = 0x80;
    const auto event = static_cast<uint8_t>(number_at(packet.payload, 0, 1));
    const auto duration = static_cast<uint16_t>(number_at(packet.payload, 2, 2));
    if (event > kLastDigit || packet.payload.size() < 4) return;
    if (ended_.open && ended_.is(packet)) return;
    if (event_.open && !event_.is(packet)) end_event(clock_hz);
    event_ = {true, event, event_.open ? std::max(event_.duration, duration) : duration, packet.timestamp, packet.ssrc};
    if (number_at(packet.payload, 1, 1) & kEnd) end_event(clock_hz);
}

// An event whose end was lost counts too, but not what has no duration.
void Reception::end_event(uint32_t clock_hz) {
    constexpr char kDigits[] = "0123456789*#ABCD";
    if (event_.duration > 0) ended_ = event_;
    event_.open = false;
    if (event_.duration == 0) return;
    if (heard_.n < HeardDigits::kKept) {
        heard_.digits[heard_.n] = kDigits[event_.event];
        heard_.ms[heard_.n] = static_cast<uint16_t>(event_.duration * 1000u / clock_hz);
    }
    ++heard_.n;
}

// ---- silence --------------------

namespace {

constexpr int level_of_pcmu(uint8_t byte) {
    const int code = ~byte & 0x7f;
    return ((2 * (code & 0x0f) + 33) << (code >> 4)) - 33;
}

constexpr int level_of_pcma(uint8_t byte) {
    const int code = (byte ^ 0x55) & 0x7f, step = 2 * (code & 0x0f) + 1, segment = code >> 4;
    return segment == 0 ? step : (step + 32) << (segment - 1);
}

// Is a sample louder than 1/256 of the loudest (G.711: of 8,159 or 4,096 steps)?
using Loud = std::array<bool, 256>;
constexpr Loud loud_of(int (*level)(uint8_t), int loudest) {
    Loud loud{};
    for (uint32_t i = 0; i < loud.size(); ++i) loud[i] = level(static_cast<uint8_t>(i)) * 256 > loudest;
    return loud;
}
constexpr Loud kLoudPcmu = loud_of(level_of_pcmu, 8159), kLoudPcma = loud_of(level_of_pcma, 4096);

const Loud* loud_samples(std::string_view codec) {
    if (codec == "PCMU/8000") return &kLoudPcmu;
    return codec == "PCMA/8000" ? &kLoudPcma : nullptr;
}

}  // namespace

void Reception::judge_silence(CodecId codec, std::string_view payload) {
    const RtpCodec* const known = find_codec(codec);
    if (!known) return;
    const Loud* const loud = loud_samples(known->name);
    if (!loud && known->name != "G722/8000") return;
    ++count(StreamValue::PacketsOfSpeech);
    const bool silent =
        loud ? std::none_of(payload.begin(), payload.end(), [&](char c) { return (*loud)[static_cast<uint8_t>(c)]; })
             : is_silent_g722(payload);
    if (silent) ++count(StreamValue::PacketsSilent);
}

bool Reception::is_silent_g722(std::string_view payload) {
    constexpr int kMost = G722LowBand::kLoudest / 256;
    bool silent = true;
    for (const char octet : payload)
        if (std::abs(g722_.sample(static_cast<uint8_t>(octet))) > kMost) silent = false;
    return silent;
}

// ---- the report --------------------

void Reception::put(StreamReport& report) const {
    uint64_t expected = retired_expected_, lost = retired_lost_;
    for (size_t i = 0; i < used_; ++i) expected += sources_[i].expected(), lost += sources_[i].lost();
    for (size_t i = 0; i < kStreamValues; ++i)
        if (counts_[i]) report.v[i] = counts_[i];
    report[StreamValue::PacketsExpected] = expected;
    report[StreamValue::PacketsLost] = lost;
    report[StreamValue::JitterMax] = static_cast<uint64_t>(jitter_max_ns_);
    report[StreamValue::JitterMean] =
        timed_packets_ ? static_cast<uint64_t>(jitter_sum_ns_ / static_cast<double>(timed_packets_)) : 0;
    report.type = type_;
    report.clock_hz = clock_hz_;
    report.heard = heard_;
    if (const RtpSource* const source = latest()) {
        report[StreamValue::Jitter] = static_cast<uint64_t>(source->jitter_ns());
        report.ssrc = source->ssrc();
    }
    if (const RtpCodec* const known = find_codec(codec_))
        std::copy_n(known->name.data(), std::min(known->name.size(), report.codec.size() - 1), report.codec.data());
}

std::optional<Impairments> impairments_of(const StreamReport& report) {
    const RtpCodec* const codec = find_codec(codec_of_name(report.codec.data()));
    const uint64_t expected = report[StreamValue::PacketsExpected];
    if (!codec || codec->robustness == 0 || expected == 0) return {};
    const uint64_t missing = report[StreamValue::PacketsLost] + report[StreamValue::PacketsTooLate];
    Impairments i;
    i.one_way_ms = static_cast<double>(report[StreamValue::RoundTrip]) / 2e6;
    i.loss_percent = std::min(100.0, 100.0 * static_cast<double>(missing) / static_cast<double>(expected));
    i.codec = codec->impairment;
    i.robustness = codec->robustness;
    return i;
}

void rate(StreamReport& report) {
    if (const auto impairments = impairments_of(report)) report.mos = mos_of_rating(rating(*impairments));
}

}  // namespace gsp::rt
