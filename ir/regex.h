// SPDX-License-Identifier: Apache-2.0
// POSIX extended regular expressions (with the GNU escapes that SIPp's users rely on) → PCRE2 syntax of the same
// meaning.
#pragma once
#include <string>
#include <string_view>

namespace gsp::ir {

struct TranslatedRegex {
    std::string pattern;  // PCRE2 syntax; compiled with DOTALL and DOLLAR_ENDONLY
    bool posix =
        false;  // PCRE2's leftmost-first matching could differ from POSIX's leftmost-longest: use the C library
    std::string why_posix;
    std::string dubious;  // not an error, but hardly meant: "`\d` means the letter d in a POSIX regular expression"
    unsigned groups = 0;
    std::string error;  // not empty: not a valid POSIX regular expression
    size_t error_offset = 0;
};
TranslatedRegex translate_regex(std::string_view posix, bool case_indep);

}  // namespace gsp::ir
