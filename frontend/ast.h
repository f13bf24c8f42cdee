// SPDX-License-Identifier: Apache-2.0
// The syntax tree of a scenario file. Generic on purpose: an element is its schema row, its attributes and its
// children; a new action adds no class. All ranges point into the SourceFile that the tree was parsed from, and the
// tree must not outlive it.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "frontend/schema.h"
#include "frontend/source.h"

namespace gsp::ast {

struct KeywordArg {
    std::string key, value;  // [field0 file="x.csv" line=3]; value decoded: quotes removed, escapes and 0x… applied
    SourceRange range;
    std::vector<struct Part> text;  // Text arguments: the value with its keywords
};

// One piece of a text: literal bytes (line ends still \n, \xHH decoded) or a keyword.
struct Part {
    const KeywordSpec* keyword = nullptr;  // nullptr: literal, or a name that is a -key keyword (then `user_key`)
    bool user_key = false;
    std::string text;  // literal bytes; or what follows a Prefix keyword's prefix ("Via:" in [last_Via:], "v" in [$v]);
                       // or the -key name
    uint32_t index = 0;  // Number: the number; Family: which ending
    int32_t offset = 0;  // [cseq+2]
    bool has_offset = false;
    std::vector<KeywordArg> args;
    SourceRange range;  // a keyword's range includes its brackets
    bool is_literal() const { return !keyword && !user_key; }
};

// A text with keywords. A message has been normalised as SIPp does it (indentation and surrounding blank lines removed,
// a blank line added after the headers if there was none); an attribute's text has not.
struct Text {
    std::vector<Part> parts;
    SourceRange range;
};

struct Attr {
    const AttrSpec* spec = nullptr;  // nullptr: unknown attribute (warned about, kept for dumps)
    std::string name, value;         // value after entity and backslash decoding
    SourceRange name_range, value_range;
    std::optional<double> number;  // Num, Duration, Millis, Int, Flag (0/1): the parsed value; empty if it did not
                                   // parse (an error was emitted) or `variable` is given
    std::string variable;          // Duration, Millis: [$variable]
    std::optional<Text> text;      // Text attributes
};

struct Element {
    const ElementSpec* spec = nullptr;  // never nullptr in a tree that parse_scenario returned
    SourceRange range;                  // from `<` to the `>` of the start tag
    SourceRange name_range;
    std::vector<Attr> attrs;        // each name at most once
    std::vector<Element> actions;   // children of the first <action>; spec->kind == Action
    std::optional<Text> message;    // the CDATA of a send, sendCmd, DefaultMessage, normalised
    std::vector<Element> children;  // of a Block: Step and Mark elements

    const Attr* find(std::string_view name) const {
        for (const Attr& a : attrs)
            if (a.name == name) return &a;
        return nullptr;
    }
};

// A file that was included, or that was to be and could not be read.
struct Include {
    std::string path;                  // as it is opened
    std::optional<SourceRange> bytes;  // nothing: not readable
    int error = 0;                     // errno then
};

struct Scenario {
    std::string name;  // attribute `name`, may be empty
    SourceRange range;
    std::vector<Element> children;  // Step, Mark, Setting and Block elements in file order
    std::vector<Include> includes;  // each path once
    bool complete = true;           // false: what an include should have brought is missing; an error tells
};

std::string dump(const Scenario&, const SourceFile&);  // --emit=ast

}  // namespace gsp::ast
