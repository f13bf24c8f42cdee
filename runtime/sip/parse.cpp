// SPDX-License-Identifier: Apache-2.0
// The reader of received messages: one pass over the header part, line by line. A line ends with CR LF or LF.
#include <algorithm>
#include <bit>
#include <cstring>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "runtime/sip/line_feed.h"
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

// The end of a line's text, given its line feed.
const char* without_cr(const char* line, const char* lf) {
    return lf > line && lf[-1] == '\r' ? lf - 1 : lf;
}

constexpr size_t kNameRoom = 16;

// Where in the first bytes of a line the first colon is; kNameRoom: nowhere. They must be readable.
size_t find_colon(const char* line) {
#ifdef __SSE2__
    __m128i part = _mm_loadu_si128(reinterpret_cast<const __m128i*>(line));
    uint32_t bits = static_cast<uint32_t>(_mm_movemask_epi8(_mm_cmpeq_epi8(part, _mm_set1_epi8(':'))));
    return static_cast<size_t>(std::countr_zero(bits | 1u << kNameRoom));
#else
    const void* found = std::memchr(line, ':', kNameRoom);
    return found ? static_cast<size_t>(static_cast<const char*>(found) - line) : kNameRoom;
#endif
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
    if (end - p > 5 && p[0] == ' ' && is_digit(p[1]) && is_digit(p[2]) && is_digit(p[3]) && p[4] == ' ' &&
        is_visible(p[5])) {  // as nearly all are
        out.status = static_cast<uint32_t>((p[1] - '0') * 100 + (p[2] - '0') * 10 + (p[3] - '0'));
        out.reason = text_between(p + 5, end);
        return out.status != 0;
    }
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
    out.method = lookup_method(out.method_text);
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
    out.cseq_method_text = text_between(p, end);
    out.cseq_method = lookup_method(out.cseq_method_text);
    if (out.cseq_method != MethodNone) return;  // nothing stands behind it
    const char* method_end = p;
    while (method_end < end && !is_space(*method_end)) ++method_end;
    out.cseq_method_text = text_between(p, method_end);
    out.cseq_method = lookup_method(out.cseq_method_text);
}

void reset(std::string_view bytes, Message& out) {
    out.data = bytes.data();
    out.len = out.body = static_cast<uint32_t>(std::min<size_t>(bytes.size(), UINT32_MAX));
    out.status = out.cseq = out.n_headers = out.dropped_headers = out.kind = 0;
    out.method = out.cseq_method = MethodNone;
    out.has_body_separator = false;
    out.method_text = out.cseq_method_text = out.request_uri = out.reason = out.call_id = {};
    out.first.fill(0);
}

// A line that has no place in the index is only good for what every message is asked for.
[[gnu::noinline]] void drop_header(Message& out, Header id, std::string_view value, std::string_view& cseq) {
    ++out.dropped_headers;
    if (id == Header::CallId && out.call_id.empty()) out.call_id = value;
    if (id == Header::CSeq && cseq.empty()) cseq = value;
}

uint16_t clipped(std::ptrdiff_t length) {
    return static_cast<uint16_t>(std::min<std::ptrdiff_t>(length, UINT16_MAX));
}

// How lines are nearly always written: `Name: value` CR LF, and the next line is none that continues this one. `room`
// is the last place from which kNameRoom bytes can be read, `last` that of the last byte.
bool read_plain(const char* data, const char* line, const char* lf, const char* room, const char* last,
                HeaderLine& out) {
    static_assert(kHeaderTable.kReadable <= kNameRoom);
    if (line > room || lf >= last || (!is_visible(lf[1]) && is_blank(lf[1]))) return false;
    const size_t length = find_colon(line);
    if (length - 1 >= kNameRoom - 1 || !is_visible(line[length - 1])) return false;
    const char *line_end = lf - 1, *value = line + length + 2;
    if (value[-1] != ' ' || *line_end != '\r' || value >= line_end || !is_visible(*value) || !is_visible(line_end[-1])) return false;
    out.line = static_cast<uint32_t>(line - data);
    out.value = static_cast<uint32_t>(value - data);
    out.name_len = static_cast<uint16_t>(length);
    out.value_len = clipped(line_end - value);
    out.id = lookup_header_at(line, length);
    out.folded = false;
    return true;
}

// Any line; `value_end` is that of the last line that continues it. False: it is no header.
[[gnu::noinline]] bool read_any(const char* data, const char* line, const char* line_end, const char* value_end,
                                HeaderLine& out) {
    const void* found = std::memchr(line, ':', static_cast<size_t>(line_end - line));
    if (!found) return false;
    const char* const colon = static_cast<const char*>(found);
    const char* const name_end = trim(line, colon, is_blank);
    const char* const value = skip(colon + 1, value_end, is_space);
    value_end = trim(value, value_end, is_space);
    out.line = static_cast<uint32_t>(line - data);
    out.value = static_cast<uint32_t>(value - data);
    out.name_len = clipped(name_end - line);
    out.value_len = clipped(value_end - value);
    out.id = lookup_header(text_between(line, name_end));
    out.folded = value < line_end && line_end < value_end;
    return name_end != line;
}

// The lines from p up to the empty one. p is behind the start line, so there is always a byte before it.
// By itself, so that its loop has all registers.
[[gnu::noinline]] void read_headers(const char* p, const char* end, Message& out) {
    const char* const data = out.data;
    const char *const last = end - 1, *const room =
                                          end -
                                          std::min<size_t>(kNameRoom, out.len);  // a short text has no line behind it
    std::string_view cseq;
    HeaderLine *header = out.headers, *const full = header + Message::kMaxHeaders;
    while (p < end) {
        const char* line = p;
        const char* lf = find_line_feed(line, end);
        p = lf + 1;  // one too far behind a last line without LF, which ends the loop
        if (lf - line < 2 && without_cr(line, lf) == line) {
            out.has_body_separator = true;
            out.body = static_cast<uint32_t>(std::min(p, end) - data);
            break;
        }
        if (!read_plain(data, line, lf, room, last, *header)) [[unlikely]] {
            const char *line_end = without_cr(line, lf), *last_line = line;
            while (p < end && is_blank(*p)) {
                last_line = p;
                lf = find_line_feed(p, end);
                p = lf + 1;
            }
            if (!read_any(data, line, line_end, without_cr(last_line, lf), *header)) continue;
        }
        if (header == full) [[unlikely]] {
            drop_header(out, header->id, out.value(*header), cseq);
            continue;
        }
        const Header id = header->id;
        ++header;
        if (id == Header::Unknown) continue;
        uint16_t& first = out.first[static_cast<size_t>(id)];
        if (first == 0) first = static_cast<uint16_t>(header - out.headers);
    }
    out.n_headers = static_cast<uint32_t>(header - out.headers);
    if (const HeaderLine* found = out.find(Header::CallId)) out.call_id = out.value(*found);
    if (const HeaderLine* found = out.find(Header::CSeq)) cseq = out.value(*found);
    if (!cseq.empty()) read_cseq(cseq, out);
}

ParseStatus read(std::string_view bytes, Message& out) {
    reset(bytes, out);
    const char* p = out.data;
    const char* end = p + out.len;
    p = skip(p, end, is_line_end);
    if (p == end || *p == '\0') {
        if (skip(p, end, [](char c) { return is_line_end(c) || c == '\0'; }) == end) return ParseStatus::KeepAlive;
    }
    const char* lf = find_line_feed(p, end);
    const char* text_end = trim(p, lf, is_space);
    if (!read_status_line(p, text_end, out)) {
        out.status = 0;
        out.reason = {};
        if (!read_request_line(p, text_end, out) && out.text().find(kVersion) == std::string_view::npos)
            return ParseStatus::NotSip;
    }
    read_headers(std::min(lf + 1, end), end, out);
    return out.call_id.empty() ? ParseStatus::NoCallId : ParseStatus::Ok;
}

// What may be another in the next message of this kind: the URI of a request, the values, of CSeq only the number.
[[gnu::noinline]] void remember(Message& message) {
    const std::string_view start_line(message.data, std::min(message.text().find('\r'), size_t{message.len}));
    const bool says_version = start_line.starts_with(kVersion) || start_line.ends_with(kVersion);
    if (!says_version || message.n_headers > Familiar::kMaxHeaders) return;
    std::array<std::string_view, Familiar::kMaxHeaders + 1> varies;
    size_t n = 0;
    varies[n++] = message.request_uri;
    std::string_view number;
    for (uint32_t i = 0; i < message.n_headers; ++i) {
        std::string_view value = message.value(message.headers[i]);
        if (message.headers[i].id == Header::CSeq) {
            const char* behind = value.data();
            read_number(behind, value.data() + value.size());
            value = text_between(value.data(), behind);
            if (!number.data()) number = value;
        }
        varies[n++] = value;
    }
    const uint32_t place = message.familiar.shapes.learn(message.text(), message.body, {varies.data(), n});
    if (place == Shapes::kNone) return;
    Familiar::Found& found = message.familiar.found[place];
    found.parts = message;
    found.parts.kind = ++message.familiar.kinds;
    found.cseq_at = number.empty() ? 0 : static_cast<uint32_t>(number.data() - message.data);
    found.cseq_end = found.cseq_at + static_cast<uint32_t>(number.size());
    found.first = message.first;
    std::copy_n(message.headers, message.n_headers, found.headers.begin());
}

// False: the message is like none before.
bool recognize(std::string_view bytes, Message& out) {
    const uint32_t place = out.familiar.shapes.find(bytes);
    if (place == Shapes::kNone) return false;
    const Familiar::Found& found = out.familiar.found[place];
    const char* number = bytes.data() + found.cseq_at;
    const char* const number_end = bytes.data() + found.cseq_end;
    const uint32_t cseq = read_number(number, number_end);
    if (number != number_end) return false;
    static_cast<MessageParts&>(out) = found.parts;
    const auto move = [&](std::string_view& text) {
        if (text.data()) text = {bytes.data() + (text.data() - found.parts.data), text.size()};
    };
    for (std::string_view* text :
         {&out.method_text, &out.cseq_method_text, &out.request_uri, &out.reason, &out.call_id})
        move(*text);
    out.data = bytes.data();
    out.len = static_cast<uint32_t>(bytes.size());
    out.cseq = cseq;
    out.first = found.first;
    std::copy_n(found.headers.begin(), out.n_headers, out.headers);
    return true;
}

}  // namespace

ParseStatus parse(std::string_view bytes, Message& out) {
    if (recognize(bytes, out)) return ParseStatus::Ok;
    const ParseStatus status = read(bytes, out);
    if (status == ParseStatus::Ok) remember(out);
    return status;
}

}  // namespace gsp::rt::sip
