// SPDX-License-Identifier: Apache-2.0
// Where the processor has AES, its round mixes 16 bytes at a time. Else they are multiplied into 128 bits, whose halves
// are folded. Independent lanes keep either unit busy on long texts.
#include "runtime/base/hash.h"

#include <cstring>

#ifdef __x86_64__
#include <wmmintrin.h>
#endif

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

#ifdef __x86_64__

// Of 16 bytes or more. The last block of each lane goes through three rounds more, as one does not reach all bits.
__attribute__((target("aes"))) uint64_t hash_by_rounds(std::string_view bytes, uint64_t seed) {
    const auto block = [](const char* at) { return _mm_loadu_si128(reinterpret_cast<const __m128i*>(at)); };
    alignas(16) static constexpr uint64_t kKeys[][2] = {{kKey0, kKey1}, {kKey2, kKey3}, {kKey3, kKey0}, {kKey1, kKey2}};
    const __m128i seeds = _mm_set1_epi64x(static_cast<int64_t>(seed));
    const auto key = [&](size_t i) { return _mm_xor_si128(seeds, *reinterpret_cast<const __m128i*>(kKeys[i])); };
    const char* p = bytes.data();
    size_t left = bytes.size();
    const __m128i end = key(0);
    __m128i lane = _mm_xor_si128(end, _mm_cvtsi64_si128(static_cast<int64_t>(left)));
    const __m128i last = block(p + left - 16);
    if (left > 64) {
        __m128i lane1 = key(1), lane2 = key(2), lane3 = key(3);
        do {
            lane = _mm_aesenc_si128(lane, block(p));
            lane1 = _mm_aesenc_si128(lane1, block(p + 16));
            lane2 = _mm_aesenc_si128(lane2, block(p + 32));
            lane3 = _mm_aesenc_si128(lane3, block(p + 48));
            p += 64;
            left -= 64;
        } while (left > 64);
        lane = _mm_aesenc_si128(_mm_aesenc_si128(lane, lane1), _mm_aesenc_si128(lane2, lane3));
    }
    for (; left > 16; p += 16, left -= 16) lane = _mm_aesenc_si128(lane, block(p));
    lane = _mm_aesenc_si128(lane, last);
    lane = _mm_aesenc_si128(_mm_aesenc_si128(_mm_aesenc_si128(lane, end), end), end);
    return static_cast<uint64_t>(_mm_cvtsi128_si64(lane));
}

const bool kHasAes = __builtin_cpu_supports("aes");

#endif

}  // namespace

uint64_t hash_by_product(std::string_view bytes, uint64_t seed) {
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

uint64_t hash_bytes(std::string_view bytes, uint64_t seed) {
#ifdef __x86_64__
    if (kHasAes && bytes.size() >= 16) return hash_by_rounds(bytes, seed);
#endif
    return hash_by_product(bytes, seed);
}

}  // namespace gsp::rt
