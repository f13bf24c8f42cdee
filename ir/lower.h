// SPDX-License-Identifier: Apache-2.0
// ast::Scenario → ir::Program, with every check of meaning; then the passes. The program refers to `file` for
// positions.
#pragma once
#include <optional>

#include "frontend/ast.h"
#include "frontend/diag.h"
#include "ir/program.h"

namespace gsp::ir {

// Nothing when there are errors, also those that diag held before.
std::optional<Program> lower(const ast::Scenario&, const SourceFile& file, Diag&);

}  // namespace gsp::ir
