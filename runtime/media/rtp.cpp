// SPDX-License-Identifier: Apache-2.0
#include "runtime/media/rtp.h"

#include "runtime/base/text.h"
#include "runtime/media/bytes.h"

namespace gsp::rt {

namespace {

enum class NameNeeded : uint8_t { No, Any, Yes };

struct PayloadRow {
    uint8_t first, last;
    std::string_view name;
    NameNeeded needed;
    MediaKind kind;
    uint16_t bytes, ms, ticks;
    RtpCodec codec;
};

constexpr PayloadRow kRows[] = {
#define RTP_PAYLOAD(first, last, name, needed, kind, bytes, ms, ticks, clock, ie, bpl) \
    {first, last, name, NameNeeded::needed, MediaKind::kind, bytes, ms, ticks, {name, clock, ie, bpl}},
#include "runtime/media/payloads.def"
};

bool fits(const PayloadRow& row, uint32_t type, std::string_view name) {
    if (row.bytes == 0) return false;
    const bool own_type = type >= row.first && type <= row.last;
    if (name.empty()) return own_type && row.needed == NameNeeded::No;
    if (same_letters(row.name, name)) return own_type || (type >= kFirstDynamicType && type < 128);
    return own_type && row.needed == NameNeeded::Any;
}

void put(uint8_t* at, uint32_t value, int bytes) {
    for (int i = 0; i < bytes; ++i) at[i] = static_cast<uint8_t>(value >> 8 * (bytes - 1 - i));
}

}  // namespace

std::optional<RtpFormat> find_rtp_format(uint32_t type, std::string_view name) {
    for (const PayloadRow& row : kRows)
        if (fits(row, type, name))
            return RtpFormat{static_cast<uint8_t>(type),        row.kind, row.bytes, row.ms, row.ticks,
                             static_cast<CodecId>(&row - kRows)};
    return {};
}

RtpHeader rtp_header(uint8_t type, uint32_t ssrc, bool marker) {
    RtpHeader header{0x80, static_cast<uint8_t>(type | (marker ? 0x80 : 0))};
    put(&header[8], ssrc, 4);
    return header;
}

void patch(RtpHeader& header, uint16_t sequence, uint32_t timestamp) {
    put(&header[2], sequence, 2);
    put(&header[4], timestamp, 4);
}

CodecId codec_of_type(uint8_t type) {
    for (size_t i = 0; i < std::size(kRows); ++i)
        if (kRows[i].first == type && kRows[i].last == type) return static_cast<CodecId>(i);
    return kNoCodec;
}

CodecId codec_of_name(std::string_view name) {
    constexpr std::string_view kEvent = "telephone-event/";
    if (same_letters(name.substr(0, kEvent.size()), kEvent))
        return name.substr(kEvent.size()) == "48000" ? kTelephoneEvent48k : kTelephoneEvent;
    for (size_t i = 0; i < std::size(kRows); ++i)
        if (same_letters(kRows[i].name, name)) return static_cast<CodecId>(i);
    return kNoCodec;
}

DynamicTypes a_type_for_each_codec() {
    DynamicTypes types = no_dynamic_types();
    for (CodecId codec = 0; codec < types.size() && find_codec(codec); ++codec) types[codec] = codec;
    return types;
}

std::optional<uint8_t> find_dynamic_type(const DynamicTypes& types, CodecId codec) {
    for (size_t i = 0; i < types.size(); ++i)
        if (types[i] == codec) return static_cast<uint8_t>(kFirstDynamicType + i);
    return {};
}

const RtpCodec* find_codec(CodecId id) {
    return id < std::size(kRows) ? &kRows[id].codec : nullptr;
}

std::optional<RtpView> read_rtp(std::string_view packet) {
    constexpr size_t kHeader = 12;
    const auto byte = [&](size_t at) { return static_cast<uint8_t>(packet[at]); };
    if (packet.size() < kHeader || byte(0) >> 6 != 2) return {};
    size_t begin = kHeader + 4 * (byte(0) & 0x0f);
    if (byte(0) & 0x10) {
        if (packet.size() < begin + 4) return {};
        begin += 4 + 4 * number_at(packet, begin + 2, 2);
    }
    const size_t padding = byte(0) & 0x20 ? byte(packet.size() - 1) : 0;
    if (begin + padding > packet.size()) return {};
    return RtpView{
        static_cast<uint8_t>(byte(1) & 0x7f),           (byte(1) & 0x80) != 0,
        static_cast<uint16_t>(number_at(packet, 2, 2)), static_cast<uint32_t>(number_at(packet, 4, 4)),
        static_cast<uint32_t>(number_at(packet, 8, 4)), packet.substr(begin, packet.size() - begin - padding)};
}

std::string_view rtp_payload(std::string_view packet) {
    const std::optional<RtpView> view = read_rtp(packet);
    return view ? view->payload : std::string_view();
}

bool is_rtcp(std::string_view packet) {
    constexpr uint8_t kFirst = 192, kLast = 223;
    const auto type = static_cast<uint8_t>(number_at(packet, 1, 1));
    return type >= kFirst && type <= kLast;
}

}  // namespace gsp::rt
