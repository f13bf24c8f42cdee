// SPDX-License-Identifier: Apache-2.0
// A value is a sequence of words. A word with `=` behind it names a parameter; a word that begins the value or follows
// a comma, and is not followed by one, names a scheme.
#include "runtime/auth/digest_params.h"

#include <algorithm>

namespace gsp::rt::auth {

namespace {

struct Param {
    std::string_view name;
    std::string_view DigestParams::*value;
};

constexpr Param kParams[] = {
    {"username", &DigestParams::username},   {"realm", &DigestParams::realm},
    {"nonce", &DigestParams::nonce},         {"uri", &DigestParams::uri},
    {"response", &DigestParams::response},   {"qop", &DigestParams::qop},
    {"algorithm", &DigestParams::algorithm}, {"cnonce", &DigestParams::cnonce},
    {"opaque", &DigestParams::opaque},       {"nc", &DigestParams::nc},
};

bool is_blank(char c) {
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

bool ends_word(char c) {
    return is_blank(c) || c == ',' || c == '"' || c == '=';
}

bool ends_bare_value(char c) {
    return is_blank(c) || c == ',' || c == '"';
}

bool is_quote(char c) {
    return c == '"';
}

size_t skip_blanks(std::string_view text, size_t at) {
    while (at < text.size() && is_blank(text[at])) ++at;
    return at;
}

// The text from `at` to the first byte that `ends` accepts and no backslash precedes; moves `at` there. A backslash
// with nothing behind it is left out.
template <class Ends>
std::string_view take_until(std::string_view text, size_t& at, Ends ends) {
    size_t begin = at;
    for (; at < text.size() && !ends(text[at]); ++at) {
        if (text[at] != '\\') continue;
        if (at + 1 == text.size()) {
            std::string_view taken = text.substr(begin, at - begin);
            ++at;
            return taken;
        }
        ++at;
    }
    return text.substr(begin, at - begin);
}

std::string_view take_value(std::string_view text, size_t& at) {
    if (at == text.size() || text[at] != '"') return take_until(text, at, ends_bare_value);
    ++at;
    std::string_view value = take_until(text, at, is_quote);
    if (at < text.size()) ++at;
    return value;
}

void set_param(DigestParams& params, std::string_view name, std::string_view value) {
    for (const Param& param : kParams) {
        if (!same_word(param.name, name)) continue;
        std::string_view& slot = params.*param.value;
        if (!slot.data()) slot = value;
        return;
    }
}

}  // namespace

bool same_word(std::string_view a, std::string_view b) {
    auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; };
    return a.size() == b.size() &&
           std::equal(a.begin(), a.end(), b.begin(), [&](char x, char y) { return lower(x) == lower(y); });
}

bool next_digest(std::string_view& rest, DigestParams& out) {
    out = {};
    const std::string_view text = rest;
    bool in_digest = false;
    bool after_comma = true;
    for (size_t at = 0; at < text.size();) {
        if (is_blank(text[at]) || text[at] == ',') {
            after_comma |= text[at++] == ',';
            continue;
        }
        size_t begin = at;
        while (at < text.size() && !ends_word(text[at])) ++at;
        std::string_view word = text.substr(begin, at - begin);
        size_t next = skip_blanks(text, at);
        if (next < text.size() && text[next] == '=') {
            at = skip_blanks(text, next + 1);
            std::string_view value = take_value(text, at);
            if (in_digest) set_param(out, word, value);
        } else if (word.empty()) {
            take_value(text, at);  // a quoted string that belongs to nothing
        } else if (bool is_digest = same_word(word, "Digest");
                   is_digest || (after_comma && next > at && next < text.size() && text[next] != ',')) {
            if (in_digest) {
                rest = text.substr(begin);
                return true;
            }
            in_digest = is_digest;
        }
        after_comma = false;
    }
    rest = {};
    return in_digest;
}

}  // namespace gsp::rt::auth
