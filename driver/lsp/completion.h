// SPDX-License-Identifier: Apache-2.0
// What can be written at a place of a document.
#pragma once
#include <string>
#include <vector>

#include "driver/lsp/document.h"

namespace gsp::driver::lsp {

// Numbers of the protocol's CompletionItemKind.
enum class ItemKind : uint8_t {
    Function = 3,
    Variable = 6,
    Property = 10,
    Value = 12,
    Keyword = 14,
    Reference = 18,
    Struct = 22
};

struct Completion {
    std::string label, detail, documentation;
    std::string insert;  // what replaces `range`; $1 is where the cursor goes
    ItemKind kind;
};

struct Completions {
    SourceRange range;  // what has been typed of the word
    std::vector<Completion> items;
};

// Only the text up to `offset` decides: what follows may be anything. `user_keys`: names given with -key.
Completions complete(const Document&, uint32_t offset, const std::vector<std::string>& user_keys);

}  // namespace gsp::driver::lsp
