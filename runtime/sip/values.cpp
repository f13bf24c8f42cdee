// SPDX-License-Identifier: Apache-2.0
// Parts of header values (RFC 3261 20.10, 25.1): quoted strings and <…> hide separators.
#include "runtime/sip/message.h"

namespace gsp::rt::sip {

namespace {

bool is_space(char c) {
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
    while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
    return text;
}

char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
}

bool same_name(std::string_view a, std::string_view b) {
    if (a.size() != b.size()) return false;
    for (size_t i = 0; i < a.size(); ++i) {
        if (lower(a[i]) != lower(b[i])) return false;
    }
    return true;
}

// Behind the quoted string that begins at `at`; the end of the text if it is not closed.
size_t skip_quoted(std::string_view text, size_t at) {
    for (++at; at < text.size(); ++at) {
        if (text[at] == '\\')
            ++at;
        else if (text[at] == '"')
            return at + 1;
    }
    return text.size();
}

// The first byte at or after `at` that `wanted` names, outside quoted strings and <…>, else the end.
template <char... wanted>
size_t find_outside(std::string_view text, size_t at) {
    while (at < text.size()) {
        char c = text[at];
        if (((c == wanted) || ...)) return at;
        if (c == '"')
            at = skip_quoted(text, at);
        else if (c == '<')
            at = std::min(text.find('>', at), text.size() - 1) + 1;
        else
            ++at;
    }
    return text.size();
}

std::string_view unquoted(std::string_view text) {
    if (text.empty() || text.front() != '"') return text;
    text = text.substr(0, skip_quoted(text, 0));
    text.remove_prefix(1);
    if (!text.empty() && text.back() == '"') text.remove_suffix(1);
    return text;
}

}  // namespace

std::string_view parameter(std::string_view value, std::string_view name) {
    size_t at = find_outside<';', ','>(value, 0);
    while (at < value.size() && value[at] == ';') {
        size_t begin = at + 1;
        at = find_outside<';', ','>(value, begin);
        std::string_view part = value.substr(begin, at - begin);
        size_t equals = part.find('=');
        if (!same_name(trimmed(part.substr(0, equals)), name)) continue;
        if (equals == std::string_view::npos) return part.substr(part.size());
        return unquoted(trimmed(part.substr(equals + 1)));
    }
    return {};
}

std::string_view uri_of(std::string_view value) {
    size_t open = find_outside<'<'>(value, 0);
    if (open == value.size()) return trimmed(value.substr(0, value.find(';')));
    std::string_view rest = value.substr(open + 1);
    return rest.substr(0, rest.find('>'));
}

}  // namespace gsp::rt::sip
