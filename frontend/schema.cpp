// SPDX-License-Identifier: Apache-2.0
// The schema tables: the rows of elements.def, actions.def and keywords.def turned into constant arrays.
#include "frontend/schema.h"

#include <cstring>

namespace gsp {

namespace {

#define OUT(name, required) AttrSpec{#name, AttrKind::Out, (required) != 0, ""},
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
#define LATER(name, required) AttrSpec{#name, AttrKind::Later, (required) != 0, ""},
#define ENUM(name, required, words) AttrSpec{#name, AttrKind::Enum, (required) != 0, words},

// Each array ends with one unused row, because an element may have no attributes and C++ has no empty arrays.
template <size_t N>
constexpr std::span<const AttrSpec> rows(const AttrSpec (&attrs)[N]) {
    return {attrs, N - 1};
}

#define ELEMENT(name, kind, attributes) constexpr AttrSpec kElement_##name[] = {attributes AttrSpec{}};
#define ELEMENT_LATER(name)
#include "frontend/elements.def"
#undef ELEMENT
#undef ELEMENT_LATER

constexpr ElementSpec kElements[] = {
#define ELEMENT(name, kind, attributes) {#name, ElementKind::kind, rows(kElement_##name), false, false, 0},
#define ELEMENT_LATER(name) {#name, ElementKind::Step, {}, true, false, 0},
#include "frontend/elements.def"
#undef ELEMENT
#undef ELEMENT_LATER
};

#define ACTION(element, function, attributes) constexpr AttrSpec kAction_##element[] = {attributes AttrSpec{}};
#define ACTION_CUSTOM(element, attributes) constexpr AttrSpec kAction_##element[] = {attributes AttrSpec{}};
#define ACTION_LATER(element)
#include "runtime/abi/actions.def"
#undef ACTION
#undef ACTION_CUSTOM
#undef ACTION_LATER

enum ActionRow : uint16_t {
#define ACTION(element, function, attributes) kRow_##element,
#define ACTION_CUSTOM(element, attributes) kRow_##element,
#define ACTION_LATER(element) kRow_##element,
#include "runtime/abi/actions.def"
#undef ACTION
#undef ACTION_CUSTOM
#undef ACTION_LATER
};

constexpr ElementSpec kActions[] = {
#define ACTION(element, function, attributes) \
    {#element, ElementKind::Action, rows(kAction_##element), false, true, kRow_##element},
#define ACTION_CUSTOM(element, attributes) \
    {#element, ElementKind::Action, rows(kAction_##element), false, false, kRow_##element},
#define ACTION_LATER(element) {#element, ElementKind::Action, {}, true, false, kRow_##element},
#include "runtime/abi/actions.def"
#undef ACTION
#undef ACTION_CUSTOM
#undef ACTION_LATER
};

constexpr KeywordSpec kKeywords[] = {
#define KEYWORD(name, bound, shape, function) {#name, Bound::bound, KeywordShape::shape, false, #function},
#define KEYWORD_LATER(name, shape) {#name, Bound::Special, KeywordShape::shape, true, "-"},
#include "runtime/abi/keywords.def"
#undef KEYWORD
#undef KEYWORD_LATER
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

const KeywordSpec* find_keyword(std::string_view name) {
    const KeywordSpec* found = nullptr;
    for (const KeywordSpec& spec : kKeywords) {
        const bool matches = spec.shape == KeywordShape::Prefix ? name.starts_with(spec.name) : name == spec.name;
        if (matches && (!found || std::strlen(spec.name) > std::strlen(found->name))) found = &spec;
    }
    return found;
}

}  // namespace gsp
