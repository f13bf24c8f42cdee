// SPDX-License-Identifier: Apache-2.0
// What may stand in a scenario: elements, actions and keywords with their attributes, generated from elements.def and
// the .def tables of runtime/abi. Constant data.
#pragma once
#include <array>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace gsp {

enum class AttrKind : uint8_t {
    Out,
    OutNum,
    OutBool,
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
    Millis,
    Csv,   // keywords only: name of an injection file
    Words  // keywords only: the endings of a Family
};

struct AttrSpec {
    const char* name;
    AttrKind kind;
    bool required;
    const char* words;  // Enum, Words: the accepted words, separated by blanks
};

enum class ElementKind : uint8_t { Root, Step, Mark, Setting, Block, Action };

struct ElementSpec {
    const char* name;
    ElementKind kind;
    std::span<const AttrSpec> attrs;
    bool row_driven;  // actions only: ACTION row
    uint16_t action;  // actions only: index of the row in actions.def
};

enum class Bound : uint8_t { Run, Call, Message, Special };
enum class KeywordShape : uint8_t { None, Offset, Args, Prefix, Number, Family };

constexpr size_t kMaxKeywordArgs = 5;  // GSP_MAX_KEYWORD_ARGS

struct KeywordSpec {
    const char* name;
    Bound bound;
    KeywordShape shape;
    const char* function;                           // C name of the implementing function
    std::array<AttrSpec, kMaxKeywordArgs> columns;  // arguments, or the words of a Family; unused ones have no name

    bool takes_ending() const {
        return shape == KeywordShape::Prefix || shape == KeywordShape::Number || shape == KeywordShape::Family;
    }
    std::span<const AttrSpec> args() const {
        size_t n = 0;
        while (n < columns.size() && columns[n].name && columns[n].kind != AttrKind::Words) ++n;
        return {columns.data(), n};
    }
    const AttrSpec* find_arg(std::string_view name) const;
    std::string_view endings() const { return shape == KeywordShape::Family ? columns[0].words : ""; }
};

std::span<const ElementSpec> element_specs();  // children of <scenario>, and <scenario>
std::span<const ElementSpec> action_specs();
std::span<const KeywordSpec> keyword_specs();

const ElementSpec* find_element(std::string_view name);
const ElementSpec* find_action(std::string_view name);
const AttrSpec* find_attr(const ElementSpec&, std::string_view name);
std::vector<std::string_view> split_words(std::string_view words);  // at blanks
// The row for what stands between the brackets, with parameters and offset already cut off; rows that take an ending
// match by prefix, the longest row wins (last_Request_URI before last_).
const KeywordSpec* find_keyword(std::string_view name);

}  // namespace gsp
