// SPDX-License-Identifier: Apache-2.0
// The hash multiplies 16 bytes at a time into 128 bits and folds both halves; three independent lanes keep the
// multiplier busy on long texts.
#include "runtime/base/hash.h"

#include <cstring>

namespace gsp::rt {

namespace {

// Odd, with 32 bits set, otherwise arbitrary.
constexpr uint64_t kKey0 = 0x9d6ef3b1a4c5278b, kKey1 = 0x3a95d1e7c68b4f29, kKey2 = 0xd3b28e5947e16c95,
                   kKey3 = 0x65c9a7f81b3e92d3;

uint64_t load8(const char* p) {
    uint64_t word;
    std::memcpy(&word, p, 8);
    return word;
}

uint64_t load4(const char* p) {
    uint32_t word;
    std::memcpy(&word, p, 4);
    return word;
}

uint64_t mix(uint64_t a, uint64_t b) {
    unsigned __int128 product = static_cast<unsigned __int128>(a) * b;
    return static_cast<uint64_t>(product) ^ static_cast<uint64_t>(product >> 64);
}

}  // namespace

uint64_t hash_bytes(std::string_view bytes, uint64_t seed) {
    const char* p = bytes.data();
    size_t left = bytes.size();
    seed = mix(seed ^ kKey0, kKey1);
    uint64_t a = 0, b = 0;  // the last 16 bytes; what they overlap was hashed already
    if (left > 16) {
        if (left > 48) {
            uint64_t lane1 = seed, lane2 = seed;
            do {
                seed = mix(load8(p) ^ kKey1, load8(p + 8) ^ seed);
                lane1 = mix(load8(p + 16) ^ kKey2, load8(p + 24) ^ lane1);
                lane2 = mix(load8(p + 32) ^ kKey3, load8(p + 40) ^ lane2);
                p += 48;
                left -= 48;
            } while (left > 48);
            seed ^= lane1 ^ lane2;
        }
        for (; left > 16; p += 16, left -= 16) seed = mix(load8(p) ^ kKey1, load8(p + 8) ^ seed);
        a = load8(p + left - 16);
        b = load8(p + left - 8);
    } else if (left >= 8) {
        a = load8(p);
        b = load8(p + left - 8);
    } else if (left >= 4) {
        a = load4(p);
        b = load4(p + left - 4);
    } else if (left > 0) {
        auto at = [&](size_t i) { return static_cast<uint64_t>(static_cast<unsigned char>(p[i])); };
        a = at(0) | at(left / 2) << 8 | at(left - 1) << 16;
    }
    return mix(kKey2 ^ bytes.size(), mix(a ^ kKey3, b ^ seed));
}

}  // namespace gsp::rt
