// SPDX-License-Identifier: Apache-2.0
// XML text → tokens, as SIPp's hand-written parser (up to 3.7.7) cuts them: every byte belongs to exactly one token,
// and no text is too damaged to be cut up. What a token lacks for being well-formed is listed with it; nothing is
// decoded. Used by the tolerant reader, and by tools that need what a tree leaves out: comments, white space,
// unfinished tags.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "frontend/diag.h"
#include "frontend/xml_reader.h"

namespace gsp {

enum class XmlTokenKind : uint8_t { Text, Comment, Cdata, Instruction, Doctype, StartTag, EndTag };

struct XmlFlaw {
    D id;  // a row of severity Error: not even SIPp reads on
    SourceRange range;
    std::vector<std::string> args;
};

struct XmlToken {
    XmlTokenKind kind = XmlTokenKind::Text;
    SourceRange range;           // all of it, from `<` to `>`
    SourceRange name;            // tags; empty in `</>`
    SourceRange content;         // Comment, Cdata: between the marks
    std::vector<XmlAttr> attrs;  // StartTag: in file order, duplicates included
    bool is_empty = false;       // StartTag: `<…/>`
    bool is_closed = true;       // false: the text ends before the token does
    std::vector<XmlFlaw> flaws;  // in file order
};

class XmlScanner {
public:
    // SIPp 3.7.7 takes `\"` in a value for a quote that does not end it; pugixml does not.
    enum class Quotes : uint8_t { Plain, Escapable };

    // A byte order mark is skipped. `begin`: where `text` lies in its SourceFile, if not at its start.
    explicit XmlScanner(std::string_view text, Quotes = Quotes::Escapable, uint32_t begin = 0);
    std::optional<XmlToken> next();                                             // nothing at the end of the text
    uint32_t position() const { return begin_ + static_cast<uint32_t>(pos_); }  // behind the last token

private:
    char at(size_t i) const { return i < s_.size() ? s_[i] : '\0'; }
    bool looking_at(std::string_view mark) const { return s_.substr(pos_, mark.size()) == mark; }
    SourceRange range(size_t from, size_t to) const;
    void skip_blanks();
    void skip_name();
    void unclosed(XmlToken&, D id, SourceRange where, std::vector<std::string> args = {});

    void delimited(XmlToken&, XmlTokenKind, std::string_view open, std::string_view close, D unclosed_id);
    void doctype(XmlToken&);
    void end_tag(XmlToken&);
    void start_tag(XmlToken&);
    void attribute(XmlToken&);
    void attribute_value(XmlToken&, size_t name, size_t name_end);
    void junk(XmlToken&);

    std::string_view s_;
    Quotes quotes_;
    uint32_t begin_;
    size_t pos_ = 0;
};

// As pugixml has it: every byte above ASCII may stand in a name.
bool is_xml_name_start(char);
bool is_xml_name_char(char);

}  // namespace gsp
