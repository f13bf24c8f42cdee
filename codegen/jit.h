// SPDX-License-Identifier: Apache-2.0
// Running an object in this process. Internal to codegen/.
#pragma once
#include "codegen/codegen.h"

namespace gsp::codegen {

JitResult jit(const ir::Program&, std::span<const Symbol> runtime, const Options&);

}  // namespace gsp::codegen
