// SPDX-License-Identifier: Apache-2.0
// What is known of one stream of a call: what was sent and what arrived at its port. Plain numbers, to be copied.
#pragma once
#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>

#include "runtime/stats/stream_dtls.h"

namespace gsp::rt {

enum class StreamValue : uint8_t {
#define STREAM_VALUE(id, name, kind) id,
#include "runtime/stats/stream_values.def"
    Count
};
inline constexpr size_t kStreamValues = static_cast<size_t>(StreamValue::Count);

struct StreamValueRow {
    enum class Kind : uint8_t { Count, Peak, Time, Tenths } kind;
    std::string_view name;
};
inline constexpr std::array<StreamValueRow, kStreamValues> kStreamValueRows = {{
#define STREAM_VALUE(id, name, kind) {StreamValueRow::Kind::kind, name},
#include "runtime/stats/stream_values.def"
}};

// Telephone events (RFC 4733) that were heard: the first ones, and how many there were.
struct HeardDigits {
    static constexpr uint32_t kKept = 32;
    uint32_t n = 0;
    std::array<char, kKept> digits{};
    std::array<uint16_t, kKept> ms{};
    std::string_view text() const { return {digits.data(), n < kKept ? n : kKept}; }
};

struct StreamReport {
    enum class Media : uint8_t { Audio, Video, Capture } media = Media::Audio;
    uint8_t type = 0;              // payload type heard last, telephone events apart
    uint32_t ssrc = 0;             // heard last
    uint32_t clock_hz = 0;         // of that type; 0: nothing was heard
    uint32_t own_ssrc = 0;         // of what is sent
    double mos = 0;                // ITU-T G.107; 0: not known for that codec, or nothing arrived
    std::array<char, 16> codec{};  // its name, ends with a 0; empty: not known
    std::array<uint64_t, kStreamValues> v{};
    HeardDigits heard;
    const char* srtp = nullptr;  // name of the suite of what is sent, a constant; nullptr: RTP, or nothing
    DtlsOutcome dtls = DtlsOutcome::None;

    uint64_t& operator[](StreamValue value) { return v[static_cast<size_t>(value)]; }
    uint64_t operator[](StreamValue value) const { return v[static_cast<size_t>(value)]; }
    // Counts add up, of the others the highest stays.
    void add(const StreamReport& more) {
        for (size_t i = 0; i < kStreamValues; ++i) {
            const bool adds_up = kStreamValueRows[i].kind == StreamValueRow::Kind::Count;
            v[i] = adds_up ? v[i] + more.v[i] : std::max(v[i], more.v[i]);
        }
    }
    double loss_share() const { return share(StreamValue::PacketsLost, StreamValue::PacketsExpected); }
    double silent_share() const { return share(StreamValue::PacketsSilent, StreamValue::PacketsOfSpeech); }

private:
    double share(StreamValue part, StreamValue all) const {
        const uint64_t whole = (*this)[all];
        return whole ? static_cast<double>((*this)[part]) / static_cast<double>(whole) : 0;
    }
};

// Of a call: audio, video, captures.
using ReportsOfCall = std::array<StreamReport, 3>;

}  // namespace gsp::rt
