// SPDX-License-Identifier: Apache-2.0
// The reader of received messages: one pass over the header part, 64 bytes at a time. A line ends with CR LF or LF.
#include <algorithm>
#include <bit>
#include <cstring>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "runtime/sip/message.h"
#include "runtime/sip/names.h"

namespace gsp::rt::sip {

namespace {

constexpr std::string_view kVersion = "SIP/2.0";

// Objects, not functions, so that they are inlined wherever they are passed.
constexpr auto is_blank = [](char c) { return c == ' ' || c == '\t'; };
constexpr auto is_line_end = [](char c) { return c == '\r' || c == '\n'; };
constexpr auto is_space = [](char c) { return is_blank(c) || is_line_end(c); };
constexpr auto is_visible = [](char c) { return static_cast<unsigned char>(c) > ' '; };
constexpr auto is_digit = [](char c) { return c >= '0' && c <= '9'; };

// A bit for every LF of the first 64 bytes, the first byte's lowest.
uint64_t line_feeds(const char* block, const char* end) {
    char padded[64];
    if (end - block < 64) {
        std::memset(padded, 0, sizeof padded);
        std::memcpy(padded, block, static_cast<size_t>(end - block));
        block = padded;
    }
    uint64_t bits = 0;
#ifdef __SSE2__
    const __m128i lf = _mm_set1_epi8('\n');
    for (unsigned i = 0; i < 64; i += 16) {
        __m128i part = _mm_loadu_si128(reinterpret_cast<const __m128i*>(block + i));
        bits |= uint64_t{static_cast<uint32_t>(_mm_movemask_epi8(_mm_cmpeq_epi8(part, lf)))} << i;
    }
#else
    for (unsigned i = 0; i < 64; ++i) bits |= uint64_t{block[i] == '\n'} << i;
#endif
    return bits;
}

// Walks over the lines of a text.
class LineFeeds {
public:
    LineFeeds(const char* begin, const char* end) : block_(begin), bits_(line_feeds(begin, end)), end_(end) {}

    // The next line feed, or the end of the text.
    const char* next() {
        while (bits_ == 0) {
            if (end_ - block_ <= 64) return end_;
            block_ += 64;
            bits_ = line_feeds(block_, end_);
        }
        const char* found = block_ + std::countr_zero(bits_);
        bits_ &= bits_ - 1;
        return found;
    }

private:
    const char* block_;
    uint64_t bits_;  // of the line feeds of the block that are still to come
    const char* end_;
};

// The end of a line's text, given its line feed.
const char* without_cr(const char* line, const char* lf) {
    return lf > line && lf[-1] == '\r' ? lf - 1 : lf;
}

// The first colon of a line, or its end.
const char* find_colon(const char* line, const char* line_end, [[maybe_unused]] const char* end) {
#ifdef __SSE2__
    if (end - line >= 16) {
        __m128i part = _mm_loadu_si128(reinterpret_cast<const __m128i*>(line));
        uint32_t bits = static_cast<uint32_t>(_mm_movemask_epi8(_mm_cmpeq_epi8(part, _mm_set1_epi8(':'))));
        if (bits) return std::min(line + std::countr_zero(bits), line_end);
    }
#endif
    const void* found = std::memchr(line, ':', static_cast<size_t>(line_end - line));
    return found ? static_cast<const char*>(found) : line_end;
}

template <class Is>
const char* skip(const char* p, const char* end, Is is) {
    while (p < end && is(*p)) ++p;
    return p;
}

template <class Is>
const char* trim(const char* begin, const char* end, Is is) {
    while (end > begin && static_cast<unsigned char>(end[-1]) <= ' ' && is(end[-1])) [[unlikely]]-- end;
    return end;
}

// Reads digits and moves p behind them; too large a number becomes UINT32_MAX.
uint32_t read_number(const char*& p, const char* end) {
    uint64_t number = 0;
    for (; p < end && is_digit(*p); ++p) {
        number = number * 10 + static_cast<uint64_t>(*p - '0');
        if (number > UINT32_MAX) number = UINT32_MAX;
    }
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

// A line that has no place in the index is only good for what every message is asked for.
[[gnu::noinline]] void drop_header(Message& out, Header id, std::string_view value, std::string_view& cseq) {
    ++out.dropped_headers;
    value = value.substr(0, UINT16_MAX);
    if (id == Header::CallId && out.call_id.empty()) out.call_id = value;
    if (id == Header::CSeq && cseq.empty()) cseq = value;
}

// Name and value of a header line, trimmed.
struct Field {
    const char *name, *name_end, *value, *value_end;
};

[[gnu::noinline]] Field trimmed(Field f) {
    f.name_end = trim(f.name, f.name_end, is_blank);
    f.value = skip(f.value, f.value_end, is_space);
    f.value_end = trim(f.value, f.value_end, is_space);
    return f;
}

uint16_t clipped(std::ptrdiff_t length) {
    return static_cast<uint16_t>(std::min<std::ptrdiff_t>(length, UINT16_MAX));
}

// The lines from p up to the empty one. p is behind the start line, so there is always a byte before it.
void read_headers(const char* p, const char* end, LineFeeds feeds, Message& out) {
    const char* const data = out.data;
    std::string_view cseq;
    uint32_t count = 0;
    while (p < end) {
        const char* line = p;
        const char* lf = feeds.next();
        const char* line_end = without_cr(line, lf);
        p = lf + 1;  // one too far behind a last line without LF, which ends the loop
        if (line_end == line) {
            out.has_body_separator = true;
            out.body = static_cast<uint32_t>(std::min(p, end) - data);
            break;
        }
        const char* value_end = line_end;
        bool folded = false;
        while (p < end && !is_visible(*p) && is_blank(*p)) [[unlikely]] {
                lf = feeds.next();
                value_end = without_cr(p, lf);
                p = lf + 1;
                folded = true;
            }
        const char* colon = find_colon(line, line_end, end);
        if (colon == line_end) [[unlikely]]
            continue;
        Field f{line, colon, colon + 1, value_end};
        while (f.value < f.value_end && *f.value == ' ') ++f.value;
        if (!is_visible(f.name_end[-1]) || f.value == f.value_end || !is_visible(*f.value) ||
            !is_visible(f.value_end[-1])) [[unlikely]] {
            f = trimmed(f);
            if (f.name == f.name_end) continue;
        }
        Header id = lookup_header(text_between(f.name, f.name_end));
        if (count == Message::kMaxHeaders) [[unlikely]] {
            drop_header(out, id, text_between(f.value, f.value_end), cseq);
            continue;
        }
        HeaderLine& header = out.headers[count++];
        header.line = static_cast<uint32_t>(f.name - data);
        header.value = static_cast<uint32_t>(f.value - data);
        header.name_len = clipped(f.name_end - f.name);
        header.value_len = clipped(f.value_end - f.value);
        header.id = id;
        header.folded = folded && f.value < line_end && line_end < f.value_end;
        if (id == Header::Unknown) continue;
        uint16_t& first = out.first[static_cast<int>(id)];
        if (first == 0) first = static_cast<uint16_t>(count);
    }
    out.n_headers = count;
    if (const HeaderLine* header = out.find(Header::CallId)) out.call_id = out.value(*header);
    if (const HeaderLine* header = out.find(Header::CSeq)) cseq = out.value(*header);
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
    LineFeeds feeds(p, end);
    const char* lf = feeds.next();
    const char* text_end = trim(p, lf, is_space);
    if (!read_status_line(p, text_end, out)) {
        out.status = 0;
        out.reason = {};
        if (!read_request_line(p, text_end, out) && out.text().find(kVersion) == std::string_view::npos)
            return ParseStatus::NotSip;
    }
    read_headers(std::min(lf + 1, end), end, feeds, out);
    return out.call_id.empty() ? ParseStatus::NoCallId : ParseStatus::Ok;
}

}  // namespace gsp::rt::sip
