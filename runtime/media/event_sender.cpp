// SPDX-License-Identifier: Apache-2.0
#include "runtime/media/event_sender.h"

#include <algorithm>
#include <charconv>
#include <string>

#include "runtime/media/dtmf.h"

namespace gsp::rt {

namespace {

constexpr uint32_t kEndPackets = 3;  // RFC 4733 2.5.1.4
constexpr uint32_t kLongestTicks = 0xffff;

std::optional<uint32_t> milliseconds(std::string_view text, uint32_t least, uint32_t most) {
    uint32_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size() || value < least || value > most) return {};
    return value;
}

}  // namespace

Result<EventOrder> parse_event_order(std::string_view value) {
    constexpr uint32_t kShortest = 10, kLongest = 600'000;
    const auto wrong = [&](const char* what) { return Error{"send_dtmf=\"" + std::string(value) + "\": " + what}; };
    const size_t comma = std::min(value.find(','), value.size()),
                 second = std::min(value.find(',', comma + 1), value.size());
    EventOrder order;
    for (const char digit : value.substr(0, comma)) {
        const size_t event = kDtmfDigits.find(digit);
        if (event == kDtmfDigits.npos) return wrong("digits are 0 to 9, *, #, A to D");
        order.events.push_back(static_cast<uint8_t>(event));
    }
    if (order.events.empty()) return wrong("there is no digit");
    if (comma < value.size()) {
        const auto ms = milliseconds(value.substr(comma + 1, second - comma - 1), kShortest, kLongest);
        if (!ms) return wrong("a digit takes 10 to 600000 ms");
        order.ms = *ms;
    }
    if (second < value.size()) {
        const auto gap_ms = milliseconds(value.substr(second + 1), 0, kLongest);
        if (!gap_ms) return wrong("the gap between digits takes 0 to 600000 ms");
        order.gap_ms = *gap_ms;
    }
    return order;
}

void EventSender::add(const EventOrder& order) {
    for (const uint8_t event : order.events) digits_.push_back({event, order.type, order.ms, order.gap_ms});
}

std::optional<EventSender::Packet> EventSender::next(uint32_t timestamp, const RtpFormat& stream) {
    if (!digits_.empty() && ends_ >= kEndPackets && elapsed_ms_ >= digits_.front().ms + digits_.front().gap_ms) {
        digits_.pop_front();
        elapsed_ms_ = ends_ = 0;
    }
    if (digits_.empty()) return {};
    const bool sounds = ends_ == 0;
    if (sounds) return tone(timestamp, stream);
    elapsed_ms_ += stream.ms;
    if (ends_ >= kEndPackets) return {};
    ++ends_;
    return packet(false, true);
}

// A packet says how long the event has lasted when the packet is over that it takes the place of.
EventSender::Packet EventSender::tone(uint32_t timestamp, const RtpFormat& stream) {
    const bool begins = elapsed_ms_ == 0;
    const uint32_t ticks_per_ms = stream.ticks / stream.ms, left_ms = digits_.front().ms - elapsed_ms_;
    const uint32_t ms = std::min<uint32_t>(left_ms, stream.ms);
    // RFC 4733 2.5.1.3: what is longer than the field can say goes on as another event, without marker and end before.
    if (begins || segment_ticks_ + ms * ticks_per_ms > kLongestTicks) begin_segment(timestamp);
    segment_ticks_ += ms * ticks_per_ms;
    const bool ends = ms == left_ms;
    ends_ = ends ? 1 : 0;
    // The gap begins when the digit ends, within the last packet.
    elapsed_ms_ += stream.ms;
    return packet(begins, ends);
}

void EventSender::begin_segment(uint32_t timestamp) {
    segment_timestamp_ = timestamp;
    segment_ticks_ = 0;
}

EventSender::Packet EventSender::packet(bool marker, bool end) const {
    constexpr uint8_t kVolume = 10, kEnd = 0x80;  // -10 dBm0
    return {digits_.front().type,
            marker,
            segment_timestamp_,
            {static_cast<char>(digits_.front().event), static_cast<char>(end ? kEnd | kVolume : kVolume),
             static_cast<char>(segment_ticks_ >> 8), static_cast<char>(segment_ticks_)}};
}

}  // namespace gsp::rt
