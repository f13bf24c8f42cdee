// SPDX-License-Identifier: Apache-2.0
// The hashes and the block cipher of Digest and AKA, from OpenSSL's libcrypto: pure functions, usable on any thread.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string_view>

namespace gsp::rt::auth {

enum class Hash : uint8_t { Md5, Sha256, Sha512_256 };

// The bytes of a hash.
struct HashValue {
    static constexpr size_t kLongest = 32;
    std::array<uint8_t, kLongest> bytes;
    size_t size;

    std::string_view view() const { return {reinterpret_cast<const char*>(bytes.data()), size}; }
};

inline constexpr char kHexDigits[] = "0123456789abcdef";

// A hash in lower-case hexadecimal digits.
struct Hex {
    std::array<char, 2 * HashValue::kLongest> digits;
    size_t size = 0;

    operator std::string_view() const { return {digits.data(), size}; }
};

// Of the parts one after another.
HashValue hash(Hash, std::initializer_list<std::string_view> parts);
// Of the parts with colons between them, as all formulas of Digest have it.
Hex hash_joined(Hash, std::initializer_list<std::string_view> parts);

using Block = std::array<uint8_t, 16>;

class Aes128 {
public:
    explicit Aes128(const Block& key);
    Block encrypt(const Block& plain) const;

private:
    alignas(16) std::array<std::byte, 256> schedule_;  // an AES_KEY
};

// In a time that does not depend on where they differ.
bool equal_in_constant_time(std::string_view a, std::string_view b);

}  // namespace gsp::rt::auth
