// SPDX-License-Identifier: Apache-2.0
// xoshiro256** (Blackman, Vigna) with a splitmix64 seed; bounded numbers by multiplication with rejection (Lemire), so
// without bias.
#include "runtime/base/rng.h"

#include <bit>

namespace gsp::rt {

Rng::Rng(uint64_t seed) {
    for (uint64_t& word : state_) {
        seed += 0x9e3779b97f4a7c15;
        uint64_t z = seed;
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
        z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
        word = z ^ (z >> 31);
    }
}

uint64_t Rng::next() {
    uint64_t result = std::rotl(state_[1] * 5, 7) * 9;
    uint64_t shifted = state_[1] << 17;
    state_[2] ^= state_[0];
    state_[3] ^= state_[1];
    state_[1] ^= state_[2];
    state_[0] ^= state_[3];
    state_[2] ^= shifted;
    state_[3] = std::rotl(state_[3], 45);
    return result;
}

double Rng::uniform() {
    return static_cast<double>(next() >> 11) * 0x1p-53;
}

uint64_t Rng::below(uint64_t bound) {
    if (bound == 0) return 0;
    uint64_t rejected = -bound % bound;  // 2^64 mod bound
    for (;;) {
        unsigned __int128 product = static_cast<unsigned __int128>(next()) * bound;
        if (static_cast<uint64_t>(product) >= rejected) return static_cast<uint64_t>(product >> 64);
    }
}

}  // namespace gsp::rt
