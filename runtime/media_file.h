// SPDX-License-Identifier: Apache-2.0
// What <exec> plays, looked at before there is a run. Set-up only.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "runtime/base/result.h"

namespace gsp::rt {

// SIPp: beside the scenario, then as given; `~/` and `~user/` are home directories. Empty: not there, errno says why.
std::string find_media_file(const std::string& scenario, const std::string& name);

// Would the value be understood? `exec`: a row of exec.def. What depends on the options of the run or on SDP counts as
// understood, and rows that are of no media. Pure function.
Result<void> check_media_value(uint32_t exec, std::string_view value);

}  // namespace gsp::rt
