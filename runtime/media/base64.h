// SPDX-License-Identifier: Apache-2.0
// Base64 (RFC 4648 4), with padding. Pure functions.
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace gsp::rt {

constexpr size_t base64_size(size_t bytes) {
    return (bytes + 2) / 3 * 4;
}
void write_base64(std::span<const uint8_t> bytes, char* out);  // base64_size() characters
// False: `text` does not hold exactly so many bytes.
bool read_base64(std::string_view text, std::span<uint8_t> out);

}  // namespace gsp::rt
