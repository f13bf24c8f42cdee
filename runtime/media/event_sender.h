// SPDX-License-Identifier: Apache-2.0
// Digits as telephone events (RFC 4733) among the packets of a stream: which packets they take the place of, and what
// is in them. Knows neither clock nor network; the media thread's.
#pragma once
#include <array>
#include <cstdint>
#include <deque>
#include <optional>
#include <string_view>
#include <vector>

#include "runtime/base/result.h"
#include "runtime/media/rtp.h"

namespace gsp::rt {

struct EventOrder {
    std::vector<uint8_t> events;      // RFC 4733 3.2
    uint32_t ms = 100, gap_ms = 100;  // of each, behind each
    uint8_t type = 0;                 // payload type
};
// exec send_dtmf: "digits[,ms[,gap]]", the type is left open. Pure.
Result<EventOrder> parse_event_order(std::string_view value);

class EventSender {
public:
    void add(const EventOrder&);
    bool idle() const { return digits_.empty(); }  // next() has nothing more

    using Payload = std::array<char, 4>;
    struct Packet {
        uint8_t type;
        bool marker;
        uint32_t timestamp;
        Payload payload;
    };
    // What goes out instead of the packet that is due with this timestamp; nothing: between digits.
    std::optional<Packet> next(uint32_t timestamp, const RtpFormat& stream);

private:
    struct Digit {
        uint8_t event, type;
        uint32_t ms, gap_ms;
    };
    Packet tone(uint32_t timestamp, const RtpFormat& stream);
    Packet packet(bool marker, bool end) const;
    void begin_segment(uint32_t timestamp);

    std::deque<Digit> digits_;
    uint32_t elapsed_ms_ = 0;         // of the first of them, with its gap
    uint32_t ends_ = 0;               // packets that said so
    uint32_t segment_timestamp_ = 0;  // the duration counts from there: it has 16 bits
    uint32_t segment_ticks_ = 0;
};

}  // namespace gsp::rt
