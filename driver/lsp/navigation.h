// SPDX-License-Identifier: Apache-2.0
// What a place of a document means, where its names come from, and the outline of the scenario.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "driver/lsp/document.h"

namespace gsp::driver::lsp {

struct Hover {
    std::string markdown;
    SourceRange range;
};
std::optional<Hover> hover(const Document&, uint32_t offset);

// Of a label its <label>, of a template its <template>, of other names the first place that mentions them, of an
// included file its beginning.
struct Definition {
    std::string path;  // empty: in this document
    SourceRange range;
};
std::optional<Definition> definition(const Document&, uint32_t offset);

struct Symbol {
    // Numbers of the protocol's SymbolKind.
    enum Kind : uint8_t { File = 1, Property = 7, Key = 20, Event = 24 };

    std::string name, detail;
    Kind kind;
    SourceRange range, selection;
};
std::vector<Symbol> symbols(const Document&);  // the children of <scenario>, or the top of a file to be included

}  // namespace gsp::driver::lsp
