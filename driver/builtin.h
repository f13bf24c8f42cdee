// SPDX-License-Identifier: Apache-2.0
// The scenarios/ folder, embedded in the executable at build time (driver/embed.cmake).
#pragma once
#include <span>
#include <string>
#include <string_view>

namespace gsp::driver {

struct BuiltinScenario {
    std::string_view name, xml;
};

std::span<const BuiltinScenario> builtin_scenarios();        // sorted by name
const BuiltinScenario* find_builtin(std::string_view name);  // nullptr: there is none
std::string unknown_builtin_text(const std::string& name);   // what to tell the user then

}  // namespace gsp::driver
