// SPDX-License-Identifier: Apache-2.0
// The schema tables: the rows of elements.def, actions.def and keywords.def turned into constant arrays.
#include "frontend/schema.h"

#include <algorithm>
#include <cstring>

namespace gsp {

namespace {

#define OUT(name, required) AttrSpec{#name, AttrKind::Out, (required) != 0, ""},
#define OUTNUM(name, required) AttrSpec{#name, AttrKind::OutNum, (required) != 0, ""},
#define OUTBOOL(name, required) AttrSpec{#name, AttrKind::OutBool, (required) != 0, ""},
#define IN(name, required) AttrSpec{#name, AttrKind::In, (required) != 0, ""},
#define INOUT(name, required) AttrSpec{#name, AttrKind::InOut, (required) != 0, ""},
#define TEXT(name, required) AttrSpec{#name, AttrKind::Text, (required) != 0, ""},
#define NUM(name, required) AttrSpec{#name, AttrKind::Num, (required) != 0, ""},
#define INT(name, required) AttrSpec{#name, AttrKind::Int, (required) != 0, ""},
#define FLAG(name, required) AttrSpec{#name, AttrKind::Flag, (required) != 0, ""},
#define VARS(name, required) AttrSpec{#name, AttrKind::Vars, (required) != 0, ""},
#define RAW(name, required) AttrSpec{#name, AttrKind::Raw, (required) != 0, ""},
#define REGEX(name, required) AttrSpec{#name, AttrKind::Regex, (required) != 0, ""},
#define LABEL(name, required) AttrSpec{#name, AttrKind::Label, (required) != 0, ""},
#define VAR(name, required) AttrSpec{#name, AttrKind::Var, (required) != 0, ""},
#define TIMER(name, required) AttrSpec{#name, AttrKind::Timer, (required) != 0, ""},
#define COUNTER(name, required) AttrSpec{#name, AttrKind::Counter, (required) != 0, ""},
#define TXN(name, required) AttrSpec{#name, AttrKind::Txn, (required) != 0, ""},
#define DURATION(name, required) AttrSpec{#name, AttrKind::Duration, (required) != 0, ""},
#define MILLIS(name, required) AttrSpec{#name, AttrKind::Millis, (required) != 0, ""},
#define CSV(name, required) AttrSpec{#name, AttrKind::Csv, (required) != 0, ""},
#define WORDS(words) AttrSpec{"", AttrKind::Words, false, words},
#define ENUM(name, required, words) AttrSpec{#name, AttrKind::Enum, (required) != 0, words},

// Each array ends with one unused row, because an element may have no attributes and C++ has no empty arrays.
template <size_t N>
constexpr std::span<const AttrSpec> rows(const AttrSpec (&attrs)[N]) {
    return {attrs, N - 1};
}

#define ELEMENT(name, kind, ...) constexpr AttrSpec kElement_##name[] = {__VA_ARGS__ AttrSpec{}};
#include "frontend/elements.def"
#undef ELEMENT

constexpr ElementSpec kElements[] = {
#define ELEMENT(name, kind, ...) {#name, ElementKind::kind, rows(kElement_##name), false, 0},
#include "frontend/elements.def"
#undef ELEMENT
};

#define ACTION(element, function, ...) constexpr AttrSpec kAction_##element[] = {__VA_ARGS__ AttrSpec{}};
#define ACTION_CUSTOM(element, ...) constexpr AttrSpec kAction_##element[] = {__VA_ARGS__ AttrSpec{}};
#include "runtime/abi/actions.def"
#undef ACTION
#undef ACTION_CUSTOM

enum ActionRow : uint16_t {
#define ACTION(element, function, ...) kRow_##element,
#define ACTION_CUSTOM(element, ...) kRow_##element,
#include "runtime/abi/actions.def"
#undef ACTION
#undef ACTION_CUSTOM
};

constexpr ElementSpec kActions[] = {
#define ACTION(element, function, ...) {#element, ElementKind::Action, rows(kAction_##element), true, kRow_##element},
#define ACTION_CUSTOM(element, ...) {#element, ElementKind::Action, rows(kAction_##element), false, kRow_##element},
#include "runtime/abi/actions.def"
#undef ACTION
#undef ACTION_CUSTOM
};

constexpr KeywordSpec kKeywords[] = {
#define KEYWORD(name, bound, shape, function, ...) {#name, Bound::bound, KeywordShape::shape, #function, {__VA_ARGS__}},
#include "runtime/abi/keywords.def"
#undef KEYWORD
};

template <class Spec>
const Spec* find_row(std::span<const Spec> specs, std::string_view name) {
    for (const Spec& spec : specs)
        if (name == spec.name) return &spec;
    return nullptr;
}

}  // namespace

std::span<const ElementSpec> element_specs() {
    return kElements;
}
std::span<const ElementSpec> action_specs() {
    return kActions;
}
std::span<const KeywordSpec> keyword_specs() {
    return kKeywords;
}

const ElementSpec* find_element(std::string_view name) {
    return find_row(element_specs(), name);
}
const ElementSpec* find_action(std::string_view name) {
    return find_row(action_specs(), name);
}
const AttrSpec* find_attr(const ElementSpec& element, std::string_view name) {
    return find_row(element.attrs, name);
}

const AttrSpec* KeywordSpec::find_arg(std::string_view wanted) const {
    return find_row(args(), wanted);
}

std::vector<std::string_view> split_words(std::string_view words) {
    std::vector<std::string_view> out;
    while (!words.empty()) {
        const size_t end = std::min(words.find(' '), words.size());
        out.push_back(words.substr(0, end));
        words.remove_prefix(std::min(end + 1, words.size()));
    }
    return out;
}

const KeywordSpec* find_keyword(std::string_view name) {
    const KeywordSpec* found = nullptr;
    for (const KeywordSpec& spec : kKeywords) {
        const bool matches = spec.takes_ending() ? name.starts_with(spec.name) : name == spec.name;
        if (matches && (!found || std::strlen(spec.name) > std::strlen(found->name))) found = &spec;
    }
    return found;
}

}  // namespace gsp
