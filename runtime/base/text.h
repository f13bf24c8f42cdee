// SPDX-License-Identifier: Apache-2.0
// Comparison of words. Pure.
#pragma once
#include <algorithm>
#include <cctype>
#include <string_view>

namespace gsp::rt {

inline bool same_letters(std::string_view a, std::string_view b) {  // but for case, ASCII
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [](unsigned char x, unsigned char y) { return std::tolower(x) == std::tolower(y); });
}

}  // namespace gsp::rt
