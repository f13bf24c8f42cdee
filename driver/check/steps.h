// SPDX-License-Identifier: Apache-2.0
// `gossipper check --steps`: the compiled steps as SIPp's scenario screen shows them, in a form that scripts compare.
#pragma once
#include <string>

#include "ir/program.h"

namespace gsp::driver {

// "0:INVITE ---------->", one line a step that is not hidden; runs of blanks are one, and the code of a response behind
// an arrow is left out: behind an arrow a reader of screens cannot tell it from a counter.
std::string steps_text(const ir::Program&);

}  // namespace gsp::driver
