// SPDX-License-Identifier: Apache-2.0
#include "driver/language.h"

#include <algorithm>
#include <array>

namespace gsp::driver {

namespace {

constexpr std::array<std::string_view, 3> kWithMessage = {"send", "sendCmd", "DefaultMessage"};
constexpr std::array<std::string_view, 2> kInInit = {"nop", "label"};
constexpr std::string_view kInit = "init";

template <size_t n>
bool contains(const std::array<std::string_view, n>& names, std::string_view name) {
    return std::find(names.begin(), names.end(), name) != names.end();
}

}  // namespace

bool takes_message(std::string_view element) {
    return contains(kWithMessage, element);
}

bool takes_actions(const ElementSpec& spec) {
    return spec.kind == ElementKind::Step && spec.name != kInit;
}

std::vector<const ElementSpec*> children_of(std::string_view element) {
    const bool in_init = element == kInit;
    std::vector<const ElementSpec*> out;
    if (in_init || element == "scenario") {
        for (const ElementSpec& spec : element_specs())
            if (spec.kind != ElementKind::Root && (!in_init || contains(kInInit, spec.name))) out.push_back(&spec);
    } else if (element == "action") {
        for (const ElementSpec& spec : action_specs()) out.push_back(&spec);
    }
    return out;
}

}  // namespace gsp::driver
