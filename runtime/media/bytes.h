// SPDX-License-Identifier: Apache-2.0
// Numbers in bytes of either order, read without running over the end. Pure.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace gsp::rt {

// 1 to 8 bytes at `at`; 0 if they are not all there.
inline uint64_t number_at(std::string_view bytes, size_t at, size_t n, bool big_endian = true) {
    if (at > bytes.size() || bytes.size() - at < n) return 0;
    uint64_t value = 0;
    for (size_t i = 0; i < n; ++i) value = value << 8 | static_cast<uint8_t>(bytes[at + (big_endian ? i : n - 1 - i)]);
    return value;
}

}  // namespace gsp::rt
