// SPDX-License-Identifier: Apache-2.0
// Whether this processor has AVX2; functions for it have `target("avx2")`, nothing else may use it.
#pragma once

namespace gsp::rt {

#ifdef __x86_64__
inline const bool kHasAvx2 = __builtin_cpu_supports("avx2");
#else
inline constexpr bool kHasAvx2 = false;
#endif

}  // namespace gsp::rt
