// SPDX-License-Identifier: Apache-2.0
// The names that a document uses (labels, variables, templates …) and the keywords in its texts, with their places;
// found in the tokens, so that they are there while the document is broken.
#pragma once
#include <cstdint>
#include <string_view>
#include <vector>

#include "driver/lsp/document.h"

namespace gsp::driver::lsp {

enum class NameKind : uint8_t { None, Label, Variable, Timer, Counter, Transaction, Template };

struct Name {
    NameKind kind;
    std::string_view text;  // as it stands in the document
    SourceRange range;
    bool is_definition;  // the id of a <label>, the name of a <template>

    // Other names than those come into being where they are mentioned.
    bool introduces() const { return is_definition || (kind != NameKind::Label && kind != NameKind::Template); }
};

// [name+1 args]; `range` includes the brackets, if there is a closing one.
struct Keyword {
    SourceRange range, inside;
    const KeywordSpec* spec = nullptr;
    std::string_view word;  // up to the first blank
    bool is_closed = false;

    bool is_template_use() const { return word == "template"; }  // no row of the table
};

NameKind name_kind(const Tag& owner, std::string_view attribute);
bool is_list_of_names(const Tag& owner, std::string_view attribute);  // separated by commas

std::vector<Name> names_of(const Document&);  // in file order
// Keywords between `begin` and `end`, inner ones before those around them; one that does not end there comes last.
std::vector<Keyword> keywords_in(const Document&, uint32_t begin, uint32_t end);

}  // namespace gsp::driver::lsp
