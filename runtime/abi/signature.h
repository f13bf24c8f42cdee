// SPDX-License-Identifier: Apache-2.0
// Names and signatures of every function that generated code may call, taken from the prototypes in gsp_abi.h: the
// compiler declares them from here, the runtime checks imports against here. Constant expressions only.
#pragma once
#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "runtime/abi/gsp_abi.h"

namespace gsp::abi {

constexpr uint64_t kFnvBasis = 14695981039346656037ull;
constexpr uint64_t fnv1a(uint64_t hash, const char* text) {
    for (; *text; ++text) hash = (hash ^ static_cast<unsigned char>(*text)) * 1099511628211ull;
    return hash;
}
constexpr uint64_t fnv1a(uint64_t hash, uint64_t number) {
    for (int i = 0; i < 8; ++i) hash = (hash ^ (number >> (8 * i) & 0xff)) * 1099511628211ull;
    return hash;
}

// One letter per C type that crosses the boundary.
template <class T>
constexpr char type_letter() {
    if constexpr (std::is_void_v<T>)
        return 'v';
    else if constexpr (std::is_pointer_v<T>)
        return 'p';
    else if constexpr (std::is_same_v<T, double>)
        return 'd';
    else if constexpr (std::is_same_v<T, uint32_t>)
        return 'u';
    else if constexpr (std::is_same_v<T, int32_t>)
        return 'i';
    else if constexpr (std::is_same_v<T, uint64_t>)
        return 'l';
    else
        static_assert(!sizeof(T), "type has no letter");
}

template <class F>
struct Prototype;
template <class R, class... A>
struct Prototype<R(A...) noexcept> {
    static constexpr char letters[] = {type_letter<R>(), type_letter<A>()..., 0};  // result, then parameters
};

template <class F>
constexpr uint64_t signature() {
    return fnv1a(kFnvBasis, Prototype<F>::letters);
}

// The layout that generated code relies on.
constexpr uint64_t frame_hash() {
    uint64_t h = kFnvBasis;
#define FIELD(s, m, t) h = fnv1a(fnv1a(h, #s "." #m ":" #t), offsetof(s, m));
#include "runtime/abi/frame.def"
    h = fnv1a(h, uint64_t{GSP_FRAME_HEADER});
    h = fnv1a(h, sizeof(gsp_value));
    h = fnv1a(h, sizeof(gsp_step));
    h = fnv1a(h, sizeof(gsp_piece));
    h = fnv1a(h, sizeof(gsp_segment));
    return fnv1a(h, sizeof(gsp_ereg));
}

}  // namespace gsp::abi
