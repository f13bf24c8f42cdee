// SPDX-License-Identifier: Apache-2.0
// The random numbers of a run: xoshiro256**, seeded from -seed (splitmix64); one generator a worker, none elsewhere.
#pragma once
#include <cstdint>

namespace gsp::rt {

class Rng {
public:
    explicit Rng(uint64_t seed);
    uint64_t next();
    double uniform();                // [0, 1)
    uint64_t below(uint64_t bound);  // [0, bound); 0 when bound is 0

private:
    uint64_t state_[4];
};

}  // namespace gsp::rt
