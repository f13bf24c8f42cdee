// SPDX-License-Identifier: Apache-2.0
// What may stand in a scenario: elements, actions and keywords with their attributes, generated from elements.def and
// the .def tables of runtime/abi. Constant data.
#pragma once
#include <cstdint>
#include <span>
#include <string_view>

namespace gsp {

enum class AttrKind : uint8_t {
    Out,
    In,
    InOut,
    Text,
    Num,
    Int,
    Flag,
    Vars,
    Raw,
    Regex,
    Enum,
    Label,
    Var,
    Timer,
    Counter,
    Txn,
    Duration,
    Later
};

struct AttrSpec {
    const char* name;
    AttrKind kind;
    bool required;
    const char* words;  // Enum: the accepted words, separated by blanks
};

enum class ElementKind : uint8_t { Root, Step, Mark, Setting, Action };

struct ElementSpec {
    const char* name;
    ElementKind kind;
    std::span<const AttrSpec> attrs;
    bool later;       // known to SIPp, refused by this version
    bool row_driven;  // actions only: ACTION row
    uint16_t action;  // actions only: index of the row in actions.def
};

enum class Bound : uint8_t { Run, Call, Message, Special };
enum class KeywordShape : uint8_t { None, Offset, Args, Prefix };

struct KeywordSpec {
    const char* name;
    Bound bound;
    KeywordShape shape;
    bool later;
    const char* function;  // C name of the implementing function
};

std::span<const ElementSpec> element_specs();  // children of <scenario>, and <scenario>
std::span<const ElementSpec> action_specs();
std::span<const KeywordSpec> keyword_specs();

const ElementSpec* find_element(std::string_view name);
const ElementSpec* find_action(std::string_view name);
const AttrSpec* find_attr(const ElementSpec&, std::string_view name);
// The row for what stands between the brackets, with parameters and offset already cut off; Prefix rows match by
// prefix, the longest row wins (last_Request_URI before last_).
const KeywordSpec* find_keyword(std::string_view name);

}  // namespace gsp
