// SPDX-License-Identifier: Apache-2.0
#include "runtime/media/rtcp_xr.h"

#include <initializer_list>

#include "runtime/media/bytes.h"

namespace gsp::rt {

namespace {

constexpr uint8_t kReferenceTime = 4, kLastReceivers = 5, kStatistics = 6, kVoipMetrics = 7;
constexpr uint8_t kHasLoss = 0x80, kHasDuplicates = 0x40, kHasJitter = 0x20;
constexpr size_t kWord = 4, kLastReceiverWords = 3, kStatisticsWords = 9, kVoipWords = 8;
constexpr uint8_t kConceals = 3, kDoesNotAdapt = 2;  // receiver configuration: PLC standard, JBA non-adaptive

}  // namespace

// ---- writing --------------------

bool XrWriter::begin_block(uint8_t type, uint8_t specific, size_t words) {
    if (!out_.has_room((1 + words) * kWord)) return false;
    out_.put(type, 1);
    out_.put(specific, 1);
    out_.put(words, 2);
    return true;
}

void XrWriter::reference_time(uint64_t ntp) {
    if (begin_block(kReferenceTime, 0, 2)) out_.put(ntp, 8);
}

void XrWriter::last_receivers(std::span<const XrLastReceiver> receivers) {
    if (receivers.empty() || !begin_block(kLastReceivers, 0, kLastReceiverWords * receivers.size())) return;
    for (const XrLastReceiver& r : receivers)
        for (const uint32_t value : {r.ssrc, r.last_rr, r.since_last_rr}) out_.put(value, 4);
}

void XrWriter::statistics(const XrStatistics& s) {
    if (!begin_block(kStatistics, kHasLoss | kHasDuplicates | kHasJitter, kStatisticsWords)) return;
    out_.put(s.ssrc, 4);
    out_.put(s.begin, 2);
    out_.put(s.end, 2);
    for (const uint32_t value : {s.lost, s.duplicate, s.jitter_min, s.jitter_max, s.jitter_mean, s.jitter_deviation})
        out_.put(value, 4);
    out_.put(0, 4);  // no TTL
}

void XrWriter::voip_metrics(const XrVoipMetrics& m) {
    constexpr uint8_t kUnknown = XrVoipMetrics::kUnknown;
    if (!begin_block(kVoipMetrics, 0, kVoipWords)) return;
    out_.put(m.ssrc, 4);
    for (const uint8_t value : {m.loss, m.discard, m.burst_density, m.gap_density}) out_.put(value, 1);
    for (const uint16_t value : {m.burst_ms, m.gap_ms, m.round_trip_ms, m.end_delay_ms}) out_.put(value, 2);
    // Signal, noise, echo and the R factor of another network are not known.
    for (const uint8_t value : {kUnknown, kUnknown, kUnknown, m.gap_min, m.r, kUnknown, m.mos_lq, m.mos_cq})
        out_.put(value, 1);
    out_.put(kConceals << 6 | kDoesNotAdapt << 4, 1);
    out_.put(0, 1);
    for (int i = 0; i < 3; ++i) out_.put(m.buffer_ms, 2);  // nominal, maximum, absolute maximum
}

// ---- reading --------------------

std::optional<XrBlockView> take_xr_block(std::string_view& blocks) {
    const size_t size = (1 + number_at(blocks, 2, 2)) * kWord;
    if (blocks.size() < kWord || size > blocks.size()) return {};
    XrBlockView view{static_cast<uint8_t>(number_at(blocks, 0, 1)), static_cast<uint8_t>(number_at(blocks, 1, 1)),
                     blocks.substr(kWord, size - kWord)};
    blocks.remove_prefix(size);
    return view;
}

std::optional<uint64_t> XrBlockView::reference_time() const {
    if (type != kReferenceTime || body.size() < 8) return {};
    return number_at(body, 0, 8);
}

std::optional<XrLastReceiver> XrBlockView::last_receiver(size_t i) const {
    const size_t begin = i * kLastReceiverWords * kWord;
    if (type != kLastReceivers || body.size() < begin + kLastReceiverWords * kWord) return {};
    const auto word = [&](size_t n) { return static_cast<uint32_t>(number_at(body, begin + n * kWord, kWord)); };
    return XrLastReceiver{word(0), word(1), word(2)};
}

std::optional<XrStatistics> XrBlockView::statistics() const {
    if (type != kStatistics || body.size() < kStatisticsWords * kWord) return {};
    const auto word = [&](size_t n) { return static_cast<uint32_t>(number_at(body, n * kWord, kWord)); };
    const auto if_said = [&](uint8_t flag, size_t n) { return specific & flag ? word(n) : 0; };
    return XrStatistics{word(0),
                        static_cast<uint16_t>(word(1) >> 16),
                        static_cast<uint16_t>(word(1)),
                        if_said(kHasLoss, 2),
                        if_said(kHasDuplicates, 3),
                        if_said(kHasJitter, 4),
                        if_said(kHasJitter, 5),
                        if_said(kHasJitter, 6),
                        if_said(kHasJitter, 7)};
}

std::optional<XrVoipMetrics> XrBlockView::voip_metrics() const {
    if (type != kVoipMetrics || body.size() < kVoipWords * kWord) return {};
    const auto byte = [&](size_t at) { return static_cast<uint8_t>(number_at(body, at, 1)); };
    const auto half = [&](size_t at) { return static_cast<uint16_t>(number_at(body, at, 2)); };
    return XrVoipMetrics{static_cast<uint32_t>(number_at(body, 0, kWord)),
                         byte(4),
                         byte(5),
                         byte(6),
                         byte(7),
                         half(8),
                         half(10),
                         half(12),
                         half(14),
                         byte(19),
                         byte(20),
                         byte(22),
                         byte(23),
                         half(26)};
}

}  // namespace gsp::rt
