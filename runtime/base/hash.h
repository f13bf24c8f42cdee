// SPDX-License-Identifier: Apache-2.0
// 64-bit hash of bytes with a seed (Call-IDs, whole messages): fast, well mixed, not cryptographic. The seed differs
// from run to run, so a peer cannot prepare collisions.
#pragma once
#include <cstdint>
#include <string_view>

namespace gsp::rt {

uint64_t hash_bytes(std::string_view bytes, uint64_t seed);

}  // namespace gsp::rt
