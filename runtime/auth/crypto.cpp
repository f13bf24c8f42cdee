// SPDX-License-Identifier: Apache-2.0
// The functions of the single algorithms, which OpenSSL 3 calls deprecated: with OpenSSL 3.0, its EVP functions
// allocate whenever a hash starts, and their first use reads OpenSSL's configuration, which takes milliseconds.
#define OPENSSL_SUPPRESS_DEPRECATED
#include "runtime/auth/crypto.h"

#include <openssl/aes.h>
#include <openssl/crypto.h>
#include <openssl/md5.h>
#include <openssl/sha.h>

#include <algorithm>
#include <new>

namespace gsp::rt::auth {

namespace {

struct Md5 {
    static constexpr size_t kSize = MD5_DIGEST_LENGTH;
    MD5_CTX context;
    Md5() { MD5_Init(&context); }
    void update(std::string_view part) { MD5_Update(&context, part.data(), part.size()); }
    void finish(uint8_t* out) { MD5_Final(out, &context); }
};

struct Sha256 {
    static constexpr size_t kSize = SHA256_DIGEST_LENGTH;
    SHA256_CTX context;
    Sha256() { SHA256_Init(&context); }
    void update(std::string_view part) { SHA256_Update(&context, part.data(), part.size()); }
    void finish(uint8_t* out) { SHA256_Final(out, &context); }
};

// SHA-512 with other initial values, cut (FIPS 180-4 5.3.6.2).
struct Sha512_256 {
    static constexpr size_t kSize = 32;
    static constexpr uint64_t kInitial[] = {0x22312194fc2bf72c, 0x9f555fa3c84c64c2, 0x2393b86b6f53b151,
                                            0x963877195940eabd, 0x96283ee2a88effe3, 0xbe5e1e2553863992,
                                            0x2b0199fc2c85b8aa, 0x0eb72ddc81c52ca2};
    SHA512_CTX context;
    Sha512_256() {
        SHA512_Init(&context);
        std::copy(std::begin(kInitial), std::end(kInitial), context.h);
        context.md_len = kSize;
    }
    void update(std::string_view part) { SHA512_Update(&context, part.data(), part.size()); }
    void finish(uint8_t* out) { SHA512_Final(out, &context); }
};

template <class Algorithm>
HashValue run(std::initializer_list<std::string_view> parts, std::string_view separator) {
    Algorithm algorithm;
    for (const std::string_view& part : parts) {
        if (&part != parts.begin()) algorithm.update(separator);
        algorithm.update(part);
    }
    HashValue value;
    value.size = Algorithm::kSize;
    algorithm.finish(value.bytes.data());
    return value;
}

constexpr HashValue (*kRun[])(std::initializer_list<std::string_view>, std::string_view) = {
    run<Md5>, run<Sha256>, run<Sha512_256>};  // by Hash

}  // namespace

HashValue hash(Hash hash, std::initializer_list<std::string_view> parts) {
    return kRun[static_cast<size_t>(hash)](parts, "");
}

Hex hash_joined(Hash hash, std::initializer_list<std::string_view> parts) {
    HashValue value = kRun[static_cast<size_t>(hash)](parts, ":");
    Hex hex;
    for (size_t i = 0; i < value.size; ++i) {
        hex.digits[hex.size++] = kHexDigits[value.bytes[i] >> 4];
        hex.digits[hex.size++] = kHexDigits[value.bytes[i] & 15];
    }
    return hex;
}

Aes128::Aes128(const Block& key) {
    static_assert(sizeof(AES_KEY) <= sizeof schedule_);
    AES_set_encrypt_key(key.data(), 128, new (schedule_.data()) AES_KEY);
}

Block Aes128::encrypt(const Block& plain) const {
    Block out;
    AES_encrypt(plain.data(), out.data(), std::launder(reinterpret_cast<const AES_KEY*>(schedule_.data())));
    return out;
}

bool equal_in_constant_time(std::string_view a, std::string_view b) {
    return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace gsp::rt::auth
