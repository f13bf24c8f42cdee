// SPDX-License-Identifier: Apache-2.0
// See xml_scan.h.
#include "frontend/xml_scan.h"

#include <algorithm>

#include "frontend/xml_lint.h"

namespace gsp {

namespace {

bool is_quote(char c) {
    return c == '"' || c == '\'';
}

// Where `response="200 rtd="true"` has lost a quote: the offset of the blank before `rtd`, when the text from `begin`
// to the quote at `end` looks like a value followed by the next attribute's name. npos if it does not.
size_t lost_quote(std::string_view s, size_t begin, size_t end) {
    const bool next_is_separate = end + 1 >= s.size() || is_blank(s[end + 1]) || s[end + 1] == '>' || s[end + 1] == '/';
    if (next_is_separate || end == begin || s[end - 1] != '=') return s.npos;
    size_t name = end - 1;
    while (name > begin && is_xml_name_char(s[name - 1])) --name;
    if (name == end - 1 || name == begin || !is_blank(s[name - 1])) return s.npos;
    while (name > begin && is_blank(s[name - 1])) --name;
    return name;
}

}  // namespace

bool is_xml_name_start(char c) {
    const auto u = static_cast<unsigned char>(c);
    return u >= 0x80 || (u >= 'a' && u <= 'z') || (u >= 'A' && u <= 'Z') || u == '_' || u == ':';
}
bool is_xml_name_char(char c) {
    return is_xml_name_start(c) || (c >= '0' && c <= '9') || c == '-' || c == '.';
}

XmlScanner::XmlScanner(std::string_view text, Quotes quotes, uint32_t begin)
    : s_(text), quotes_(quotes), begin_(begin) {
    if (s_.starts_with("\xef\xbb\xbf")) pos_ = 3;
}

SourceRange XmlScanner::range(size_t from, size_t to) const {
    return {begin_ + static_cast<uint32_t>(from), static_cast<uint32_t>(to - from)};
}

void XmlScanner::skip_blanks() {
    while (is_blank(at(pos_))) ++pos_;
}
void XmlScanner::skip_name() {
    while (is_xml_name_char(at(pos_))) ++pos_;
}

std::optional<XmlToken> XmlScanner::next() {
    if (pos_ >= s_.size()) return std::nullopt;
    XmlToken token;
    const size_t begin = pos_;
    if (at(pos_) != '<') {
        pos_ = std::min(s_.find('<', pos_), s_.size());
    } else if (looking_at("<!--")) {
        delimited(token, XmlTokenKind::Comment, "<!--", "-->", D::UnclosedComment);
    } else if (looking_at("<![CDATA[")) {
        delimited(token, XmlTokenKind::Cdata, "<![CDATA[", "]]>", D::UnclosedCdata);
    } else if (looking_at("<?")) {
        delimited(token, XmlTokenKind::Instruction, "<?", "?>", D::UnclosedInstruction);
    } else if (looking_at("<!")) {
        doctype(token);
    } else if (looking_at("</")) {
        end_tag(token);
    } else if (is_xml_name_start(at(pos_ + 1))) {
        start_tag(token);
    } else {
        token.flaws.push_back({D::BadStartTag, range(pos_, pos_ + 1), {}});
        ++pos_;
    }
    token.range = range(begin, pos_);
    return token;
}

void XmlScanner::unclosed(XmlToken& token, D id, SourceRange where, std::vector<std::string> args) {
    token.flaws.push_back({id, where, std::move(args)});
    token.is_closed = false;
    pos_ = s_.size();
}

void XmlScanner::delimited(XmlToken& token, XmlTokenKind kind, std::string_view open, std::string_view close,
                           D unclosed_id) {
    token.kind = kind;
    const size_t begin = pos_, content = pos_ + open.size(), end = s_.find(close, content);
    token.content = range(content, std::min(end, s_.size()));
    if (end != s_.npos) {
        pos_ = end + close.size();
    } else {
        unclosed(token, unclosed_id, range(begin, begin + (kind == XmlTokenKind::Comment ? 4 : 2)));
    }
}

// <!DOCTYPE … [ … ]>: brackets, quotes and comments may hide a `>`.
void XmlScanner::doctype(XmlToken& token) {
    token.kind = XmlTokenKind::Doctype;
    const size_t begin = pos_;
    int depth = 0;
    for (pos_ += 2; pos_ < s_.size(); ++pos_) {
        const char c = s_[pos_];
        if (looking_at("<!--")) {
            pos_ = s_.find("-->", pos_);
            if (pos_ == s_.npos) break;
            pos_ += 2;
        } else if (is_quote(c)) {
            pos_ = s_.find(c, pos_ + 1);
            if (pos_ == s_.npos) break;
        } else if (c == '<' || c == '[') {
            ++depth;
        } else if (c == ']') {
            --depth;
        } else if (c == '>' && depth-- == 0) {
            ++pos_;
            return;
        }
    }
    unclosed(token, D::UnclosedInstruction, range(begin, begin + 2));
}

void XmlScanner::end_tag(XmlToken& token) {
    token.kind = XmlTokenKind::EndTag;
    pos_ += 2;
    const size_t name = pos_;
    skip_name();
    token.name = range(name, pos_);
    const size_t behind_name = pos_;
    skip_blanks();
    if (at(pos_) != '>') {
        token.flaws.push_back(
            {D::MissingGt, range(behind_name, behind_name), {"</" + std::string(s_.substr(name, behind_name - name))}});
        pos_ = std::min(s_.find_first_of("<>", pos_), s_.size());
    }
    if (at(pos_) == '>') ++pos_;
}

void XmlScanner::start_tag(XmlToken& token) {
    token.kind = XmlTokenKind::StartTag;
    const size_t name = ++pos_;
    skip_name();
    token.name = range(name, pos_);
    const std::string shown(s_.substr(name, pos_ - name));
    while (token.is_closed) {
        const size_t before_blanks = pos_;
        skip_blanks();
        if (pos_ >= s_.size()) return unclosed(token, D::UnclosedTag, token.name, {shown});
        if (at(pos_) == '>') {
            ++pos_;
            return;
        }
        if (looking_at("/>")) {
            pos_ += 2;
            token.is_empty = true;
            return;
        }
        if (at(pos_) == '<') {
            token.flaws.push_back({D::MissingGt, range(before_blanks, before_blanks), {"<" + shown}});
            pos_ = before_blanks;
            return;
        }
        attribute(token);
    }
}

void XmlScanner::attribute(XmlToken& token) {
    const size_t begin = pos_;
    skip_name();
    const size_t name_end = pos_;
    skip_blanks();
    if (name_end > begin && is_xml_name_start(s_[begin]) && at(pos_) == '=') {
        ++pos_;
        skip_blanks();
        if (is_quote(at(pos_))) return attribute_value(token, begin, name_end);
    }
    pos_ = begin;
    junk(token);
}

void XmlScanner::attribute_value(XmlToken& token, size_t name, size_t name_end) {
    const std::string shown(s_.substr(name, name_end - name));
    if (!is_blank(s_[name - 1])) token.flaws.push_back({D::MissingSpace, range(name, name_end), {shown}});
    const char quote = at(pos_);
    const size_t begin = ++pos_;
    size_t escaped = s_.npos;
    while (pos_ < s_.size() && s_[pos_] != quote) {
        if (quotes_ == Quotes::Escapable && s_[pos_] == '\\' && pos_ + 1 < s_.size()) {
            if (s_[pos_ + 1] == quote && escaped == s_.npos) escaped = pos_;
            ++pos_;
        }
        ++pos_;
    }
    if (pos_ >= s_.size()) {
        token.attrs.push_back({range(name, name_end), range(begin, s_.size())});
        return unclosed(token, D::UnclosedValue, range(begin - 1, begin), {shown});
    }
    size_t end = pos_++;
    if (const size_t lost = lost_quote(s_, begin, end); lost != s_.npos) {
        token.flaws.push_back({D::MissingQuote, range(lost, lost), {shown}});
        pos_ = end = lost;
    }
    if (escaped < end) token.flaws.push_back({D::EscapedQuote, range(escaped, escaped + 2), {}});
    token.attrs.push_back({range(name, name_end), range(begin, end)});
}

// What is neither an attribute nor the end of the tag, up to the next blank.
void XmlScanner::junk(XmlToken& token) {
    const size_t begin = pos_;
    while (pos_ < s_.size() && !is_blank(s_[pos_]) && s_[pos_] != '<' && s_[pos_] != '>' && !looking_at("/>")) ++pos_;
    const std::string_view shown = s_.substr(begin, std::min<size_t>(pos_ - begin, 40));
    token.flaws.push_back({D::JunkBetweenAttributes, range(begin, pos_), {std::string(shown)}});
}

}  // namespace gsp
