// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>

namespace gsp::rt {

// Where a shared library of this project is: in ../lib beside the executable's folder, where build and installation put
// it, if it is there; else its name alone, which the dynamic linker looks for.
std::string library_path(const char* name);

}  // namespace gsp::rt
