// SPDX-License-Identifier: Apache-2.0
// What the targets demand of the results of what they feed.
#pragma once
#include <cstdlib>
#include <string_view>

inline void require(bool condition) {
    if (!condition) std::abort();
}

// `part` lies in the bytes of `whole`, or is empty.
inline void require_inside(std::string_view whole, std::string_view part) {
    require(part.empty() || (part.data() >= whole.data() && part.data() + part.size() <= whole.data() + whole.size()));
}
