// SPDX-License-Identifier: Apache-2.0
// Options that decide whether a scenario can be compiled: injection files and twins. Runs and `gossipper check` read
// them alike. Main thread.
#pragma once
#include <string>

#include "driver/compile/front.h"
#include "ir/lower.h"
#include "runtime/config.h"

namespace gsp::driver {

// Each says what is wrong, empty: nothing.
std::string add_injection_file(rt::InjectionConfig&, const std::string& path, bool may_be_default);
std::string add_index(rt::InjectionConfig&, const std::string& name, const std::string& field);
std::string read_twin_address(rt::TwinConfig::Place&, const std::string& text);
std::string read_slave_cfg(rt::TwinConfig&, const std::string& path);
std::string check_twins(const rt::TwinConfig&);  // once all options are read

// --compat VERSION
std::string choose_compat(FrontOptions&, const std::string& version);

// What lowering may know of such a run.
ir::LowerOptions lower_options(const rt::InjectionConfig&, const rt::TwinConfig&);

}  // namespace gsp::driver
