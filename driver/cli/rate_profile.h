// SPDX-License-Identifier: Apache-2.0
// Options that shape the plan of an open-loop run. Main thread.
#pragma once
#include <string>

#include "runtime/config.h"

namespace gsp::driver {

// Each says what is wrong, empty: nothing.
// Lines `seconds,rate`, times not falling, the first at 0; blank ones and those that begin with # are left out.
std::string read_rate_profile(rt::RateConfig&, const std::string& path);
std::string check_plan(const rt::RunConfig&);  // once all options are read

}  // namespace gsp::driver
