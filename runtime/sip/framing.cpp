// SPDX-License-Identifier: Apache-2.0
#include "runtime/sip/framing.h"

#include <strings.h>

#include <algorithm>
#include <charconv>
#include <cstring>

namespace gsp::rt::sip {

namespace {

using Kind = Frame::Kind;

constexpr std::string_view kBlank{"\r\n\0", 3};

// The number that follows the name of a header field, or 0.
uint64_t number_after(std::string_view line) {
    const size_t at = line.find_first_not_of(" \t");
    if (at == line.npos) return 0;
    uint64_t number = 0;
    const auto [end, error] = std::from_chars(line.data() + at, line.data() + line.size(), number);
    if (error == std::errc::result_out_of_range) return UINT64_MAX;
    return error == std::errc() ? number : 0;
}

// 0: the line is no Content-Length; else the place behind its colon.
size_t behind_content_length(std::string_view line) {
    constexpr std::string_view kName = "content-length";
    size_t at = 0;
    if (line.size() > kName.size() && strncasecmp(line.data(), kName.data(), kName.size()) == 0)
        at = kName.size();
    else if (line.size() > 1 && (line[0] | 0x20) == 'l')
        at = 1;
    if (!at) return 0;
    at = line.find_first_not_of(" \t", at);
    return at != line.npos && line[at] == ':' ? at + 1 : 0;
}

constexpr std::string_view kEnd = "\r\n\r\n";

struct HeaderPart {
    size_t end = std::string_view::npos;  // where kEnd is
    uint64_t body = 0;                    // Content-Length
};

// From line to line up to the empty one.
HeaderPart read_header(std::string_view bytes) {
    HeaderPart part;
    bool told = false;
    for (size_t lf = bytes.find('\n'); lf != bytes.npos; lf = bytes.find('\n', lf + 1)) {
        if (lf > 0 && bytes.substr(lf - 1).starts_with(kEnd)) {
            part.end = lf - 1;
            break;
        }
        const size_t line = lf + 1;
        if (told || line == bytes.size()) continue;
        const char first = static_cast<char>(bytes[line] | 0x20);
        if (first != 'c' && first != 'l') continue;
        const std::string_view text = bytes.substr(line, bytes.find('\r', line) - line);
        const size_t at = behind_content_length(text);
        told = at != 0;
        if (told) part.body = number_after(text.substr(at));
    }
    return part;
}

Frame blank_frame(std::string_view bytes) {
    if (bytes.starts_with(kEnd)) return {Kind::Ping, 4};
    if (bytes.size() < 4 && kEnd.starts_with(bytes)) return {Kind::Incomplete, 0};
    return {Kind::Blank, bytes[0] == '\r' && bytes[1] == '\n' ? 2u : 1u};
}

}  // namespace

Frame next_frame(std::string_view bytes, uint32_t& searched) {
    if (bytes.empty()) return {Kind::Incomplete, 0};
    if (kBlank.find(bytes[0]) != kBlank.npos) return blank_frame(bytes);
    const size_t from = searched > 3 ? searched - 3 : 0;
    HeaderPart part;
    if (from == 0)
        part = read_header(bytes);
    else if (part.end = bytes.find(kEnd, from); part.end != bytes.npos)
        part.body = read_header(bytes.substr(0, part.end + 2)).body;
    if (part.end == bytes.npos) {
        searched = static_cast<uint32_t>(bytes.size());
        return {bytes.size() > kLongestMessage ? Kind::TooLong : Kind::Incomplete, 0};
    }
    const uint64_t header = part.end + 4, body = part.body;
    if (header > kLongestMessage || body > kLongestMessage - header)
        return {Kind::TooLong, static_cast<uint32_t>(std::min<uint64_t>(body, UINT32_MAX - header) + header)};
    searched = static_cast<uint32_t>(part.end);
    if (header + body > bytes.size()) return {Kind::Incomplete, 0};
    searched = 0;
    return {Kind::Message, static_cast<uint32_t>(header + body)};
}

}  // namespace gsp::rt::sip
