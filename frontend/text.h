// SPDX-License-Identifier: Apache-2.0
// Text with [keywords] → ast::Text. Used for messages and for the texts of actions.
#pragma once
#include <string>
#include <vector>

#include "frontend/ast.h"
#include "frontend/decode.h"
#include "frontend/diag.h"

namespace gsp {

// `user_keys`: names given with -key. Emits an error for each bad keyword and leaves it out of the result.
ast::Text parse_text(const MappedText&, Diag&, const std::vector<std::string>& user_keys);

// The value of a keyword's parameter: "…" with backslash escapes, 0x… as bytes, or a plain word; keywords in it are
// whole, blanks and all. Moves `i` behind it.
MappedText read_keyword_value(const MappedText& in, size_t& i, size_t end);

}  // namespace gsp
