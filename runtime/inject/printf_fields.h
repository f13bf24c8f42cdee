// SPDX-License-Identifier: Apache-2.0
// PRINTF injection files: few lines in the file stand for many. Line i has the text of line i modulo those in the file,
// with PRINTFOFFSET + i * PRINTFMULTIPLE in place of each conversion `%[0-][width][.precision]d`; `%%` is a percent
// sign. Pure functions; the rules are SIPp's, but numbers have 64 bits.
#pragma once
#include <cstdint>
#include <string_view>

#include "runtime/base/result.h"

namespace gsp::rt {

struct PrintfRange {
    uint32_t lines = 0;  // 0: not a PRINTF file
    int64_t offset = 0, multiple = 1;
    int64_t value(uint32_t line) const { return offset + static_cast<int64_t>(line) * multiple; }  // line < lines
};

// From the first line of a file; value() of any line then fits into 64 bits.
Result<PrintfRange> read_printf_range(std::string_view first_line);

// Whether every % in text begins a conversion or is doubled.
bool is_printf_text(std::string_view text);

// Writes text with value in its conversions and returns the new end, or nullptr if it does not fit.
// is_printf_text(text) holds.
char* put_printf(std::string_view text, int64_t value, char* out, char* end);

}  // namespace gsp::rt
