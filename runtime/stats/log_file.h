// SPDX-License-Identifier: Apache-2.0
// Names of the files that a run writes.
#pragma once
#include <string>

#include "runtime/config.h"

namespace gsp::rt {

// `given`, or SIPp's default `<scenario>_<pid>_<ending>`; endings: "messages.log", ".csv" (so SIPp's own
// `uac_123_.csv`).
std::string log_file_name(const RunConfig&, const std::string& given, const std::string& ending);

}  // namespace gsp::rt
