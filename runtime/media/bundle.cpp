// SPDX-License-Identifier: Apache-2.0
#include "runtime/media/bundle.h"

#include <algorithm>
#include <vector>

#include "runtime/media/sdp_lines.h"

namespace gsp::rt {

namespace {

constexpr size_t kKinds = 2, kLongestMid = 64;

bool starts(std::string_view line, std::string_view begin) {
    return line.substr(0, begin.size()) == begin;
}

std::string_view take_word(std::string_view& rest) {
    rest.remove_prefix(std::min(rest.find_first_not_of(' '), rest.size()));
    const std::string_view word = rest.substr(0, rest.find(' '));
    rest.remove_prefix(word.size());
    return word;
}

bool has_word(std::string_view words, std::string_view wanted) {
    for (std::string_view word = take_word(words); !word.empty(); word = take_word(words))
        if (word == wanted) return true;
    return false;
}

struct Section {
    std::string_view mid;
    std::bitset<128> types;
    uint8_t mid_extension = 0;
};

// m=<media> <port> <protocol> <type> …
std::bitset<128> types_of(std::string_view line) {
    std::bitset<128> types;
    for (int i = 0; i < 3; ++i) take_word(line);
    for (std::string_view word = take_word(line); !word.empty(); word = take_word(line))
        if (const uint16_t type = number_in(word); type < types.size()) types.set(type);
    return types;
}

void take_line(std::string_view line, Section& section) {
    constexpr std::string_view kMid = "a=mid:", kMap = "a=extmap:", kOfMid = "urn:ietf:params:rtp-hdrext:sdes:mid";
    if (starts(line, kMid)) section.mid = line.substr(kMid.size());
    if (starts(line, kMap) && has_word(line, kOfMid))
        if (const uint16_t id = number_in(line.substr(kMap.size())); id < 256)
            section.mid_extension = static_cast<uint8_t>(id);
}

}  // namespace

std::optional<BundlePlan> read_bundle(std::string_view body) {
    constexpr std::string_view kGroup = "a=group:BUNDLE", kBegins[kKinds] = {"m=audio ", "m=video "};  // as MediaKind
    if (body.find(kGroup) == body.npos) return {};
    std::vector<std::string_view> groups;
    std::array<std::optional<Section>, kKinds> first;
    Section* now = nullptr;
    each_sdp_line(body, [&](std::string_view line, const SdpSection&) {
        if (starts(line, kGroup)) groups.push_back(line.substr(kGroup.size()));
        if (starts(line, "m=")) now = nullptr;
        for (size_t kind = 0; kind < kKinds; ++kind)
            if (starts(line, kBegins[kind]) && !first[kind]) (now = &first[kind].emplace())->types = types_of(line);
        if (now) take_line(line, *now);
    });
    if (!first[0] || !first[1] || first[0]->mid.empty() || first[1]->mid.empty()) return {};
    const auto has_both = [&](std::string_view group) {
        return has_word(group, first[0]->mid) && has_word(group, first[1]->mid);
    };
    if (std::none_of(groups.begin(), groups.end(), has_both)) return {};
    if (std::max(first[0]->mid.size(), first[1]->mid.size()) > kLongestMid) return {};
    return BundlePlan{first[1]->types & ~first[0]->types,
                      std::max(first[0]->mid_extension, first[1]->mid_extension),
                      {std::string(first[0]->mid), std::string(first[1]->mid)}};
}

// RFC 8285: elements of one-byte headers (profile BEDE) or of two-byte ones (100x).
std::string_view rtp_extension(std::string_view packet, uint8_t id) {
    constexpr size_t kHeader = 12;
    const auto byte = [&](size_t at) { return static_cast<uint8_t>(packet[at]); };
    if (!id || packet.size() < kHeader || !(byte(0) & 0x10)) return {};
    size_t at = kHeader + 4 * (byte(0) & 0x0f);
    if (packet.size() < at + 4) return {};
    const bool one = byte(at) == 0xbe && byte(at + 1) == 0xde, two = byte(at) == 0x10 && byte(at + 1) >> 4 == 0;
    const size_t end = at + 4 + 4 * (size_t{byte(at + 2)} << 8 | byte(at + 3));
    if ((!one && !two) || end > packet.size()) return {};
    for (at += 4; at + 1 < end;) {
        if (byte(at) == 0) {  // padding
            ++at;
            continue;
        }
        const uint8_t found = one ? byte(at) >> 4 : byte(at);
        const size_t size = one ? (byte(at) & 0x0fu) + 1 : byte(at + 1);
        at += one ? 1 : 2;
        if (at + size > end || (one && found == 15)) return {};
        if (found == id) return packet.substr(at, size);
        at += size;
    }
    return {};
}

std::string mid_extension(const BundlePlan& plan, MediaKind kind) {
    constexpr size_t kLastOfOneByte = 14, kLongestOfOneByte = 16;
    if (!plan.sends_mid) return {};
    const std::string& mid = plan.mids[static_cast<size_t>(kind)];
    const bool one = plan.mid_extension <= kLastOfOneByte && mid.size() <= kLongestOfOneByte;
    std::string element;
    if (one) {
        element += static_cast<char>(plan.mid_extension << 4 | (mid.size() - 1));
    } else {
        element += static_cast<char>(plan.mid_extension);
        element += static_cast<char>(mid.size());
    }
    element += mid;
    element.resize((element.size() + 3) / 4 * 4, '\0');
    const char words = static_cast<char>(element.size() / 4);
    return (one ? std::string("\xbe\xde\0", 3) : std::string("\x10\0\0", 3)) + words + element;
}

std::optional<MediaKind> kind_by_mid(std::string_view packet, const BundlePlan& plan) {
    const std::string_view mid = rtp_extension(packet, plan.mid_extension);
    if (mid.empty()) return {};
    if (mid == plan.mids[0]) return MediaKind::Audio;
    if (mid == plan.mids[1]) return MediaKind::Video;
    return {};
}

}  // namespace gsp::rt
