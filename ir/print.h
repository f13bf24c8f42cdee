// SPDX-License-Identifier: Apache-2.0
// The textual form of the IR (--emit=ir): what goldens hold and reviewers read. docs/ir.md.
#pragma once
#include <string>

#include "ir/program.h"

namespace gsp::ir {

std::string print(const Program&);

// Invariants that passes must keep: operands in range and of the right kind, one terminator a block, at its end. Empty,
// or what is broken.
std::string verify(const Program&);

}  // namespace gsp::ir
