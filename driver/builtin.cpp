// SPDX-License-Identifier: Apache-2.0
#include "driver/builtin.h"

namespace gsp::driver {

const BuiltinScenario* find_builtin(std::string_view name) {
    for (const BuiltinScenario& scenario : builtin_scenarios()) {
        if (scenario.name == name) return &scenario;
    }
    return nullptr;
}

std::string unknown_builtin_text(const std::string& name) {
    std::string text = "no built-in scenario '" + name + "'; there are:";
    for (const BuiltinScenario& scenario : builtin_scenarios()) text += " " + std::string(scenario.name);
    return text;
}

}  // namespace gsp::driver
