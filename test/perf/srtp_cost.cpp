// SPDX-License-Identifier: Apache-2.0
// srtp_cost: what the ciphers and hashes of an SRTP packet of G.711 cost, OpenSSL's in several ways and libsrtp's own:
// ns and bytes of a context, of 1,000 that take turns as those of streams do. The best of 60 rounds.
#define OPENSSL_SUPPRESS_DEPRECATED
#include <malloc.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/sha.h>
#include <srtp2/auth.h>
#include <srtp2/cipher.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <vector>

extern "C" {
extern const srtp_cipher_type_t srtp_aes_icm_128, srtp_aes_gcm_128;
extern const srtp_auth_type_t srtp_hmac;
}

namespace {

constexpr size_t kContexts = 1000, kHeader = 12, kPayload = 160, kPacket = kHeader + kPayload;

std::array<uint8_t, kPacket + 32> packet{};
std::array<uint8_t, 46> key{};
std::array<uint8_t, 16> iv{};
std::array<uint8_t, 32> tag{};
const std::array<uint8_t, 4> overflows{};

double ns_each(auto& contexts, const auto& work) {
    const auto begin = std::chrono::steady_clock::now();
    for (auto& context : contexts) {
        ++iv[7];
        work(context);
    }
    return std::chrono::duration<double, std::nano>(std::chrono::steady_clock::now() - begin).count() / kContexts;
}

template <class Context>
void measure(const char* name, const auto& make, const auto& work) {
    std::vector<Context> contexts(kContexts);
    const size_t before = mallinfo2().uordblks;
    for (Context& context : contexts) make(context);
    const size_t bytes = (mallinfo2().uordblks - before) / kContexts;
    double best = 1e9;
    for (int round = 0; round < 60; ++round) best = std::min(best, ns_each(contexts, work));
    std::printf("%-34s %6.0f ns %6zu bytes\n", name, best, bytes ? bytes : sizeof(Context));
}

void aes() {
    using Context = EVP_CIPHER_CTX*;
    int n = 0;
    const auto make = [](const char* name) {
        return [cipher = EVP_CIPHER_fetch(nullptr, name, nullptr)](Context& made) {
            made = EVP_CIPHER_CTX_new();
            EVP_EncryptInit_ex2(made, cipher, key.data(), nullptr, nullptr);
        };
    };
    measure<Context>("AES-128-CTR, OpenSSL", make("AES-128-CTR"), [&](Context context) {
        EVP_EncryptInit_ex2(context, nullptr, nullptr, iv.data(), nullptr);
        EVP_EncryptUpdate(context, packet.data() + kHeader, &n, packet.data() + kHeader, kPayload);
    });
    measure<Context>("AES-128-GCM, OpenSSL", make("AES-128-GCM"), [&](Context context) {
        EVP_EncryptInit_ex2(context, nullptr, nullptr, iv.data(), nullptr);
        EVP_EncryptUpdate(context, nullptr, &n, packet.data(), kHeader);
        EVP_EncryptUpdate(context, packet.data() + kHeader, &n, packet.data() + kHeader, kPayload);
        EVP_EncryptFinal_ex(context, tag.data(), &n);
        EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, 16, tag.data());
    });
}

void hmac() {
    size_t n = 0;
    std::array<char, 5> digest{"SHA1"};
    const std::array<OSSL_PARAM, 2> sha1 = {OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest.data(), 0),
                                            OSSL_PARAM_construct_end()};
    EVP_MAC* const mac = EVP_MAC_fetch(nullptr, "HMAC", nullptr);
    const auto make = [&](EVP_MAC_CTX*& made) {
        made = EVP_MAC_CTX_new(mac);
        EVP_MAC_init(made, key.data(), 20, sha1.data());
    };
    const auto finish = [&](EVP_MAC_CTX* context) {
        EVP_MAC_update(context, packet.data(), kPacket);
        EVP_MAC_update(context, overflows.data(), overflows.size());
        EVP_MAC_final(context, tag.data(), &n, tag.size());
    };
    measure<EVP_MAC_CTX*>("HMAC-SHA1, EVP_MAC_init", make, [&](EVP_MAC_CTX* context) {
        EVP_MAC_init(context, nullptr, 0, nullptr);
        finish(context);
    });
    measure<EVP_MAC_CTX*>("HMAC-SHA1, EVP_MAC_CTX_dup", make, [&](EVP_MAC_CTX* context) {
        EVP_MAC_CTX* const copy = EVP_MAC_CTX_dup(context);
        finish(copy);
        EVP_MAC_CTX_free(copy);
    });
    struct States {
        SHA_CTX inner, outer, now;
    };
    const auto begin = [](States& made) {
        SHA1_Init(&made.inner), SHA1_Init(&made.outer);
        SHA1_Update(&made.inner, packet.data(), SHA_CBLOCK), SHA1_Update(&made.outer, packet.data(), SHA_CBLOCK);
    };
    measure<States>("HMAC-SHA1, saved SHA_CTX", begin, [](States& states) {
        states.now = states.inner;
        SHA1_Update(&states.now, packet.data(), kPacket);
        SHA1_Update(&states.now, overflows.data(), overflows.size());
        SHA1_Final(tag.data(), &states.now);
        states.now = states.outer;
        SHA1_Update(&states.now, tag.data(), SHA_DIGEST_LENGTH);
        SHA1_Final(tag.data(), &states.now);
    });
}

void libsrtp() {
    using Cipher = srtp_cipher_t*;
    using Auth = srtp_auth_t*;
    unsigned int n = 0;
    const auto make = [](const srtp_cipher_type_t& type, int key_bytes, int tag_bytes) {
        return [&type, key_bytes, tag_bytes](Cipher& made) {
            type.alloc(&made, key_bytes, tag_bytes);
            type.init(made->state, key.data());
        };
    };
    measure<Cipher>("AES-128-CTR, libsrtp", make(srtp_aes_icm_128, 30, 0), [&](Cipher cipher) {
        srtp_aes_icm_128.set_iv(cipher->state, iv.data(), srtp_direction_encrypt);
        srtp_aes_icm_128.encrypt(cipher->state, packet.data() + kHeader, &(n = kPayload));
    });
    measure<Cipher>("AES-128-GCM, libsrtp", make(srtp_aes_gcm_128, 28, 16), [&](Cipher cipher) {
        srtp_aes_gcm_128.set_iv(cipher->state, iv.data(), srtp_direction_encrypt);
        srtp_aes_gcm_128.set_aad(cipher->state, packet.data(), kHeader);
        srtp_aes_gcm_128.encrypt(cipher->state, packet.data() + kHeader, &(n = kPayload));
        srtp_aes_gcm_128.get_tag(cipher->state, tag.data(), &n);
    });
    measure<Auth>(
        "HMAC-SHA1, libsrtp",
        [](Auth& made) {
            srtp_hmac.alloc(&made, 20, 10);
            srtp_hmac.init(made->state, key.data(), 20);
        },
        [](Auth auth) {
            srtp_hmac.start(auth->state);
            srtp_hmac.update(auth->state, packet.data(), kPacket);
            srtp_hmac.compute(auth->state, overflows.data(), overflows.size(), 10, tag.data());
        });
}

}  // namespace

int main() {
    if (srtp_init() != srtp_err_status_ok) return 1;
    aes();
    hmac();
    libsrtp();
}
