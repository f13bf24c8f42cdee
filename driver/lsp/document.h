// SPDX-License-Identifier: Apache-2.0
// An open document: its text, cut into tokens however damaged it is, with the protocol's positions. Immutable; replaced
// as a whole when the text changes.
#pragma once
#include <string>
#include <vector>

#include "frontend/schema.h"
#include "frontend/source.h"
#include "frontend/xml_scan.h"

namespace gsp::driver::lsp {

struct Position {
    uint32_t line = 0, character = 0;  // from 0; in UTF-16 code units
};

// A start tag with its place in the tree.
struct Tag {
    const XmlToken* token;
    const Tag* parent = nullptr;        // nullptr: none is open around it
    const ElementSpec* spec = nullptr;  // nullptr: <action>, or not an element of the language
    uint32_t end = 0;                   // where the element ends, behind its end tag
    bool is_open = true;                // it does not end within the text
};

class Document {
public:
    Document(std::string name, std::string text);
    Document(const Document&) = delete;

    const SourceFile& file() const { return file_; }
    std::string_view text() const { return file_.text(); }
    std::string_view text(SourceRange r) const { return file_.text(r); }
    const std::vector<XmlToken>& tokens() const { return tokens_; }
    const std::vector<Tag>& tags() const { return tags_; }  // in file order
    const Tag* innermost_open() const;                      // at the end of the text; nullptr: none
    const Tag* tag_at(uint32_t offset) const;               // whose start tag the place is in
    std::string_view name(const Tag& tag) const { return text(tag.token->name); }

    uint32_t offset(Position) const;  // of places outside the text: the nearest inside
    Position position(uint32_t offset) const;

private:
    void build_tree();
    std::string_view line(size_t index) const;  // without its line end

    SourceFile file_;
    std::vector<uint32_t> line_starts_;
    std::vector<XmlToken> tokens_;
    std::vector<Tag> tags_;
};

uint32_t utf16_length(std::string_view);
// `s` with all that is not UTF-8 replaced, as JSON needs it.
std::string valid_utf8(std::string_view s);

}  // namespace gsp::driver::lsp
