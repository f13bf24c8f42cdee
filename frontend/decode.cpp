// SPDX-License-Identifier: Apache-2.0
// See decode.h.
#include "frontend/decode.h"

#include <charconv>

namespace gsp {

namespace {

constexpr std::string_view kBlanks = " \t\n";

void append_utf8(std::string& out, uint32_t code) {
    if (code < 0x80) {
        out += static_cast<char>(code);
        return;
    }
    const int more = code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
    const uint32_t marks[] = {0, 0xc0, 0xe0, 0xf0};
    out += static_cast<char>(marks[more] | (code >> (6 * more)));
    for (int i = more - 1; i >= 0; --i) out += static_cast<char>(0x80 | ((code >> (6 * i)) & 0x3f));
}

MappedText with_entities(const MappedText& in) {
    MappedText out{in.file, in.end};
    for (size_t i = 0; i < in.bytes.size(); ++i) {
        const Entity entity = in.bytes[i] == '&' ? entity_at(std::string_view(in.bytes).substr(i)) : Entity{};
        if (entity.length == 0) {
            out.push(in.bytes[i], in.from[i]);
            continue;
        }
        const size_t last = i + entity.length - 1;
        for (const char c : entity.bytes) out.push(c, in.joined(in.from[i], in.from[last]));
        i = last;
    }
    return out;
}

MappedText with_backslashes(const MappedText& in) {
    constexpr std::string_view kEscaped = "\\\"ntr", kMeant = "\\\"\n\t\r";
    MappedText out{in.file, in.end};
    for (size_t i = 0; i < in.bytes.size(); ++i) {
        const bool pair = in.bytes[i] == '\\' && i + 1 < in.bytes.size();
        const size_t which = pair ? kEscaped.find(in.bytes[i + 1]) : kEscaped.npos;
        if (which == kEscaped.npos) {
            out.push(in.bytes[i], in.from[i]);
        } else {
            out.push(kMeant[which], in.joined(in.from[i], in.from[i + 1]));
            ++i;
        }
    }
    return out;
}

}  // namespace

void MappedText::append(const MappedText& more) {
    bytes += more.bytes;
    from.insert(from.end(), more.from.begin(), more.from.end());
}

MappedText MappedText::part(size_t begin, size_t stop) const {
    const auto at = [&](size_t i) { return from.begin() + static_cast<std::ptrdiff_t>(i); };
    return {file, range(stop, stop), bytes.substr(begin, stop - begin), {at(begin), at(stop)}};
}

SourceRange MappedText::joined(SourceRange a, SourceRange b) const {
    return b.begin >= a.begin && file->same_segment(a.begin, b.begin) ? SourceRange{a.begin, b.end() - a.begin} : a;
}

SourceRange MappedText::range(size_t begin, size_t stop) const {
    if (begin >= bytes.size()) return end;
    return stop > begin ? joined(from[begin], from[stop - 1]) : SourceRange{from[begin].begin, 0};
}

size_t utf8_length(std::string_view s) {
    const auto byte = [&](size_t i) { return i < s.size() ? static_cast<unsigned char>(s[i]) : 0u; };
    const unsigned a = byte(0), b = byte(1);
    const size_t n = a < 0x80                ? 1
                     : a >= 0xc2 && a < 0xe0 ? 2
                     : a >= 0xe0 && a < 0xf0 ? 3
                     : a >= 0xf0 && a < 0xf5 ? 4
                                             : 0;
    if (n == 0 || n > s.size()) return 0;
    if ((a == 0xe0 && b < 0xa0) || (a == 0xed && b > 0x9f) || (a == 0xf0 && b < 0x90) || (a == 0xf4 && b > 0x8f))
        return 0;
    for (size_t i = 1; i < n; ++i)
        if ((byte(i) & 0xc0) != 0x80) return 0;
    return n;
}

Entity entity_at(std::string_view text) {
    constexpr struct {
        std::string_view name;
        char meaning;
    } kNamed[] = {{"&amp;", '&'}, {"&lt;", '<'}, {"&gt;", '>'}, {"&quot;", '"'}, {"&apos;", '\''}};
    for (const auto& named : kNamed)
        if (text.starts_with(named.name)) return {std::string(1, named.meaning), named.name.size()};
    if (!text.starts_with("&#")) return {};
    const bool hex = text.substr(2, 1) == "x";
    const char* begin = text.data() + (hex ? 3 : 2);
    const char* end = text.data() + text.size();
    uint32_t code = 0;
    const auto [stop, error] = std::from_chars(begin, end, code, hex ? 16 : 10);
    const bool valid = error == std::errc() && stop != end && *stop == ';' && code != 0 && code < 0x110000;
    if (!valid) return {};
    Entity entity;
    append_utf8(entity.bytes, code);
    entity.length = static_cast<size_t>(stop - text.data()) + 1;
    return entity;
}

MappedText plain_text(const SourceFile& file, SourceRange range) {
    const std::string_view s = file.text(range);
    MappedText out{&file, {range.end(), 0}};
    for (size_t i = 0; i < s.size(); ++i) {
        const uint32_t offset = range.begin + static_cast<uint32_t>(i);
        const bool crlf = s[i] == '\r' && i + 1 < s.size() && s[i + 1] == '\n';
        out.push(s[i] == '\r' ? '\n' : s[i], {offset, crlf ? 2u : 1u});
        if (crlf) ++i;
    }
    return out;
}

MappedText decode_attribute(const SourceFile& file, SourceRange value, bool twice) {
    MappedText text = plain_text(file, value);
    for (char& c : text.bytes)
        if (c == '\n' || c == '\t') c = ' ';
    text = with_backslashes(with_entities(text));
    return twice ? with_entities(text) : text;
}

MappedText normalise_message(const MappedText& in, bool sip) {
    MappedText out{in.file, in.end};
    const size_t begin = in.bytes.find_first_not_of(kBlanks);
    if (begin == in.bytes.npos) return out;
    const size_t stop = in.bytes.find_last_not_of(kBlanks) + 1;
    const bool newline_stripped = in.bytes.find('\n', stop) != in.bytes.npos;
    for (size_t i = begin; i < stop; ++i) {
        const char c = in.bytes[i];
        const bool space = c == ' ' || c == '\t';
        if (space && out.bytes.ends_with('\n')) continue;
        while (c == '\n' && (out.bytes.ends_with(' ') || out.bytes.ends_with('\t'))) {
            out.bytes.pop_back();
            out.from.pop_back();
        }
        out.push(c, in.from[i]);
    }
    if (out.bytes.find("\n\n") == out.bytes.npos) {
        out.push('\n', out.end);
        out.push('\n', out.end);
    } else if (newline_stripped && sip) {
        out.push('\n', out.end);
    }
    return out;
}

}  // namespace gsp
