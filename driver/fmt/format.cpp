// SPDX-License-Identifier: Apache-2.0
// See format.h.
#include "driver/fmt/format.h"

#include <algorithm>
#include <set>
#include <vector>

#include "driver/language.h"
#include "frontend/decode.h"
#include "frontend/xml_lint.h"
#include "frontend/xml_scan.h"

namespace gsp::driver {

namespace {

constexpr size_t kIndent = 2;        // blanks a level
constexpr size_t kMaxColumns = 140;  // a longer tag is wrapped between attributes
constexpr size_t kTabStop = 8;

size_t columns(std::string_view s) {
    return static_cast<size_t>(std::count_if(s.begin(), s.end(), [](char c) { return (c & 0xc0) != 0x80; }));
}

std::vector<std::string_view> lines_of(std::string_view s) {
    std::vector<std::string_view> lines;
    while (true) {
        const size_t end = s.find('\n');
        lines.push_back(s.substr(0, end));
        if (end == s.npos) return lines;
        s.remove_prefix(end + 1);
    }
}

std::string_view without_trailing_blanks(std::string_view s) {
    while (!s.empty() && is_blank(s.back())) s.remove_suffix(1);
    return s;
}

std::string_view without_blanks(std::string_view s) {
    while (!s.empty() && is_blank(s.front())) s.remove_prefix(1);
    return without_trailing_blanks(s);
}

// Columns of white space at the start of `line`.
size_t indentation(std::string_view line) {
    size_t n = 0;
    for (const char c : line) {
        if (c != ' ' && c != '\t') break;
        n = c == ' ' ? n + 1 : (n / kTabStop + 1) * kTabStop;
    }
    return n;
}

std::string blanks(size_t n) {
    return std::string(n, ' ');
}

// `--` and a final `-`, which a comment must not contain, changed as little as can be: rulers keep their length.
std::string legal_comment(std::string_view content) {
    std::string out;
    for (size_t i = 0; i < content.size();) {
        const size_t end = std::min(content.find_first_not_of('-', i), content.size());
        const size_t run = end - i;
        if (run == 0) {
            out += content[i++];
            continue;
        }
        out += run == 1 ? "-" : run == 2 ? "- -" : std::string(run, '=');
        i = end;
    }
    if (out.ends_with('-')) out += ' ';
    return out;
}

// Entities that the document type declares; SIPp takes references to them as they stand.
std::set<std::string, std::less<>> declared_entities(std::string_view doctype) {
    constexpr std::string_view kMark = "<!ENTITY ";
    std::set<std::string, std::less<>> names;
    for (size_t at = doctype.find(kMark); at != doctype.npos; at = doctype.find(kMark, at + 1)) {
        const std::string_view rest = without_blanks(doctype.substr(at + kMark.size()));
        names.emplace(rest.substr(0, rest.find_first_of(" \t\r\n")));
    }
    return names;
}

class Formatter {
public:
    Formatter(const SourceFile& file, bool is_fragment, Diag& diag)
        : file_(file), is_fragment_(is_fragment), diag_(diag) {}

    std::optional<std::string> run();  // line ends are \n

private:
    struct Open {
        std::string_view name;
        bool has_cdata = false;
    };

    void scan();
    bool token(size_t& index);
    bool misplaced(const XmlToken&);
    bool declaration(const XmlToken&);
    void stray_text(const XmlToken&);
    void comment(const XmlToken&);
    void start_tag(size_t& index);
    void end_tag();
    void cdata(size_t index);
    void message(std::string_view content, size_t indent, size_t closing_indent);

    void begin_node();
    std::string attribute(const XmlAttr&) const;
    std::string with_legal_ampersands(std::string_view) const;
    size_t next_solid(size_t index) const;  // the next token that is not white space
    size_t indent() const { return open_.size() * kIndent; }
    std::string_view text(SourceRange r) const { return file_.text(r); }
    std::string plain(SourceRange r) const { return plain_text(file_, r).bytes; }  // line ends are \n
    size_t source_column(uint32_t offset) const;

    const SourceFile& file_;
    const bool is_fragment_;  // several elements at the top level
    Diag& diag_;
    std::vector<XmlToken> tokens_;
    std::set<std::string, std::less<>> entities_;
    std::string out_;
    size_t first_ = 0;  // where the file begins, behind a byte order mark
    std::vector<Open> open_;
    size_t line_ends_ = 0;          // since the last token that is not white space
    bool after_start_tag_ = false;  // nothing in this element yet
    bool attach_end_tag_ = false;   // `]]></send>`
    bool has_declaration_ = false, has_root_ = false;
};

// pugixml's view of a quote counts where the file needs no repair.
void Formatter::scan() {
    for (const auto quotes : {XmlScanner::Quotes::Plain, XmlScanner::Quotes::Escapable}) {
        tokens_.clear();
        XmlScanner scanner(file_.text(), quotes);
        bool flawless = true;
        while (std::optional<XmlToken> next = scanner.next()) {
            flawless = flawless && next->flaws.empty();
            tokens_.push_back(std::move(*next));
        }
        if (flawless) return;
    }
}

std::optional<std::string> Formatter::run() {
    scan();
    if (file_.text().starts_with("\xef\xbb\xbf")) out_ = file_.text().substr(0, 3);
    first_ = out_.size();
    for (size_t i = 0; i < tokens_.size(); ++i)
        if (!token(i)) return std::nullopt;
    while (!open_.empty()) end_tag();
    return out_ + '\n';
}

bool Formatter::token(size_t& index) {
    const XmlToken& t = tokens_[index];
    if (t.kind == XmlTokenKind::Text && without_blanks(text(t.range)).empty()) {
        const std::string blank = plain(t.range);
        line_ends_ += static_cast<size_t>(std::count(blank.begin(), blank.end(), '\n'));
        return true;
    }
    if (open_.empty() && misplaced(t)) {
        diag_.emit(D::CannotFormat, t.range, {"this stands outside of the file's element"});
        return false;
    }
    const std::string_view source = text(t.range);
    if (t.kind == XmlTokenKind::Instruction && source.starts_with("<?xml") && is_blank(source[5])) {
        if (!declaration(t)) return false;
        line_ends_ = 0;
        return true;
    }
    switch (t.kind) {
    case XmlTokenKind::Text: stray_text(t); return true;
    case XmlTokenKind::Comment: comment(t); break;
    case XmlTokenKind::Cdata: cdata(index); break;
    case XmlTokenKind::StartTag: start_tag(index); break;
    case XmlTokenKind::EndTag: end_tag(); break;
    case XmlTokenKind::Doctype: entities_.merge(declared_entities(source)); [[fallthrough]];
    case XmlTokenKind::Instruction: begin_node(); out_ += plain(t.range);
    }
    line_ends_ = 0;
    return true;
}

bool Formatter::misplaced(const XmlToken& t) {
    switch (t.kind) {
    case XmlTokenKind::Comment:
    case XmlTokenKind::Instruction: return false;
    case XmlTokenKind::Doctype: return has_root_;
    case XmlTokenKind::StartTag: return has_root_ && !is_fragment_;
    default: return true;
    }
}

// <?xml …?> belongs at the very start.
bool Formatter::declaration(const XmlToken& t) {
    if (has_declaration_ || has_root_) {
        diag_.emit(D::CannotFormat, t.range, {"this belongs at the very start of the file"});
        return false;
    }
    has_declaration_ = true;
    const bool others = out_.size() > first_;
    std::string legal = plain(t.range);
    if (legal.find("version") == legal.npos) legal.insert(std::string_view("<?xml").size(), " version=\"1.0\"");
    out_.insert(first_, legal + (others ? "\n" : ""));
    return true;
}

void Formatter::begin_node() {
    if (out_.size() > first_) out_ += line_ends_ >= 2 && !after_start_tag_ ? "\n\n" : "\n";
    out_ += blanks(indent());
    after_start_tag_ = false;
}

size_t Formatter::next_solid(size_t index) const {
    while (index < tokens_.size() && tokens_[index].kind == XmlTokenKind::Text &&
           without_blanks(text(tokens_[index].range)).empty())
        ++index;
    return index;
}

size_t Formatter::source_column(uint32_t offset) const {
    const LineColumn at = file_.line_column(offset);
    const std::string_view before = file_.line(offset).substr(0, at.column - 1);
    const size_t blank = std::min(before.find_first_not_of(" \t"), before.size());
    return indentation(before) + columns(before.substr(blank));
}

void Formatter::stray_text(const XmlToken& t) {
    const std::string whole = plain(t.range);
    const std::string_view solid = without_blanks(whole);
    const size_t begin = static_cast<size_t>(solid.data() - whole.data());
    const auto line_ends = [&](size_t from, size_t to) {
        return static_cast<size_t>(std::count(whole.data() + from, whole.data() + to, '\n'));
    };
    line_ends_ += line_ends(0, begin);
    for (const std::string_view line : lines_of(solid)) {
        const std::string_view words = without_blanks(line);
        if (!words.empty()) {
            begin_node();
            std::string legal = with_legal_ampersands(words);
            if (const size_t end = legal.find("]]>"); end != legal.npos) legal.replace(end + 2, 1, "&gt;");
            out_ += legal;
            line_ends_ = 0;
        }
        ++line_ends_;
    }
    line_ends_ = line_ends(begin + solid.size(), whole.size());
}

void Formatter::comment(const XmlToken& t) {
    const std::string content = plain(t.content);
    const std::string legal = legal_comment(t.is_closed ? content : without_trailing_blanks(content));
    const std::vector<std::string_view> lines = lines_of(legal);
    if (lines.size() == 1 && line_ends_ == 0 && out_.size() > first_) {
        out_ += ' ';  // stays beside what it comments on
        after_start_tag_ = false;
    } else {
        begin_node();
    }
    out_ += "<!--";
    const size_t from = source_column(t.range.begin), to = indent();
    for (const std::string_view& line : lines) {
        const bool is_first = &line == &lines.front(), is_last = &line == &lines.back();
        const std::string_view words = is_last ? line : without_trailing_blanks(line);
        if (is_first) {
            out_ += words;
            continue;
        }
        out_ += '\n';
        if (words.empty() && !is_last) continue;
        const size_t column = indentation(words) + to;
        out_ += blanks(column > from ? column - from : 0);
        out_ += words.substr(std::min(words.find_first_not_of(" \t"), words.size()));
    }
    out_ += t.is_closed ? "-->" : " -->";
}

void Formatter::start_tag(size_t& index) {
    const XmlToken& t = tokens_[index];
    begin_node();
    has_root_ = true;
    const size_t next = next_solid(index + 1);
    const bool ends_here = !t.is_empty && (next == tokens_.size() || tokens_[next].kind == XmlTokenKind::EndTag);
    if (ends_here) index = next;
    const bool is_empty = t.is_empty || ends_here;

    const std::string_view name = text(t.name);
    std::vector<std::string> pieces;
    std::set<std::string_view> seen;
    for (const XmlAttr& a : t.attrs)
        if (seen.insert(text(a.name)).second) pieces.push_back(attribute(a));  // of two the first one counts
    const std::string tail = is_empty ? "/>" : ">";
    if (!pieces.empty()) pieces.back() += tail;

    std::string joined = '<' + std::string(name);
    for (const std::string& piece : pieces) joined += ' ' + piece;
    bool fits = true;
    size_t column = indent();
    for (const std::string_view line : lines_of(joined)) {
        fits = fits && column + columns(line) <= kMaxColumns;
        column = 0;
    }
    out_ += '<';
    out_ += name;
    if (pieces.empty()) out_ += tail;
    const size_t aligned = indent() + 1 + columns(name) + 1;
    column = aligned - 1;
    for (const std::string& piece : pieces) {
        const std::vector<std::string_view> lines = lines_of(piece);
        if (fits || &piece == &pieces.front() || column + 1 + columns(lines.front()) <= kMaxColumns) {
            out_ += ' ';
            ++column;
        } else {
            out_ += '\n' + blanks(aligned);
            column = aligned;
        }
        out_ += piece;
        column = lines.size() == 1 ? column + columns(piece) : columns(lines.back());
    }
    if (is_empty) return;
    open_.push_back({name});
    after_start_tag_ = true;
}

void Formatter::end_tag() {
    const std::string_view name = open_.back().name;
    open_.pop_back();
    if (!attach_end_tag_) out_ += '\n' + blanks(indent());
    attach_end_tag_ = false;
    after_start_tag_ = false;
    out_ += "</" + std::string(name) + '>';
}

void Formatter::cdata(size_t index) {
    Open& owner = open_.back();
    const bool is_message = takes_message(owner.name) && !owner.has_cdata;
    owner.has_cdata = true;
    // Whether it begins beside `<send>` or on a line of its own is the author's choice.
    const bool beside = after_start_tag_ && line_ends_ == 0;
    if (!beside) begin_node();
    after_start_tag_ = false;
    const size_t next = next_solid(index + 1);
    attach_end_tag_ = beside && (next == tokens_.size() || tokens_[next].kind == XmlTokenKind::EndTag);
    out_ += "<![CDATA[";
    const std::string content = plain(tokens_[index].content);
    const size_t outer = beside ? indent() - kIndent : indent();
    if (is_message) {
        message(content, outer + kIndent, outer);
    } else {
        out_ += content;
    }
    out_ += "]]>";
}

// White space around the text and around its lines means nothing, except that the text has or has not a last line end.
void Formatter::message(std::string_view content, size_t indent, size_t closing_indent) {
    const std::string_view solid = without_blanks(content);
    if (solid.empty()) return;
    const auto line_ends = [](std::string_view s) { return std::count(s.begin(), s.end(), '\n'); };
    const size_t begin = static_cast<size_t>(solid.data() - content.data());
    out_ += line_ends(content.substr(0, begin)) >= 2 ? "\n\n" : "\n";
    const std::vector<std::string_view> lines = lines_of(solid);
    const auto is_empty = [](std::string_view line) { return without_blanks(line).empty(); };
    const auto body = std::find_if(lines.begin(), lines.end(), is_empty);
    size_t least = std::string::npos;  // indentation in the body
    for (auto line = body; line != lines.end(); ++line)
        if (!is_empty(*line)) least = std::min(least, indentation(*line));
    for (auto line = lines.begin(); line != lines.end(); ++line) {
        if (line != lines.begin()) out_ += '\n';
        if (is_empty(*line)) continue;
        out_ += blanks(indent + (line > body ? indentation(*line) - least : 0));
        out_ += without_blanks(*line);
    }
    const auto after = line_ends(content.substr(begin + solid.size()));
    if (after > 0) out_ += (after >= 2 ? "\n\n" : "\n") + blanks(closing_indent);
}

std::string Formatter::attribute(const XmlAttr& a) const {
    const std::string raw = plain(a.value);
    const bool single = file_.text()[a.value.begin - 1] == '\'' && raw.find('"') != raw.npos;
    const char quote = single ? '\'' : '"';
    std::string value;
    for (size_t i = 0; i < raw.size(); ++i) {
        const bool escape = raw[i] == '\\' && i + 1 < raw.size();
        if (escape && raw[i + 1] != quote) {
            value += raw[i++];
            value += raw[i] == '<' ? std::string("&lt;") : std::string(1, raw[i]);
        } else if (escape && quote == '"') {
            value += "&quot;";  // means the same without the backslash
            ++i;
        } else if (raw[i] == quote) {
            value += single ? "&apos;" : "&quot;";
        } else if (raw[i] == '<') {
            value += "&lt;";
        } else {
            value += raw[i];
        }
    }
    return std::string(text(a.name)) + '=' + quote + with_legal_ampersands(value) + quote;
}

std::string Formatter::with_legal_ampersands(std::string_view s) const {
    std::string out;
    for (size_t i = 0; i < s.size(); ++i) {
        out += s[i];
        if (s[i] != '&' || entity_at(s.substr(i)).length > 0) continue;
        const size_t end = s.find(';', i);
        const bool declared = end != s.npos && entities_.contains(s.substr(i + 1, end - i - 1));
        if (!declared) out += "amp;";
    }
    return out;
}

// Whether two files hold the same elements, attributes and texts.
class Comparison {
public:
    Comparison(const SourceFile& a, const SourceFile& b) : a_(a), b_(b) {}

    bool same(const std::vector<XmlElement>& a, const std::vector<XmlElement>& b) const {
        return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                          [this](const XmlElement& x, const XmlElement& y) { return same(x, y); });
    }

private:
    bool same(const XmlElement& a, const XmlElement& b) const {
        return a_.text(a.name) == b_.text(b.name) && same_attributes(a, b) && same_cdata(a, b) &&
               same(a.children, b.children);
    }

    bool same_attributes(const XmlElement& a, const XmlElement& b) const {
        std::set<std::string_view> seen;
        size_t n = 0;
        for (const XmlAttr& attr : a.attrs) {
            if (!seen.insert(a_.text(attr.name)).second) continue;
            if (n == b.attrs.size() || a_.text(attr.name) != b_.text(b.attrs[n].name)) return false;
            for (const bool twice : {false, true})
                if (decode_attribute(a_, attr.value, twice).bytes !=
                    decode_attribute(b_, b.attrs[n].value, twice).bytes)
                    return false;
            ++n;
        }
        return n == b.attrs.size();
    }

    bool same_cdata(const XmlElement& a, const XmlElement& b) const {
        if (!a.cdata || !b.cdata) return a.cdata.has_value() == b.cdata.has_value();
        if (takes_message(a_.text(a.name))) return message(a_, *a.cdata) == message(b_, *b.cdata);
        return plain_text(a_, *a.cdata).bytes == plain_text(b_, *b.cdata).bytes;
    }

    static std::string message(const SourceFile& file, SourceRange cdata) {
        return normalise_message(plain_text(file, cdata), true).bytes;
    }

    const SourceFile &a_, &b_;
};

// A file to be included may hold several elements; a scenario is one.
bool is_fragment(const SourceFile& file) {
    XmlScanner scanner(file.text());
    while (const std::optional<XmlToken> token = scanner.next())
        if (token->kind == XmlTokenKind::StartTag) return file.text(token->name) != "scenario";
    return false;
}

std::optional<std::vector<XmlElement>> read_elements(const SourceFile& file, Diag& diag) {
    if (is_fragment(file)) return read_xml_fragment(file, {0, static_cast<uint32_t>(file.text().size())}, diag);
    std::optional<XmlElement> root = read_xml(file, diag);
    if (!root) return std::nullopt;
    std::vector<XmlElement> elements;
    elements.push_back(std::move(*root));
    return elements;
}

std::string with_crlf(std::string_view s) {
    std::string out;
    for (const char c : s) out += c == '\n' ? std::string("\r\n") : std::string(1, c);
    return out;
}

}  // namespace

std::optional<std::string> format_scenario(const SourceFile& file, Diag& diag) {
    const std::optional<std::vector<XmlElement>> elements = read_elements(file, diag);
    if (!elements) return std::nullopt;
    std::optional<std::string> out = Formatter(file, is_fragment(file), diag).run();
    if (!out) return std::nullopt;
    const size_t line_end = file.text().find('\n');
    const bool crlf = line_end != std::string_view::npos && line_end > 0 && file.text()[line_end - 1] == '\r';
    if (crlf) out = with_crlf(*out);

    const SourceFile result(file.name(), *out);
    Diag result_diag(result);
    const std::optional<std::vector<XmlElement>> again = read_elements(result, result_diag);
    if (!again || !Comparison(file, result).same(*elements, *again)) {
        diag.emit(D::CannotFormat, elements->front().name, {"the result would not mean the same"});
        return std::nullopt;
    }
    return out;
}

}  // namespace gsp::driver
