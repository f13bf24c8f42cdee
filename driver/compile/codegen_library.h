// SPDX-License-Identifier: Apache-2.0
// Opens libgsp_codegen.so, and with it LLVM, when there is something to compile. It stays open until the process ends.
#pragma once
#include <string>

#include "codegen/codegen.h"

namespace gsp::driver {

// Null: `error` says why.
const codegen::Api* open_codegen(std::string& error);

// Compiling is done: gives the pages of the compiler's code (some 50 MB with LLVM) and free heap back to the kernel.
// Should the compiler be needed again, its pages are read again. Any thread.
void release_codegen_memory();

// Identifies this build of compiler and runtime (their files' sizes and times), without opening the library: part of
// the cache key.
std::string build_identity();

}  // namespace gsp::driver
