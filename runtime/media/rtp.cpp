// SPDX-License-Identifier: Apache-2.0
#include "runtime/media/rtp.h"

#include <algorithm>
#include <cctype>

namespace gsp::rt {

namespace {

enum class NameNeeded : uint8_t { No, Any, Yes };

struct PayloadRow {
    uint8_t first, last;
    std::string_view name;
    NameNeeded needed;
    MediaKind kind;
    uint16_t bytes, ms, ticks;
};

constexpr PayloadRow kRows[] = {
#define RTP_PAYLOAD(first, last, name, needed, kind, bytes, ms, ticks) \
    {first, last, name, NameNeeded::needed, MediaKind::kind, bytes, ms, ticks},
#include "runtime/media/payloads.def"
};

bool same_name(std::string_view a, std::string_view b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [](unsigned char x, unsigned char y) { return std::tolower(x) == std::tolower(y); });
}

bool fits(const PayloadRow& row, std::string_view name) {
    if (name.empty()) return row.needed == NameNeeded::No;
    return row.needed == NameNeeded::Any || same_name(row.name, name);
}

void put(uint8_t* at, uint32_t value, int bytes) {
    for (int i = 0; i < bytes; ++i) at[i] = static_cast<uint8_t>(value >> 8 * (bytes - 1 - i));
}

}  // namespace

std::optional<RtpFormat> find_rtp_format(uint32_t type, std::string_view name) {
    for (const PayloadRow& row : kRows)
        if (type >= row.first && type <= row.last && fits(row, name))
            return RtpFormat{static_cast<uint8_t>(type), row.kind, row.bytes, row.ms, row.ticks};
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

std::string_view rtp_payload(std::string_view packet) {
    constexpr size_t kHeader = 12;
    const auto byte = [&](size_t at) { return static_cast<uint8_t>(packet[at]); };
    if (packet.size() < kHeader || byte(0) >> 6 != 2) return {};
    size_t begin = kHeader + 4 * (byte(0) & 0x0f);
    if (byte(0) & 0x10) {
        if (packet.size() < begin + 4) return {};
        begin += 4 + 4 * (size_t{byte(begin + 2)} << 8 | byte(begin + 3));
    }
    const size_t padding = byte(0) & 0x20 ? byte(packet.size() - 1) : 0;
    if (begin + padding > packet.size()) return {};
    return packet.substr(begin, packet.size() - begin - padding);
}

}  // namespace gsp::rt
