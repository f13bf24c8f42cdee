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

std::vector<std::string_view> words_of(std::string_view list) {
    std::vector<std::string_view> out;
    for (size_t begin = 0; begin < list.size();) {
        const size_t end = std::min(list.find(' ', begin), list.size());
        out.push_back(list.substr(begin, end - begin));
        begin = end + 1;
    }
    return out;
}

std::string value_form(const AttrSpec& attr) {
    switch (attr.kind) {
    case AttrKind::In:
    case AttrKind::Out:
    case AttrKind::InOut:
    case AttrKind::Var: return "variable";
    case AttrKind::Vars: return "variables";
    case AttrKind::Num: return "number";
    case AttrKind::Int: return "integer";
    case AttrKind::Duration: return "milliseconds";
    case AttrKind::Flag: return "true|false";
    case AttrKind::Regex: return "regular expression";
    case AttrKind::Label: return "label";
    case AttrKind::Timer: return "timer";
    case AttrKind::Counter: return "counter";
    case AttrKind::Txn: return "transaction";
    case AttrKind::Enum: {
        std::string words = attr.words;
        std::replace(words.begin(), words.end(), ' ', '|');
        return words;
    }
    default: return "text";
    }
}

std::string keyword_form(const KeywordSpec& keyword) {
    const std::string name = std::string("[") + keyword.name;
    switch (keyword.shape) {
    case KeywordShape::Offset: return name + "+n]";
    case KeywordShape::Args: return name + " name=value]";
    case KeywordShape::Prefix: return name + "\u2026]";
    default: return name + "]";
    }
}

}  // namespace gsp::driver
