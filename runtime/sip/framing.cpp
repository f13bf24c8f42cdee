// SPDX-License-Identifier: Apache-2.0
#include "runtime/sip/framing.h"

#include <strings.h>

#include <algorithm>
#include <charconv>
#include <cstddef>

#include "runtime/base/avx2.h"
#include "runtime/sip/line_feed.h"

#ifdef __x86_64__
#include <immintrin.h>
#endif

namespace gsp::rt::sip {

namespace {

using Kind = Frame::Kind;

constexpr std::string_view kBlank{"\r\n\0", 3};

// The number that follows the name of a header field, or 0.
uint64_t number_at(const char* value, const char* end) {
    while (value < end && (*value == ' ' || *value == '\t')) ++value;
    uint64_t number = 0;
    const std::errc error = std::from_chars(value, end, number).ec;
    if (error == std::errc::result_out_of_range) return UINT64_MAX;
    return error == std::errc() ? number : 0;
}

constexpr std::string_view kName = "content-length";

// Whether more than the first letter speaks for kName.
bool may_be_content_length(const char* line, const char* end) {
    return end - line > static_cast<std::ptrdiff_t>(kName.size()) && (line[8] | 0x20) == 'l' &&
           strncasecmp(line, kName.data(), kName.size()) == 0;
}

// Behind the colon of a Content-Length, which may be written `l`; nullptr: the line is none.
const char* behind_content_length(const char* line, const char* end) {
    const char first = static_cast<char>(*line | 0x20);
    if (first != 'l' && (first != 'c' || !may_be_content_length(line, end))) return nullptr;
    const char* at = line + (first == 'l' ? 1 : kName.size());
    while (at < end && (*at == ' ' || *at == '\t')) ++at;
    return at < end && *at == ':' ? at + 1 : nullptr;
}

constexpr std::string_view kEnd = "\r\n\r\n";

#ifdef __x86_64__
// The first line feed from p on behind which a line begins with CR, L, or C and, eight further, L. Where it stops
// looking, for want of bytes, if there is none.
__attribute__((target("avx2"))) const char* find_lead(const char* p, const char* end) {
    const __m256i line_feed = _mm256_set1_epi8('\n'), carriage_return = _mm256_set1_epi8('\r'),
                  c = _mm256_set1_epi8('c'), l = _mm256_set1_epi8('l'), to_lower = _mm256_set1_epi8(0x20);
    for (; end - p >= 32 + 9; p += 32) {
        const __m256i here = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p));
        const __m256i next = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p + 1));
        const __m256i ninth = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p + 9));
        const __m256i letter = _mm256_or_si256(next, to_lower);
        const __m256i long_name =
            _mm256_and_si256(_mm256_cmpeq_epi8(letter, c), _mm256_cmpeq_epi8(_mm256_or_si256(ninth, to_lower), l));
        const __m256i leads = _mm256_or_si256(_mm256_or_si256(_mm256_cmpeq_epi8(letter, l), long_name),
                                              _mm256_cmpeq_epi8(next, carriage_return));
        const __m256i found = _mm256_and_si256(_mm256_cmpeq_epi8(here, line_feed), leads);
        if (const auto bits = static_cast<uint32_t>(_mm256_movemask_epi8(found))) return p + std::countr_zero(bits);
    }
    return p;
}
#endif

// The next line feed that an empty line or a Content-Length may follow, or any; or the end.
const char* next_lead(const char* p, const char* end) {
#ifdef __x86_64__
    if (kHasAvx2) p = find_lead(p, end);
    if (p < end && *p == '\n') return p;
#endif
    return find_line_feed(p, end);
}

struct HeaderPart {
    size_t end = std::string_view::npos;  // where kEnd is
    uint64_t body = 0;                    // Content-Length
};

// From line to line up to the empty one.
HeaderPart read_header(std::string_view bytes) {
    HeaderPart part;
    const char *const begin = bytes.data(), *const end = begin + bytes.size();
    bool told = false;
    for (const char* lf = next_lead(begin, end); end - lf > 1; lf = next_lead(lf + 1, end)) {
        const char* const line = lf + 1;
        if (*line == '\r' && lf > begin && lf[-1] == '\r' && end - line > 1 && line[1] == '\n') {
            part.end = static_cast<size_t>(lf - 1 - begin);
            break;
        }
        const char* const value = told ? nullptr : behind_content_length(line, end);
        if (!value) continue;
        told = true;
        part.body = number_at(value, end);
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
