// SPDX-License-Identifier: Apache-2.0
// RTP packets (RFC 3550 5.1): formats that can be sent, and the header of 12 bytes, which is made once a stream and
// patched for each packet; packets that arrive, taken apart. Pure functions.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace gsp::rt {

enum class MediaKind : uint8_t { Audio, Video };

using CodecId = uint8_t;  // a row of payloads.def by number

inline constexpr size_t kLongestRtpPayload = 1280;
struct RtpFormat {
    uint8_t type = 0;  // payload type
    MediaKind kind = MediaKind::Audio;
    uint16_t bytes = 0, ms = 0, ticks = 0;  // of a packet
    CodecId codec = 0;
    uint8_t channels = 1;
};
// The row of payloads.def that fits; nothing: there is none. `name` may be empty; its case does not count. Dynamic
// types can be any codec that is named.
std::optional<RtpFormat> find_rtp_format(uint32_t type, std::string_view name);

// ---- Codecs
inline constexpr CodecId kNoCodec = 0xff;
inline constexpr CodecId kTelephoneEvent = 0xfe, kTelephoneEvent48k = 0xfd;  // … with the clock of Opus
constexpr bool is_telephone_event(CodecId id) {
    return id == kTelephoneEvent || id == kTelephoneEvent48k;
}
struct RtpCodec {
    std::string_view name;          // "PCMU/8000"
    uint32_t clock_hz;              // of timestamps
    double impairment, robustness;  // G.113: Ie, Bpl; robustness 0: not known
};
CodecId codec_of_type(uint8_t type);           // a static type (RFC 3551); else kNoCodec
CodecId codec_of_name(std::string_view name);  // as in a=rtpmap; also telephone events
const RtpCodec* find_codec(CodecId);           // nullptr: none, and telephone events

// What the dynamic types of a stream are, from 96 on.
inline constexpr uint8_t kFirstDynamicType = 96;
using DynamicTypes = std::array<CodecId, 128 - kFirstDynamicType>;
constexpr DynamicTypes no_dynamic_types() {
    DynamicTypes types{};
    types.fill(kNoCodec);
    return types;
}

DynamicTypes a_type_for_each_codec();  // as SDP that is not there yet may say
std::optional<uint8_t> find_dynamic_type(const DynamicTypes&, CodecId);  // the first one

using RtpHeader = std::array<uint8_t, 12>;
RtpHeader rtp_header(uint8_t type, uint32_t ssrc, bool marker = false);  // sequence and timestamp 0
void patch(RtpHeader&, uint16_t sequence, uint32_t timestamp);

// The timestamp of a packet that is due then: the clock is that of the run.
constexpr uint32_t rtp_time(const RtpFormat& format, uint64_t due_ns) {
    return static_cast<uint32_t>(due_ns / 1'000'000 * (format.ticks / format.ms));
}

struct RtpView {
    uint8_t type;
    bool marker;
    uint16_t sequence;
    uint32_t timestamp, ssrc;
    std::string_view payload;  // behind CSRCs and extension, without padding
};
std::optional<RtpView> read_rtp(std::string_view packet);  // nothing: it is none
// The payload, empty if it is none.
std::string_view rtp_payload(std::string_view packet);
// Is it RTCP, if one port has both (RFC 5761 4)?
bool is_rtcp(std::string_view packet);

}  // namespace gsp::rt
