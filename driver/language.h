// SPDX-License-Identifier: Apache-2.0
// What may stand inside what, for the tools that the tables of frontend/schema.h do not tell it to. Constant data.
#pragma once
#include <string_view>
#include <vector>

#include "frontend/schema.h"

namespace gsp::driver {

// A CDATA section with a message (sipp.md 2.3).
bool takes_message(std::string_view element);
bool takes_actions(const ElementSpec&);
// The rows that may be children of `element`: of scenario, init and action. (A step's one child is `action`, no row.)
std::vector<const ElementSpec*> children_of(std::string_view element);

}  // namespace gsp::driver
