// SPDX-License-Identifier: Apache-2.0
// The reader of received messages: one pass over the header part, 16 bytes at a time where the processor can. A line ends with CR LF, LF or CR.
#include <algorithm>
#include <bit>
#include <cstring>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "runtime/sip/message.h"

namespace gsp::rt::sip {

namespace {

constexpr std::string_view kVersion = "SIP/2.0";
constexpr size_t kLongestValue = UINT16_MAX;

bool is_blank(char c) {
    return c == ' ' || c == '\t';
}

bool is_line_end(char c) {
    return c == '\r' || c == '\n';
}

bool is_space(char c) {
    return is_blank(c) || is_line_end(c);
}

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

// The first CR, LF or `stop` in [p, end), or end.
template <char stop>
const char* scan(const char* p, const char* end) {
#ifdef __SSE2__
    for (; end - p >= 16; p += 16) {
        __m128i block = _mm_loadu_si128(reinterpret_cast<const __m128i*>(p));
        __m128i hit = _mm_or_si128(_mm_cmpeq_epi8(block, _mm_set1_epi8('\r')), _mm_cmpeq_epi8(block, _mm_set1_epi8('\n')));
        if (stop != '\n') hit = _mm_or_si128(hit, _mm_cmpeq_epi8(block, _mm_set1_epi8(stop)));
        uint32_t mask = static_cast<uint32_t>(_mm_movemask_epi8(hit));
        if (mask) return p + std::countr_zero(mask);
    }
#endif
    while (p < end && !is_line_end(*p) && *p != stop) ++p;
    return p;
}

const char* scan_line(const char* p, const char* end) {
    return scan<'\n'>(p, end);
}

const char* scan_name(const char* p, const char* end) {
    return scan<':'>(p, end);
}

// Behind the line end at p.
const char* next_line(const char* p, const char* end) {
    if (p == end) return end;
    bool two = *p == '\r' && end - p > 1 && p[1] == '\n';
    return p + 1 + two;
}

template <class Is>
const char* skip(const char* p, const char* end, Is is) {
    while (p < end && is(*p)) ++p;
    return p;
}

template <class Is>
const char* trim(const char* begin, const char* end, Is is) {
    while (end > begin && is(end[-1])) --end;
    return end;
}

// Reads digits and moves p behind them; too large a number becomes UINT32_MAX.
uint32_t read_number(const char*& p, const char* end) {
    uint64_t number = 0;
    for (; p < end && is_digit(*p); ++p) number = std::min<uint64_t>(number * 10 + static_cast<uint64_t>(*p - '0'), UINT32_MAX);
    return static_cast<uint32_t>(number);
}

std::string_view text_between(const char* begin, const char* end) {
    return {begin, static_cast<size_t>(end - begin)};
}

bool has_version_at(const char* p, const char* end) {
    return static_cast<size_t>(end - p) >= kVersion.size() && std::memcmp(p, kVersion.data(), kVersion.size()) == 0;
}

// `SIP/2.0 200 OK`
bool read_status_line(const char* p, const char* end, Message& out) {
    if (!has_version_at(p, end)) return false;
    p += kVersion.size();
    const char* code = skip(p, end, is_blank);
    if (code == p) return false;
    p = code;
    out.status = read_number(p, end);
    out.reason = text_between(skip(p, end, is_blank), end);
    return out.status != 0;
}

// `INVITE sip:a@b SIP/2.0`; what is missing stays empty. Returns whether the version was there.
bool read_request_line(const char* p, const char* end, Message& out) {
    const char* method_end = p;
    while (method_end < end && !is_blank(*method_end)) ++method_end;
    out.method_text = text_between(p, method_end);
    out.method = find_method(out.method_text);
    const char* uri = skip(method_end, end, is_blank);
    const char* last = end;
    while (last > uri && !is_blank(last[-1])) --last;
    bool any_version = text_between(last, end).starts_with("SIP/");
    const char* uri_end = any_version ? trim(uri, last, is_blank) : end;
    out.request_uri = text_between(uri, uri_end);
    return any_version && text_between(last, end) == kVersion;
}

void read_cseq(std::string_view value, Message& out) {
    const char* p = value.data();
    const char* end = p + value.size();
    out.cseq = read_number(p, end);
    p = skip(p, end, is_space);
    const char* method_end = p;
    while (method_end < end && !is_space(*method_end)) ++method_end;
    out.cseq_method_text = text_between(p, method_end);
    out.cseq_method = find_method(out.cseq_method_text);
}

void reset(std::string_view bytes, Message& out) {
    out.data = bytes.data();
    out.len = out.body = static_cast<uint32_t>(std::min<size_t>(bytes.size(), UINT32_MAX));
    out.status = out.cseq = out.n_headers = out.dropped_headers = 0;
    out.method = out.cseq_method = MethodNone;
    out.has_body_separator = false;
    out.method_text = out.cseq_method_text = out.request_uri = out.reason = out.call_id = {};
    std::memset(out.first, 0, sizeof out.first);
}

void index_header(Message& out, const HeaderLine& header) {
    if (out.n_headers == Message::kMaxHeaders) {
        ++out.dropped_headers;
        return;
    }
    out.headers[out.n_headers++] = header;
    if (header.id == Header::Unknown) return;
    uint16_t& first = out.first[static_cast<int>(header.id)];
    if (first == 0) first = static_cast<uint16_t>(out.n_headers);
}

// The lines from p up to the empty one.
void read_headers(const char* p, const char* end, Message& out) {
    std::string_view cseq;
    while (p < end) {
        if (is_line_end(*p)) {
            out.has_body_separator = true;
            out.body = static_cast<uint32_t>(next_line(p, end) - out.data);
            break;
        }
        const char* line = p;
        const char* colon = scan_name(line, end);
        bool has_name = colon < end && *colon == ':';
        const char* value = has_name ? skip(colon + 1, end, is_blank) : colon;
        const char* value_end = scan_line(value, end);
        p = next_line(value_end, end);
        bool folded = false;
        while (p < end && is_blank(*p)) {
            folded = true;
            value_end = scan_line(p, end);
            p = next_line(value_end, end);
        }
        const char* name_end = trim(line, colon, is_blank);
        if (!has_name || name_end == line) continue;
        if (folded) {
            value = skip(value, value_end, is_space);
            value_end = trim(value, value_end, is_space);
            folded = std::any_of(value, value_end, is_line_end);
        } else {
            value_end = trim(value, value_end, is_blank);
        }
        std::string_view name = text_between(line, name_end).substr(0, kLongestValue);
        std::string_view text = text_between(value, value_end).substr(0, kLongestValue);
        Header id = find_header(name);
        if (id == Header::CallId && out.call_id.empty()) out.call_id = text;
        if (id == Header::CSeq && cseq.empty()) cseq = text;
        index_header(out, {static_cast<uint32_t>(line - out.data), static_cast<uint32_t>(value - out.data),
                           static_cast<uint16_t>(name.size()), static_cast<uint16_t>(text.size()), id, folded});
    }
    if (!cseq.empty()) read_cseq(cseq, out);
}

}  // namespace

ParseStatus parse(std::string_view bytes, Message& out) {
    reset(bytes, out);
    const char* p = out.data;
    const char* end = p + out.len;
    p = skip(p, end, is_line_end);
    if (p == end || *p == '\0') {
        if (skip(p, end, [](char c) { return is_line_end(c) || c == '\0'; }) == end) return ParseStatus::KeepAlive;
    }
    const char* line_end = scan_line(p, end);
    const char* text_end = trim(p, line_end, is_blank);
    if (!read_status_line(p, text_end, out)) {
        out.status = 0;
        out.reason = {};
        if (!read_request_line(p, text_end, out) && out.text().find(kVersion) == std::string_view::npos) return ParseStatus::NotSip;
    }
    read_headers(next_line(line_end, end), end, out);
    return out.call_id.empty() ? ParseStatus::NoCallId : ParseStatus::Ok;
}

}  // namespace gsp::rt::sip
