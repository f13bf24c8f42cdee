// SPDX-License-Identifier: Apache-2.0
#include "runtime/media/dtmf.h"

#include <charconv>
#include <string>

#include "runtime/base/clock.h"
#include "runtime/media/rtp.h"

namespace gsp::rt {

namespace {

constexpr uint32_t kTicksPerMs = 8, kPacketMs = 20, kFillers = 20, kEndPackets = 3, kFirstTimestamp = 24000;
constexpr uint8_t kEventType = 96, kFillerType = 97;

class Maker {
public:
    Maker(Capture& out, uint32_t ssrc, uint16_t& sequence) : out_(out), ssrc_(ssrc), sequence_(sequence) {}

    void filler(uint32_t n) {
        now_ms_ = uint64_t{n} * kPacketMs;
        add(now_ms_, kFillerType, false, now_ms_, std::string(4, '\0'));
    }
    void digit(uint8_t event, uint32_t ms) {
        now_ms_ += 2 * ms;  // since the last one, or the last filler
        for (uint32_t elapsed = 0; elapsed < ms; elapsed += kPacketMs)
            packet(event, elapsed, elapsed, elapsed == 0, false);
        for (uint32_t i = 0; i < kEndPackets; ++i) packet(event, ms + i * kPacketMs, ms, false, true);
    }

private:
    void packet(uint8_t event, uint32_t after_ms, uint32_t duration_ms, bool marker, bool end) {
        constexpr uint8_t kVolume = 10, kEnd = 0x80;
        const uint32_t duration = duration_ms * kTicksPerMs;
        const char payload[] = {static_cast<char>(event), static_cast<char>(end ? kEnd | kVolume : kVolume),
                                static_cast<char>(duration >> 8), static_cast<char>(duration)};
        add(now_ms_ + after_ms, kEventType, marker, now_ms_, {payload, sizeof payload});
    }
    void add(uint64_t at_ms, uint8_t type, bool marker, uint64_t timestamp_ms, std::string_view payload) {
        RtpHeader header = rtp_header(type, ssrc_, marker);
        patch(header, sequence_++, kFirstTimestamp + static_cast<uint32_t>(timestamp_ms) * kTicksPerMs);
        out_.add(at_ms * kMillisecond, std::string(header.begin(), header.end()).append(payload));
    }

    Capture& out_;
    const uint32_t ssrc_;
    uint16_t& sequence_;
    uint64_t now_ms_ = 0;
};

}  // namespace

Result<Capture> make_dtmf(std::string_view value, uint32_t ssrc, uint16_t& sequence) {
    const auto wrong = [&](const char* what) { return Error{"play_dtmf=\"" + std::string(value) + "\": " + what}; };
    const size_t comma = value.find(',');
    const std::string_view digits = value.substr(0, comma);
    uint32_t ms = 200;
    if (comma != value.npos) {
        const char* const end = value.data() + value.size();
        const auto [stop, error] = std::from_chars(value.data() + comma + 1, end, ms);
        if (error != std::errc() || stop != end || ms < 50 || ms > 2000) return wrong("a digit takes 50 to 2000 ms");
    }
    if (digits.empty() || digits.find_first_not_of(kDtmfDigits) != digits.npos)
        return wrong("digits are 0 to 9, *, #, A to D");
    Capture capture;
    Maker maker(capture, ssrc, sequence);
    for (uint32_t i = 0; i < kFillers; ++i) maker.filler(i);
    for (const char digit : digits) maker.digit(static_cast<uint8_t>(kDtmfDigits.find(digit)), ms);
    return capture;
}

}  // namespace gsp::rt
