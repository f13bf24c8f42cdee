// SPDX-License-Identifier: Apache-2.0
// Questions about all subjects at once, decided by running an automaton over them. For expressions without
// back-references.
#pragma once
#include "ir/regex_parse.h"

namespace gsp::ir::regex {

enum class Answer { Yes, No, TooComplex };

// Is the match that a backtracking matcher finds first (PCRE2) always the longest one (POSIX)? Repeated parts that hold
// groups must not match the empty text.
Answer first_is_longest(const Node&);

// Is there but one way to match a text? Then a group holds the same whatever is tried first.
Answer is_unambiguous(const Node&);

}  // namespace gsp::ir::regex
