// SPDX-License-Identifier: Apache-2.0
// --compat: what a named version of SIPp would not load, told as errors. From versions.def.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "frontend/ast.h"
#include "frontend/diag.h"

namespace gsp {

enum class Compat : uint8_t { Sipp36, Sipp37, Latest };

std::optional<Compat> find_compat(std::string_view name);  // "sipp-3.6", "sipp-3.7", "latest"

// Names of the diagnostics that are errors for this version.
std::vector<std::string> refused_repairs(Compat);
// Elements, attributes and keywords that this version does not have.
void check_compat(const ast::Scenario&, Compat, Diag&);

}  // namespace gsp
