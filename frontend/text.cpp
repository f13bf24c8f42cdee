// SPDX-License-Identifier: Apache-2.0
// See text.h.
#include "frontend/text.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>

#include "frontend/schema.h"

namespace gsp {

namespace {

constexpr size_t kMaxKeyword = 256;  // bytes between the brackets

int hex_digit(char c) {
    int value = 0;
    const auto [end, error] = std::from_chars(&c, &c + 1, value, 16);
    return error == std::errc() ? value : -1;
}

bool ends_word(char c) {
    return static_cast<unsigned char>(c) <= ' ' || static_cast<unsigned char>(c) >= 0x7f;
}

class TextParser {
public:
    TextParser(const MappedText& in, Diag& diag, const std::vector<std::string>& user_keys)
        : in_(in), s_(in.bytes), diag_(diag), user_keys_(user_keys) {}

    ast::Text run() {
        for (size_t i = 0; i < s_.size();) {
            if (s_[i] == '[') {
                i = bracket(i);
            } else if (s_.substr(i, 2) == "\\x") {
                i = hex_escape(i);
            } else {
                literal(s_[i], i, i + 1);
                ++i;
            }
        }
        text_.range = in_.range(0, s_.size());
        return std::move(text_);
    }

private:
    // Offset behind what was read, for this and the next three.
    size_t bracket(size_t open);
    size_t hex_escape(size_t begin);
    size_t closing_bracket(size_t open);  // npos: none, an error or warning was emitted

    void literal(char c, size_t begin, size_t end);
    void keyword(size_t open, size_t close);
    void resolve(ast::Part&, size_t name_begin, size_t name_end);
    void unknown(const ast::Part&, std::string_view name);
    void read_args(ast::Part&, size_t begin, size_t end);
    bool read_arg(ast::Part&, size_t& i, size_t end);
    bool read_ending(ast::Part&, const KeywordSpec&, size_t begin, size_t end);
    bool is_user_key(std::string_view) const;
    void check_args(const ast::Part&);

    const MappedText& in_;
    std::string_view s_;
    Diag& diag_;
    const std::vector<std::string>& user_keys_;
    ast::Text text_;
};

void TextParser::literal(char c, size_t begin, size_t end) {
    const SourceRange from = in_.range(begin, end);
    if (text_.parts.empty() || !text_.parts.back().is_literal()) text_.parts.emplace_back().range = from;
    ast::Part& part = text_.parts.back();
    part.text += c;
    part.range = in_.joined(part.range, from);
}

// SIPp: one or two digits; without any, the character after `\x` is lost too.
size_t TextParser::hex_escape(size_t begin) {
    const size_t digits = begin + 2;
    int value = digits < s_.size() ? hex_digit(s_[digits]) : -1;
    if (value < 0) {
        const size_t end = std::min(digits + 1, s_.size());
        diag_.emit(D::BadHexEscape, in_.range(begin, end));
        return end;
    }
    size_t end = digits + 1;
    const int low = end < s_.size() ? hex_digit(s_[end]) : -1;
    if (low >= 0) {
        value = value * 16 + low;
        ++end;
    }
    literal(static_cast<char>(value), begin, end);
    return end;
}

// The first `]` outside of quotes; brackets in the parameters are keywords of their own and come in pairs.
size_t TextParser::closing_bracket(size_t open) {
    bool in_quotes = false, in_args = false;
    int depth = 0;
    size_t i = open + 1;
    for (; i < s_.size() && i <= open + 1 + kMaxKeyword; ++i) {
        const char c = s_[i];
        if (in_quotes && c == '\\') {
            ++i;
        } else if (in_quotes) {
            in_quotes = c != '"' && c != '\n';
        } else if (c == '"') {
            in_quotes = true;
        } else if (c == ']') {
            if (depth-- == 0) return i;
        } else if (c == '[') {
            if (!in_args) {
                diag_.emit(D::NestedKeyword, in_.range(i, i + 1)).note("a literal `[` is written `\\x5b`");
                return s_.npos;
            }
            ++depth;
        } else if (ends_word(c)) {
            in_args = true;
        }
    }
    const bool at_end = i >= s_.size();
    diag_
        .emit(at_end ? D::UnclosedKeyword : D::KeywordTooLong, in_.range(open, open + 1), {std::to_string(kMaxKeyword)})
        .note("a literal `[` is written `\\x5b`");
    return s_.npos;
}

size_t TextParser::bracket(size_t open) {
    const size_t close = closing_bracket(open);
    if (close == s_.npos) {
        literal('[', open, open + 1);
        return open + 1;
    }
    keyword(open, close);
    return close + 1;
}

void TextParser::keyword(size_t open, size_t close) {
    ast::Part part;
    part.range = in_.range(open, close + 1);
    size_t name_end = open + 1;
    while (name_end < close && !ends_word(s_[name_end])) ++name_end;
    resolve(part, open + 1, name_end);
    if (part.is_literal()) return;
    const bool is_prefix = part.keyword && part.keyword->shape == KeywordShape::Prefix;
    // SIPp: a variable's or header's name goes on to the bracket, blanks and all.
    if (is_prefix) part.text += s_.substr(name_end, close - name_end);
    const bool takes_args = part.keyword && !part.keyword->args().empty();
    const size_t args = std::min(s_.find_first_not_of(" \t\n", name_end), close);
    if (takes_args) {
        read_args(part, args, close);
    } else if (args < close && !is_prefix) {
        diag_.emit(D::KeywordTakesNoArgs, in_.range(args, close),
                   {std::string(s_.substr(open + 1, name_end - open - 1))});
        return;
    }
    text_.parts.push_back(std::move(part));
}

// Leaves `part` as it is if the name means nothing; an error was emitted then.
void TextParser::resolve(ast::Part& part, size_t name_begin, size_t name_end) {
    const std::string_view name = s_.substr(name_begin, name_end - name_begin);
    // SIPp: the first `+`, or if there is none the first `-`, starts an offset if a digit follows.
    size_t sign = name.find('+');
    if (sign == name.npos) sign = name.find('-');
    const bool offset = sign != name.npos && sign + 1 < name.size() && name[sign + 1] >= '0' && name[sign + 1] <= '9';
    const std::string_view base = offset ? name.substr(0, sign) : name;

    const KeywordSpec* spec = find_keyword(base);
    if (spec && spec->shape == KeywordShape::Prefix) {
        // SIPp cuts at the sign here too and so cannot name a header like P-3GPP-Access; nothing is lost by keeping it.
        part.text = name.substr(std::strlen(spec->name));
        if (part.text.empty() || part.text == ":") {
            diag_.emit(D::EmptyKeyword, part.range, {std::string(name)});
            return;
        }
        part.keyword = spec;
        return;
    }
    if (!spec && !is_user_key(name)) return unknown(part, name);
    if (!spec) {
        part.user_key = true;
        part.text = name;
        return;
    }
    if (spec->takes_ending() &&
        !read_ending(part, *spec, name_begin + std::strlen(spec->name), name_begin + base.size()))
        return;
    part.keyword = spec;
    if (!offset) return;
    const std::string_view digits = name.substr(sign);
    if (spec->shape != KeywordShape::Offset && spec->shape != KeywordShape::Family) {
        diag_.emit(D::KeywordTakesNoOffset, in_.range(name_begin + sign, name_end),
                   {std::string(base), std::string(digits)});
        return;
    }
    part.has_offset = true;
    const char* first = digits.data() + (digits[0] == '+' ? 1 : 0);
    std::from_chars(first, digits.data() + digits.size(), part.offset);
}

bool TextParser::is_user_key(std::string_view name) const {
    return std::find(user_keys_.begin(), user_keys_.end(), name) != user_keys_.end();
}

// The ending of a Number or Family row. False: there is none such, an error was emitted.
bool TextParser::read_ending(ast::Part& part, const KeywordSpec& spec, size_t begin, size_t end) {
    const std::string_view ending = s_.substr(begin, end - begin);
    if (spec.shape == KeywordShape::Number) {
        const auto [stop, error] = std::from_chars(ending.data(), ending.data() + ending.size(), part.index);
        // SIPp takes what is no number for 0.
        if (error != std::errc() || stop != ending.data() + ending.size())
            diag_.emit(D::BadFieldNumber, in_.range(begin, end), {std::string(spec.name) + std::string(ending)});
        return true;
    }
    const std::vector<std::string_view> words = split_words(spec.endings());
    const auto found = std::find(words.begin(), words.end(), ending);
    part.index = static_cast<uint32_t>(found - words.begin());
    if (found != words.end()) return true;
    unknown(part, std::string(spec.name) + std::string(ending));
    return false;
}

void TextParser::unknown(const ast::Part& part, std::string_view name) {
    std::vector<std::string_view> candidates(user_keys_.begin(), user_keys_.end());
    std::vector<std::string> endings;
    for (const KeywordSpec& spec : keyword_specs()) {
        candidates.push_back(spec.name);
        for (const std::string_view word : split_words(spec.endings()))
            endings.push_back(std::string(spec.name) + std::string(word));
    }
    candidates.insert(candidates.end(), endings.begin(), endings.end());
    auto handle = diag_.emit(D::UnknownKeyword, part.range, {std::string(name)});
    const std::string_view meant = nearest(name, candidates);
    handle.note(meant.empty() ? "a literal `[` is written `\\x5b`; a keyword of your own is defined with -key"
                              : "did you mean `[" + std::string(meant) + "]`?");
}

void TextParser::read_args(ast::Part& part, size_t begin, size_t end) {
    for (size_t i = begin; i < end;) {
        if (!read_arg(part, i, end)) return;
        while (i < end && ends_word(s_[i])) ++i;
    }
    check_args(part);
}

bool TextParser::read_arg(ast::Part& part, size_t& i, size_t end) {
    const size_t begin = i;
    while (i < end && s_[i] != '=' && !ends_word(s_[i])) ++i;
    const std::string_view key = s_.substr(begin, i - begin);
    if (i >= end || s_[i] != '=' || key.empty()) {
        diag_.emit(D::BadKeywordArg, in_.range(begin, std::max(i, begin + 1)), {std::string(key)});
        return false;
    }
    ++i;
    const MappedText value = read_keyword_value(in_, i, end);
    ast::KeywordArg& arg = part.args.emplace_back();
    arg.key = key;
    arg.value = value.bytes;
    arg.range = in_.range(begin, i);
    const AttrSpec* column = part.keyword->find_arg(key);
    if (!column || column->kind != AttrKind::Text) return true;
    if (s_.substr(begin + key.size() + 1).starts_with("0x"))  // bytes, whatever they are
        arg.text.emplace_back().text = arg.value;
    else
        arg.text = parse_text(value, diag_, user_keys_).parts;
    return true;
}

void TextParser::check_args(const ast::Part& part) {
    const std::string name = part.keyword->name;
    for (const ast::KeywordArg& arg : part.args) {
        if (part.keyword->find_arg(arg.key)) continue;
        std::vector<std::string_view> known;
        for (const AttrSpec& column : part.keyword->args()) known.push_back(column.name);
        auto handle = diag_.emit(D::UnknownKeywordArg, arg.range, {name, arg.key});
        const std::string_view meant = nearest(arg.key, known);
        if (!meant.empty()) handle.note("did you mean `" + std::string(meant) + "`?");
    }
    for (const AttrSpec& column : part.keyword->args()) {
        const bool given = std::any_of(part.args.begin(), part.args.end(),
                                       [&](const ast::KeywordArg& arg) { return arg.key == column.name; });
        if (column.required && !given) diag_.emit(D::MissingKeywordArg, part.range, {name, column.name});
    }
}

}  // namespace

MappedText read_keyword_value(const MappedText& in, size_t& i, size_t end) {
    const std::string_view s = in.bytes;
    MappedText value{in.file, in.range(i, i)};
    if (i < end && s[i] == '"') {
        for (++i; i < end && s[i] != '"'; ++i) {
            if (s[i] == '\\' && i + 1 < end) ++i;
            value.push(s[i], in.from[i]);
        }
        value.end = in.range(i, i);
        if (i < end) ++i;
        return value;
    }
    const size_t begin = i;
    for (int depth = 0; i < end && (depth > 0 || !ends_word(s[i])); ++i) depth += (s[i] == '[') - (s[i] == ']');
    if (!s.substr(begin, i - begin).starts_with("0x")) return in.part(begin, i);
    value.end = in.range(i, i);
    for (size_t d = begin + 2; d + 1 < i && hex_digit(s[d]) >= 0 && hex_digit(s[d + 1]) >= 0; d += 2)
        value.push(static_cast<char>(hex_digit(s[d]) * 16 + hex_digit(s[d + 1])), in.range(d, d + 2));
    return value;
}

ast::Text parse_text(const MappedText& text, Diag& diag, const std::vector<std::string>& user_keys) {
    return TextParser(text, diag, user_keys).run();
}

}  // namespace gsp
