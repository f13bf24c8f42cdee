// SPDX-License-Identifier: Apache-2.0
// Which of the workers of a run one is.
#pragma once
#include <cstdint>

namespace gsp::rt {

struct Seat {
    uint32_t index = 0, of = 1;

    // What is divided among all of them: `total` in equal parts, the first ones get the rest.
    uint32_t share(uint32_t total) const { return total / of + (index < total % of ? 1 : 0); }
    // The n-th number of this worker (from 0), of numbers from 1 that all deal out in turn.
    uint32_t dealt(uint32_t n) const { return n * of + index + 1; }
};

}  // namespace gsp::rt
