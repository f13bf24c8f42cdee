// SPDX-License-Identifier: Apache-2.0
// POSIX extended regular expressions, as glibc's regcomp and regexec understand them (SIPp's), → PCRE2 syntax that
// finds the same match and the same groups in every subject without NUL bytes. Where that is not certain, the C
// library has to match (docs/decisions/0006-posix-regex.md).
#pragma once
#include <string>
#include <string_view>

namespace gsp::ir {

struct TranslatedRegex {
    std::string pattern;  // PCRE2 syntax; compiled with DOTALL and DOLLAR_ENDONLY. The source if `posix`
    bool posix = false;   // PCRE2 could find another match: use the C library
    std::string why_posix;
    std::string dubious;  // not an error, but hardly meant: "`\d` is the character d in a POSIX regular expression"
    unsigned groups = 0;
    std::string error;  // not empty: not a valid POSIX regular expression
    size_t error_offset = 0;
};

inline constexpr unsigned kAllGroups = 10;  // SIPp asks for the match and nine groups

// `wanted`: what of a match is looked at. 0: only whether there is one; 1: the whole match; n: n - 1 groups, too.
// The less, the more expressions PCRE2 can take.
TranslatedRegex translate_regex(std::string_view posix, unsigned wanted = kAllGroups);

}  // namespace gsp::ir
