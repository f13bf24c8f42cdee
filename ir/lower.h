// SPDX-License-Identifier: Apache-2.0
// ast::Scenario → ir::Program, with every check of meaning; then the passes. The program refers to `file` for
// positions.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "frontend/ast.h"
#include "frontend/diag.h"
#include "ir/program.h"

namespace gsp::ir {

// What the run that the scenario is for will be told; a scenario that asks for more is refused now.
struct LowerOptions {
    enum class Twin : uint8_t { Unknown, None, Classic, Extended };  // -3pcc; -master or -slave with -slave_cfg
    Twin twin = Twin::Unknown;
    std::vector<std::string> peers;                 // names in -slave_cfg
    std::optional<std::vector<std::string>> files;  // base names of -inf; nothing: not known yet
};

// Nothing when there are errors, also those that diag held before.
std::optional<Program> lower(const ast::Scenario&, const SourceFile& file, Diag&, const LowerOptions& = {});

}  // namespace gsp::ir
