// SPDX-License-Identifier: Apache-2.0
// Scenario file → ast::Scenario. What either of SIPp's two XML parsers accepts is accepted, repaired where it is not
// well-formed, with a warning at the place; what both reject is an error with its position.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "frontend/ast.h"
#include "frontend/diag.h"
#include "frontend/includes.h"

namespace gsp {

struct ParseOptions {
    std::vector<std::string> user_keys;           // names given with -key: known as keywords
    FileReader read_include = read_source_bytes;  // for xi:include
};

// Nothing if the file could not be read as a scenario at all. With other errors in diag the tree holds what could be
// understood, so that its meaning can be checked in the same run; it must not be compiled. Included files and used
// templates become segments of the SourceFile.
std::optional<ast::Scenario> parse_scenario(SourceFile&, Diag&, const ParseOptions& = {});

}  // namespace gsp
