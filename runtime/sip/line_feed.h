// SPDX-License-Identifier: Apache-2.0
// The search that readers of whole messages spend their time with. Private to runtime/sip.
#pragma once
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

namespace gsp::rt::sip {

#ifdef __SSE2__
// One bit for each of the 32 bytes at p.
inline uint32_t line_feeds(const char* p) {
    const auto half = [lf = _mm_set1_epi8('\n')](const char* at) {
        const __m128i part = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
        return static_cast<uint32_t>(_mm_movemask_epi8(_mm_cmpeq_epi8(part, lf)));
    };
    return half(p) | half(p + 16) << 16;
}
#endif

// The first line feed at or behind p, or the end. 32 bytes at a time, as most lines are longer than 16.
inline const char* find_line_feed(const char* p, const char* end) {
#ifdef __SSE2__
    for (; end - p >= 32; p += 32)
        if (const uint32_t bits = line_feeds(p)) return p + std::countr_zero(bits);
#endif
    const void* found = std::memchr(p, '\n', static_cast<size_t>(end - p));
    return found ? static_cast<const char*>(found) : end;
}

}  // namespace gsp::rt::sip
