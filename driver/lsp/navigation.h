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

// Of a label its <label>, of other names the first place that mentions them.
std::optional<SourceRange> definition(const Document&, uint32_t offset);

struct Symbol {
    // Numbers of the protocol's SymbolKind.
    enum Kind : uint8_t { Variable = 13, Key = 20, Event = 24, Property = 7 };

    std::string name, detail;
    Kind kind;
    SourceRange range, selection;
};
std::vector<Symbol> symbols(const Document&);  // the children of <scenario>

}  // namespace gsp::driver::lsp
