// SPDX-License-Identifier: Apache-2.0
#include "runtime/media/base64.h"

namespace gsp::rt {

namespace {

constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

}  // namespace

void write_base64(std::span<const uint8_t> bytes, char* out) {
    for (size_t i = 0; i < bytes.size(); i += 3) {
        uint32_t group = 0;
        for (size_t k = 0; k < 3; ++k) group = group << 8 | (i + k < bytes.size() ? bytes[i + k] : 0u);
        for (size_t k = 0; k < 4; ++k) *out++ = i + k <= bytes.size() ? kDigits[group >> (18 - 6 * k) & 63] : '=';
    }
}

bool read_base64(std::string_view text, std::span<uint8_t> out) {
    while (!text.empty() && text.back() == '=') text.remove_suffix(1);
    if (text.size() != (out.size() * 8 + 5) / 6) return false;
    uint32_t bits = 0, n_bits = 0;
    size_t n = 0;
    for (const char c : text) {
        const size_t digit = kDigits.find(c);
        if (digit == kDigits.npos) return false;
        bits = bits << 6 | static_cast<uint32_t>(digit);
        n_bits += 6;
        if (n_bits < 8) continue;
        n_bits -= 8;
        out[n++] = static_cast<uint8_t>(bits >> n_bits);
    }
    return n == out.size();
}

}  // namespace gsp::rt
