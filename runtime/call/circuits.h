// SPDX-License-Identifier: Apache-2.0
// The circuits of -tdmmap: each call that a scenario with [tdmmap] places takes a random free one. One worker owns
// them.
#pragma once
#include <cstdint>
#include <utility>
#include <vector>

#include "runtime/base/rng.h"
#include "runtime/base/seat.h"

namespace gsp::rt {

class Circuits {
public:
    void open(uint32_t n, Seat seat) {  // the workers share them out
        free_.resize(seat.share(n));
        for (uint32_t i = 0; i < free_.size(); ++i) free_[i] = seat.dealt(i);
    }
    uint32_t take(Rng& rng) {  // 1…; 0: none is free
        if (free_.empty()) return 0;
        std::swap(free_[rng.below(free_.size())], free_.back());
        const uint32_t taken = free_.back();
        free_.pop_back();
        return taken;
    }
    void release(uint32_t circuit) { free_.push_back(circuit); }

private:
    std::vector<uint32_t> free_;
};

}  // namespace gsp::rt
