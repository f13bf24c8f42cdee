// SPDX-License-Identifier: Apache-2.0
#include "driver/language.h"

#include <algorithm>
#include <array>

namespace gsp::driver {

namespace {

constexpr std::array<std::string_view, 3> kWithMessage = {"send", "sendCmd", "DefaultMessage"};

}  // namespace

bool takes_message(std::string_view element) {
    return std::find(kWithMessage.begin(), kWithMessage.end(), element) != kWithMessage.end();
}

bool takes_text(std::string_view element) {
    return takes_message(element) || element == "template";
}

bool takes_actions(const ElementSpec& spec) {
    return spec.kind == ElementKind::Step;
}

std::vector<const ElementSpec*> children_of(std::string_view element) {
    std::vector<const ElementSpec*> out;
    if (element == "action") {
        for (const ElementSpec& spec : action_specs()) out.push_back(&spec);
        return out;
    }
    const ElementSpec* parent = find_element(element);
    const bool is_root = parent && parent->kind == ElementKind::Root,
               is_block = parent && parent->kind == ElementKind::Block;
    for (const ElementSpec& spec : element_specs()) {
        const bool in_block = spec.kind == ElementKind::Mark || std::string_view(spec.name) == "nop";
        if ((is_root && spec.kind != ElementKind::Root) || (is_block && in_block)) out.push_back(&spec);
    }
    return out;
}

std::string value_form(const AttrSpec& attr) {
    switch (attr.kind) {
    case AttrKind::In:
    case AttrKind::Out:
    case AttrKind::OutNum:
    case AttrKind::OutBool:
    case AttrKind::InOut:
    case AttrKind::Var: return "variable";
    case AttrKind::Vars: return "variables";
    case AttrKind::Num: return "number";
    case AttrKind::Int: return "integer";
    case AttrKind::Duration:
    case AttrKind::Millis: return "milliseconds";
    case AttrKind::Flag: return "true|false";
    case AttrKind::Regex: return "regular expression";
    case AttrKind::Label: return "label";
    case AttrKind::Timer: return "timer";
    case AttrKind::Counter: return "counter";
    case AttrKind::Txn: return "transaction";
    case AttrKind::Csv: return "file";
    case AttrKind::Enum: {
        std::string words = attr.words;
        std::replace(words.begin(), words.end(), ' ', '|');
        return words;
    }
    default: return "text";
    }
}

std::string keyword_form(const KeywordSpec& keyword) {
    std::string out = std::string("[") + keyword.name;
    if (keyword.shape == KeywordShape::Number) out += 'n';
    if (keyword.shape == KeywordShape::Prefix || keyword.shape == KeywordShape::Family) out += "\u2026";
    if (keyword.shape == KeywordShape::Offset) out += "+n";
    if (!keyword.args().empty()) out += " name=value";
    return out + ']';
}

}  // namespace gsp::driver
