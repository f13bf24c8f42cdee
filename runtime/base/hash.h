// SPDX-License-Identifier: Apache-2.0
// 64-bit hash of bytes with a seed (Call-IDs, whole messages): fast, well mixed, not cryptographic. The seed differs
// from run to run, so a peer cannot prepare collisions; what a machine computes, another may not.
#pragma once
#include <cstdint>
#include <string_view>

namespace gsp::rt {

uint64_t hash_bytes(std::string_view bytes, uint64_t seed);
// What it is where the processor has no AES, and for less than 16 bytes.
uint64_t hash_by_product(std::string_view bytes, uint64_t seed);

}  // namespace gsp::rt
