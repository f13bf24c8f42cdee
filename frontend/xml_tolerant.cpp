// SPDX-License-Identifier: Apache-2.0
// See xml_tolerant.h.
#include "frontend/xml_tolerant.h"

#include <string>

namespace gsp {

namespace {

// As pugixml has it: every byte above ASCII may stand in a name.
bool is_name_start(char c) {
    const auto u = static_cast<unsigned char>(c);
    return u >= 0x80 || (u >= 'a' && u <= 'z') || (u >= 'A' && u <= 'Z') || u == '_' || u == ':';
}
bool is_name_char(char c) {
    return is_name_start(c) || (c >= '0' && c <= '9') || c == '-' || c == '.';
}
bool is_quote(char c) {
    return c == '"' || c == '\'';
}

class TolerantReader {
public:
    TolerantReader(const XmlPart& part, Diag& diag, XmlLint& lint)
        : part_(part), file_(part.file), s_(part.text()), diag_(diag), lint_(lint) {}

    std::optional<std::vector<XmlElement>> read() {
        if (s_.starts_with("\xef\xbb\xbf")) pos_ = 3;
        while (pos_ < s_.size() && (part_.fragment || done_.empty()))
            if (!token()) return std::nullopt;
        if (!end_of_file()) return std::nullopt;
        return std::move(done_);
    }

private:
    char at(size_t i) const { return i < s_.size() ? s_[i] : '\0'; }
    SourceRange range(size_t begin, size_t end) const {
        return {part_.range.begin + static_cast<uint32_t>(begin), static_cast<uint32_t>(end - begin)};
    }
    bool looking_at(std::string_view token) const { return s_.substr(pos_, token.size()) == token; }
    void skip_blanks() {
        while (is_blank(at(pos_))) ++pos_;
    }
    void skip_name() {
        while (is_name_char(at(pos_))) ++pos_;
    }
    bool fail(D id, SourceRange where, std::vector<std::string> args = {}) {
        diag_.emit(id, where, std::move(args));
        return false;
    }

    bool token();
    bool text();
    bool comment();
    bool cdata();
    bool skip_to(std::string_view end, D unclosed);
    bool doctype();
    bool end_tag();
    bool start_tag();
    bool attribute(XmlElement&);
    bool attribute_value(XmlElement&, SourceRange name);
    void junk();
    void close();
    bool end_of_file();

    const XmlPart& part_;
    const SourceFile& file_;
    std::string_view s_;
    Diag& diag_;
    XmlLint& lint_;
    size_t pos_ = 0;
    std::vector<XmlElement> open_;
    std::vector<XmlElement> done_;
};

bool TolerantReader::token() {
    if (at(pos_) != '<') return text();
    if (looking_at("<!--")) return comment();
    if (looking_at("<![CDATA[")) return cdata();
    if (looking_at("<?")) return skip_to("?>", D::UnclosedInstruction);
    if (looking_at("<!")) return doctype();
    if (looking_at("</")) return end_tag();
    if (is_name_start(at(pos_ + 1))) return start_tag();
    return fail(D::BadStartTag, range(pos_, pos_ + 1));
}

bool TolerantReader::text() {
    const size_t begin = pos_;
    pos_ = std::min(s_.find('<', pos_), s_.size());
    lint_.stray_text(range(begin, pos_), false);
    return true;
}

bool TolerantReader::comment() {
    const size_t begin = pos_, end = s_.find("-->", pos_ + 4);
    if (end == s_.npos) {
        diag_.emit(D::UnclosedComment, range(begin, begin + 4));
        pos_ = s_.size();
        return true;
    }
    lint_.comment(range(begin + 4, end));
    pos_ = end + 3;
    return true;
}

bool TolerantReader::cdata() {
    const size_t begin = pos_ + 9;
    const size_t open = pos_;
    if (!skip_to("]]>", D::UnclosedCdata)) return false;
    if (open_.empty()) {
        lint_.stray_text(range(open, pos_), false);
    } else if (!open_.back().cdata) {
        open_.back().cdata = range(begin, pos_ - 3);
    }
    return true;
}

bool TolerantReader::skip_to(std::string_view end, D unclosed) {
    const size_t found = s_.find(end, pos_);
    if (found == s_.npos) return fail(unclosed, range(pos_, pos_ + 2));
    pos_ = found + end.size();
    return true;
}

// <!DOCTYPE … [ … ]>: brackets, quotes and comments may hide a `>`.
bool TolerantReader::doctype() {
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
            return true;
        }
    }
    return fail(D::UnclosedInstruction, range(begin, begin + 2));
}

bool TolerantReader::end_tag() {
    const size_t begin = pos_;
    pos_ += 2;
    skip_name();
    const std::string_view name = s_.substr(begin + 2, pos_ - begin - 2);
    const SourceRange place = range(begin, pos_);
    skip_blanks();
    if (at(pos_) == '>') {
        ++pos_;
    } else {
        diag_.emit(D::MissingGt, range(begin + 2 + name.size(), begin + 2 + name.size()), {"</" + std::string(name)});
        pos_ = std::min(s_.find_first_of("<>", pos_), s_.size());
        if (at(pos_) == '>') ++pos_;
    }
    if (open_.empty()) {
        lint_.stray_text(range(begin, pos_), false);
        return true;
    }
    if (const std::string opened(file_.text(open_.back().name)); opened != name) {
        // SIPp takes a wrong end tag only for the outermost element.
        if (open_.size() > 1) return fail(D::UnclosedElement, open_.back().name, {opened, std::string(name)});
        diag_.emit(D::MismatchedEndTag, place, {std::string(name), opened});
    }
    close();
    return true;
}

bool TolerantReader::start_tag() {
    const size_t begin = pos_++;
    skip_name();
    XmlElement e;
    e.name = range(begin + 1, pos_);
    bool empty = false;
    while (true) {
        const size_t before_blanks = pos_;
        skip_blanks();
        if (pos_ >= s_.size()) return fail(D::UnclosedTag, e.name, {std::string(file_.text(e.name))});
        if (at(pos_) == '>') {
            ++pos_;
            break;
        }
        if (looking_at("/>")) {
            pos_ += 2;
            empty = true;
            break;
        }
        if (at(pos_) == '<') {
            diag_.emit(D::MissingGt, range(before_blanks, before_blanks), {"<" + std::string(file_.text(e.name))});
            pos_ = before_blanks;
            break;
        }
        if (!attribute(e)) return false;
    }
    e.range = range(begin, pos_);
    if (open_.empty() && done_.empty()) lint_.before_root(e.range.begin);
    if (!lint_.element(e, open_.size() + 1)) return false;
    open_.push_back(std::move(e));
    if (empty) close();
    return true;
}

// False: an error.
bool TolerantReader::attribute(XmlElement& e) {
    const size_t begin = pos_;
    skip_name();
    const SourceRange name = range(begin, pos_);
    skip_blanks();
    if (name.length > 0 && is_name_start(s_[begin]) && at(pos_) == '=') {
        ++pos_;
        skip_blanks();
        if (is_quote(at(pos_))) {
            if (!is_blank(s_[begin - 1])) diag_.emit(D::MissingSpace, name, {std::string(file_.text(name))});
            return attribute_value(e, name);
        }
    }
    pos_ = begin;
    junk();
    return true;
}

// Where `response="200 rtd="true"` has lost a quote: the offset of the blank before `rtd`, when the text from `begin`
// to the quote at `end` looks like a value followed by the next attribute's name. npos if it does not.
size_t lost_quote(std::string_view s, size_t begin, size_t end) {
    const bool next_is_separate = end + 1 >= s.size() || is_blank(s[end + 1]) || s[end + 1] == '>' || s[end + 1] == '/';
    if (next_is_separate || end == begin || s[end - 1] != '=') return s.npos;
    size_t name = end - 1;
    while (name > begin && is_name_char(s[name - 1])) --name;
    if (name == end - 1 || name == begin || !is_blank(s[name - 1])) return s.npos;
    while (name > begin && is_blank(s[name - 1])) --name;
    return name;
}

bool TolerantReader::attribute_value(XmlElement& e, SourceRange name) {
    const char quote = at(pos_);
    const size_t begin = ++pos_;
    size_t escaped = s_.npos;
    while (pos_ < s_.size() && s_[pos_] != quote) {
        if (s_[pos_] == '\\' && pos_ + 1 < s_.size()) {
            if (s_[pos_ + 1] == quote && escaped == s_.npos) escaped = pos_;
            ++pos_;
        }
        ++pos_;
    }
    if (pos_ >= s_.size()) return fail(D::UnclosedValue, range(begin - 1, begin), {std::string(file_.text(name))});
    size_t end = pos_++;
    if (const size_t lost = lost_quote(s_, begin, end); lost != s_.npos) {
        diag_.emit(D::MissingQuote, range(lost, lost), {std::string(file_.text(name))});
        pos_ = end = lost;
    }
    if (escaped < end) diag_.emit(D::EscapedQuote, range(escaped, escaped + 2));
    e.attrs.push_back({name, range(begin, end)});
    return true;
}

// What is neither an attribute nor the end of the tag, up to the next blank.
void TolerantReader::junk() {
    const size_t begin = pos_;
    while (pos_ < s_.size() && !is_blank(s_[pos_]) && s_[pos_] != '<' && s_[pos_] != '>' && !looking_at("/>")) ++pos_;
    const std::string_view shown = s_.substr(begin, std::min<size_t>(pos_ - begin, 40));
    diag_.emit(D::JunkBetweenAttributes, range(begin, pos_), {std::string(shown)});
}

void TolerantReader::close() {
    XmlElement done = std::move(open_.back());
    open_.pop_back();
    if (!open_.empty()) {
        open_.back().children.push_back(std::move(done));
    } else {
        done_.push_back(std::move(done));
    }
}

// Whatever follows the first element is not looked at, except to tell a comment from text.
bool TolerantReader::end_of_file() {
    while (!open_.empty()) {
        diag_.emit(D::UnclosedAtEnd, open_.back().name, {std::string(file_.text(open_.back().name))});
        close();
    }
    if (done_.empty()) return fail(D::NoElement, range(0, 0));
    for (skip_blanks(); looking_at("<!--"); skip_blanks()) comment();
    lint_.stray_text(range(pos_, s_.size()), true);
    return true;
}

}  // namespace

std::optional<std::vector<XmlElement>> read_xml_tolerant(const XmlPart& part, Diag& diag, XmlLint& lint) {
    return TolerantReader(part, diag, lint).read();
}

}  // namespace gsp
