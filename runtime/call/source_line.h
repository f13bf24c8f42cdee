// SPDX-License-Identifier: Apache-2.0
// Where something stands in the scenario, for messages: "line 41", in an included file "line 41 of part.xml". Any
// thread.
#pragma once
#include <string>

#include "runtime/abi/gsp_abi.h"

namespace gsp::rt {

inline std::string source_line(uint32_t line, const gsp_text& file) {
    return "line " + std::to_string(line) + (file.len ? " of " + std::string(file.ptr, file.len) : "");
}

}  // namespace gsp::rt
