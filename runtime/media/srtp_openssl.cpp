// SPDX-License-Identifier: Apache-2.0
// SHA-1's own functions, which OpenSSL 3 calls deprecated: those of EVP allocate twice a packet to begin with a keyed
// state (OpenSSL 3.0).
#define OPENSSL_SUPPRESS_DEPRECATED
#include "runtime/media/srtp_openssl.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/sha.h>
#include <srtp2/auth.h>
#include <srtp2/cipher.h>

#include <algorithm>
#include <array>
#include <memory>
#include <new>

// Known answers of libsrtp, which its headers do not have.
extern "C" {
extern const srtp_cipher_test_case_t srtp_aes_icm_128_test_case_0, srtp_aes_icm_192_test_case_0,
    srtp_aes_icm_256_test_case_0, srtp_aes_gcm_128_test_case_0, srtp_aes_gcm_256_test_case_0;
extern const srtp_auth_test_case_t srtp_hmac_test_case_0;
}

namespace gsp::rt {

namespace {

using Status = srtp_err_status_t;
using Block = std::array<uint8_t, 16>;

struct Free {
    void operator()(EVP_CIPHER* cipher) const { EVP_CIPHER_free(cipher); }
    void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
};

Status done(bool well, Status otherwise = srtp_err_status_cipher_fail) {
    return well ? srtp_err_status_ok : otherwise;
}

// ---- AES: one context of OpenSSL for each key; a packet only sets its IV

struct Aes {
    srtp_cipher_t cipher{};  // what libsrtp sees; its state is this
    std::unique_ptr<EVP_CIPHER_CTX, Free> context;
    size_t key_bytes = 0;  // without the salt
    int tag_bytes = 0;
    Block offset{};  // of counters: the salt, and two bytes for the blocks (RFC 3711 4.1.1)
};

struct AesRow {
    const srtp_cipher_type_t* type;
    int key_and_salt_bytes;
    size_t key_bytes;
};
constexpr int kAes192Bytes = 24 + 14, kAes256Bytes = 32 + 14;
const AesRow* find_row(int key_and_salt_bytes);

// libsrtp's functions have no other way to learn what a session wants.
thread_local bool* asked_for_aes192 = nullptr;

int with_derivation(int key_and_salt_bytes) {
    if (!asked_for_aes192) return key_and_salt_bytes;
    *asked_for_aes192 = true;
    return key_and_salt_bytes == kAes256Bytes ? kAes192Bytes : key_and_salt_bytes;
}

Status make_aes(srtp_cipher_pointer_t* made, int key_and_salt_bytes, int tag_bytes) {
    const AesRow* const row = find_row(with_derivation(key_and_salt_bytes));
    if (!row) return srtp_err_status_bad_param;
    const std::unique_ptr<EVP_CIPHER, Free> cipher(EVP_CIPHER_fetch(nullptr, row->type->description, nullptr));
    std::unique_ptr<Aes> aes(new (std::nothrow) Aes);
    if (!cipher || !aes) return srtp_err_status_alloc_fail;
    aes->context.reset(EVP_CIPHER_CTX_new());
    if (!aes->context || !EVP_EncryptInit_ex2(aes->context.get(), cipher.get(), nullptr, nullptr, nullptr))
        return srtp_err_status_alloc_fail;
    aes->key_bytes = row->key_bytes;
    aes->tag_bytes = tag_bytes;
    aes->cipher = {row->type, aes.get(), key_and_salt_bytes, static_cast<int>(row->type->id)};
    *made = &aes.release()->cipher;
    return srtp_err_status_ok;
}

Aes& aes_of(void* state) {
    return *static_cast<Aes*>(state);
}

Status drop_aes(srtp_cipher_pointer_t cipher) {
    const std::unique_ptr<Aes> aes(&aes_of(cipher->state));
    OPENSSL_cleanse(aes->offset.data(), aes->offset.size());
    return srtp_err_status_ok;
}

Status set_key(void* state, const uint8_t* key) {
    return done(EVP_EncryptInit_ex2(aes_of(state).context.get(), nullptr, key, nullptr, nullptr));
}

bool crypt(Aes& aes, uint8_t* bytes, unsigned int size) {
    int written = 0;
    return size == 0 || EVP_CipherUpdate(aes.context.get(), bytes, &written, bytes, static_cast<int>(size));
}

// ---- Counter mode: RFC 3711 4.1.1

Status set_key_and_salt(void* state, const uint8_t* key) {
    constexpr size_t kSaltBytes = 14;
    Aes& aes = aes_of(state);
    std::copy_n(key + aes.key_bytes, kSaltBytes, aes.offset.begin());
    return set_key(state, key);
}

Status set_counter(void* state, uint8_t* iv, srtp_cipher_direction_t) {
    Aes& aes = aes_of(state);
    Block counter;
    for (size_t i = 0; i < counter.size(); ++i) counter[i] = static_cast<uint8_t>(aes.offset[i] ^ iv[i]);
    return done(EVP_EncryptInit_ex2(aes.context.get(), nullptr, nullptr, counter.data(), nullptr));
}

Status add_key_stream(void* state, uint8_t* bytes, unsigned int* size) {
    return done(crypt(aes_of(state), bytes, *size));
}

// ---- GCM: RFC 7714. libsrtp has made the IV of packet number and salt.

Status set_gcm_iv(void* state, uint8_t* iv, srtp_cipher_direction_t direction) {
    const int encrypts = direction == srtp_direction_encrypt;
    return done(EVP_CipherInit_ex2(aes_of(state).context.get(), nullptr, nullptr, iv, encrypts, nullptr));
}

Status add_plain(void* state, const uint8_t* bytes, uint32_t size) {
    int written = 0;
    return done(EVP_CipherUpdate(aes_of(state).context.get(), nullptr, &written, bytes, static_cast<int>(size)));
}

Status seal(void* state, uint8_t* bytes, unsigned int* size) {
    return done(crypt(aes_of(state), bytes, *size));
}

Status put_tag(void* state, uint8_t* tag, uint32_t* size) {
    Aes& aes = aes_of(state);
    int written = 0;
    *size = static_cast<uint32_t>(aes.tag_bytes);
    return done(EVP_EncryptFinal_ex(aes.context.get(), tag, &written) &&
                EVP_CIPHER_CTX_ctrl(aes.context.get(), EVP_CTRL_AEAD_GET_TAG, aes.tag_bytes, tag));
}

Status open(void* state, uint8_t* bytes, unsigned int* size) {  // with the tag behind them
    Aes& aes = aes_of(state);
    const auto tag_bytes = static_cast<unsigned int>(aes.tag_bytes);
    if (*size < tag_bytes) return srtp_err_status_bad_param;
    *size -= tag_bytes;
    uint8_t* const tag = bytes + *size;
    int written = 0;
    if (!crypt(aes, bytes, *size) || !EVP_CIPHER_CTX_ctrl(aes.context.get(), EVP_CTRL_AEAD_SET_TAG, aes.tag_bytes, tag))
        return srtp_err_status_cipher_fail;
    return done(EVP_DecryptFinal_ex(aes.context.get(), tag, &written), srtp_err_status_auth_fail);
}

// `name` is OpenSSL's.
constexpr srtp_cipher_type_t counter_mode(const char* name, const srtp_cipher_test_case_t& known,
                                          srtp_cipher_type_id_t id) {
    return {make_aes, drop_aes, set_key_and_salt, nullptr, add_key_stream, add_key_stream, set_counter,
            nullptr,  name,     &known,           id};
}
constexpr srtp_cipher_type_t gcm(const char* name, const srtp_cipher_test_case_t& known, srtp_cipher_type_id_t id) {
    return {make_aes, drop_aes, set_key, add_plain, seal, open, set_gcm_iv, put_tag, name, &known, id};
}

constexpr srtp_cipher_type_t kCtr128 = counter_mode("AES-128-CTR", srtp_aes_icm_128_test_case_0, SRTP_AES_ICM_128),
                             kCtr192 = counter_mode("AES-192-CTR", srtp_aes_icm_192_test_case_0, SRTP_AES_ICM_192),
                             kCtr256 = counter_mode("AES-256-CTR", srtp_aes_icm_256_test_case_0, SRTP_AES_ICM_256),
                             kGcm128 = gcm("AES-128-GCM", srtp_aes_gcm_128_test_case_0, SRTP_AES_GCM_128),
                             kGcm256 = gcm("AES-256-GCM", srtp_aes_gcm_256_test_case_0, SRTP_AES_GCM_256);
// Their lengths of keys and salts are all different.
constexpr AesRow kAes[] = {{&kCtr128, 16 + 14, 16},
                           {&kCtr192, kAes192Bytes, 24},
                           {&kCtr256, kAes256Bytes, 32},
                           {&kGcm128, 16 + 12, 16},
                           {&kGcm256, 32 + 12, 32}};

const AesRow* find_row(int key_and_salt_bytes) {
    const auto* const found = std::ranges::find(kAes, key_and_salt_bytes, &AesRow::key_and_salt_bytes);
    return found == std::end(kAes) ? nullptr : found;
}

// ---- HMAC-SHA1 (RFC 2104): what the key alone settles is computed once

struct Hmac {
    srtp_auth_t auth{};  // what libsrtp sees; its state is this
    SHA_CTX inner, outer, now;
};

extern const srtp_auth_type_t kHmacSha1;

Status make_hmac(srtp_auth_pointer_t* made, int key_bytes, int tag_bytes) {
    if (key_bytes < 0 || key_bytes > SHA_CBLOCK || tag_bytes < 0 || tag_bytes > SHA_DIGEST_LENGTH)
        return srtp_err_status_bad_param;
    auto* const hmac = new (std::nothrow) Hmac;
    if (!hmac) return srtp_err_status_alloc_fail;
    hmac->auth = {&kHmacSha1, hmac, tag_bytes, key_bytes, 0};
    *made = &hmac->auth;
    return srtp_err_status_ok;
}

Hmac& hmac_of(void* state) {
    return *static_cast<Hmac*>(state);
}

Status drop_hmac(srtp_auth_pointer_t auth) {
    const std::unique_ptr<Hmac> hmac(&hmac_of(auth->state));
    OPENSSL_cleanse(hmac.get(), sizeof *hmac);
    return srtp_err_status_ok;
}

void begin(SHA_CTX& hash, const uint8_t* key, int key_bytes, uint8_t pad) {
    std::array<uint8_t, SHA_CBLOCK> block;
    block.fill(pad);
    for (size_t i = 0; i < static_cast<size_t>(key_bytes); ++i) block[i] ^= key[i];
    SHA1_Init(&hash);
    SHA1_Update(&hash, block.data(), block.size());
    OPENSSL_cleanse(block.data(), block.size());
}

Status start(void* state) {
    hmac_of(state).now = hmac_of(state).inner;
    return srtp_err_status_ok;
}

Status set_hmac_key(void* state, const uint8_t* key, int key_bytes) {
    if (key_bytes > SHA_CBLOCK) return srtp_err_status_bad_param;
    begin(hmac_of(state).inner, key, key_bytes, 0x36);
    begin(hmac_of(state).outer, key, key_bytes, 0x5c);
    return start(state);
}

Status update(void* state, const uint8_t* bytes, int size) {
    SHA1_Update(&hmac_of(state).now, bytes, static_cast<size_t>(size));
    return srtp_err_status_ok;
}

Status finish(void* state, const uint8_t* bytes, int size, int tag_bytes, uint8_t* tag) {
    if (tag_bytes > SHA_DIGEST_LENGTH) return srtp_err_status_bad_param;
    std::array<uint8_t, SHA_DIGEST_LENGTH> digest;
    SHA_CTX& now = hmac_of(state).now;
    SHA1_Update(&now, bytes, static_cast<size_t>(size));
    SHA1_Final(digest.data(), &now);
    now = hmac_of(state).outer;
    SHA1_Update(&now, digest.data(), digest.size());
    SHA1_Final(digest.data(), &now);
    std::copy_n(digest.begin(), tag_bytes, tag);
    return srtp_err_status_ok;
}

constexpr srtp_auth_type_t kHmacSha1 = {make_hmac, drop_hmac,   set_hmac_key,           finish,        update,
                                        start,     "HMAC-SHA1", &srtp_hmac_test_case_0, SRTP_HMAC_SHA1};

}  // namespace

Aes192Derivation::Aes192Derivation() {
    asked_for_aes192 = &asked_;
}
Aes192Derivation::~Aes192Derivation() {
    asked_for_aes192 = nullptr;
}

bool use_openssl_in_libsrtp() {
    bool all = srtp_replace_auth_type(&kHmacSha1, kHmacSha1.id) == srtp_err_status_ok;
    for (const AesRow& row : kAes) all &= srtp_replace_cipher_type(row.type, row.type->id) == srtp_err_status_ok;
    return all;
}

}  // namespace gsp::rt
