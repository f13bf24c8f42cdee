// SPDX-License-Identifier: Apache-2.0
// OpenSSL's AES and HMAC-SHA1 as types of libsrtp: known answers, and packets from and for libsrtp's own.
#include "runtime/media/srtp_openssl.h"

#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <srtp2/auth.h>
#include <srtp2/cipher.h>

#include <string>
#include <thread>

#include "runtime/media/rtp.h"
#include "runtime/media/srtp.h"

// libsrtp's own types, and those that it uses; its headers do not have them.
extern "C" {
extern const srtp_cipher_type_t srtp_aes_icm_128, srtp_aes_icm_192, srtp_aes_icm_256, srtp_aes_gcm_128,
    srtp_aes_gcm_256;
extern const srtp_auth_type_t srtp_hmac;
const srtp_cipher_type_t* srtp_crypto_kernel_get_cipher_type(srtp_cipher_type_id_t);
const srtp_auth_type_t* srtp_crypto_kernel_get_auth_type(srtp_auth_type_id_t);
}

namespace {

using namespace gsp::rt;
using Direction = SrtpContext::Direction;

std::string bytes_of(std::string_view hex) {
    std::string bytes;
    for (size_t i = 0; i + 1 < hex.size();) {
        if (hex[i] == ' ') {
            ++i;
            continue;
        }
        bytes.push_back(static_cast<char>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16)));
        i += 2;
    }
    return bytes;
}
uint8_t* data(std::string& bytes) {
    return reinterpret_cast<uint8_t*>(bytes.data());
}

bool use_libsrtps_own() {
    bool all = srtp_replace_auth_type(&srtp_hmac, SRTP_HMAC_SHA1) == srtp_err_status_ok;
    for (const auto* type :
         {&srtp_aes_icm_128, &srtp_aes_icm_192, &srtp_aes_icm_256, &srtp_aes_gcm_128, &srtp_aes_gcm_256})
        all &= srtp_replace_cipher_type(type, type->id) == srtp_err_status_ok;
    return all;
}

// A cipher of the type in use, with a key.
class Cipher {
public:
    Cipher(srtp_cipher_type_id_t id, std::string key_and_salt, int tag_bytes = 0) {
        const auto* const type = srtp_crypto_kernel_get_cipher_type(id);
        EXPECT_EQ(srtp_cipher_type_alloc(type, &cipher_, static_cast<int>(key_and_salt.size()), tag_bytes), 0);
        EXPECT_EQ(srtp_cipher_init(cipher_, data(key_and_salt)), 0);
    }
    ~Cipher() { srtp_cipher_dealloc(cipher_); }
    void set_iv(std::string iv, srtp_cipher_direction_t direction) {
        EXPECT_EQ(srtp_cipher_set_iv(cipher_, data(iv), direction), 0);
    }
    std::string stream(size_t size, std::string iv = std::string(16, '\0')) {
        set_iv(std::move(iv), srtp_direction_encrypt);
        std::string bytes(size, '\0');
        for (size_t i = 0; i < size; i += 16) {  // in pieces: it goes on
            uint32_t piece = static_cast<uint32_t>(std::min<size_t>(16, size - i));
            EXPECT_EQ(srtp_cipher_encrypt(cipher_, data(bytes) + i, &piece), 0);
        }
        return bytes;
    }
    srtp_cipher_t* get() { return cipher_; }

private:
    srtp_cipher_t* cipher_ = nullptr;
};

std::string hmac(std::string key, std::string_view text) {
    srtp_auth_t* auth = nullptr;
    std::string tag(20, '\0'), message(text);
    const auto* const type = srtp_crypto_kernel_get_auth_type(SRTP_HMAC_SHA1);
    EXPECT_EQ(srtp_auth_type_alloc(type, &auth, static_cast<int>(key.size()), 20), 0);
    EXPECT_EQ(srtp_auth_init(auth, data(key)), 0);
    for (int time = 0; time < 2; ++time) {  // a packet does not depend on the one before
        const int first = static_cast<int>(message.size() / 2), rest = static_cast<int>(message.size()) - first;
        EXPECT_EQ(srtp_auth_start(auth), 0);
        EXPECT_EQ(srtp_auth_update(auth, data(message), first), 0);
        EXPECT_EQ(srtp_auth_compute(auth, data(message) + first, rest, data(tag)), 0);
    }
    EXPECT_EQ(srtp_auth_dealloc(auth), 0);
    return tag;
}

struct Packet {
    alignas(8) std::array<char, 256> room{};
    size_t size = 0;
    std::string text() const { return {room.data(), size}; }
};
Packet packet_of(const std::string& bytes) {
    Packet packet;
    std::copy(bytes.begin(), bytes.end(), packet.room.begin());
    packet.size = bytes.size();
    return packet;
}
std::string rtp(uint16_t sequence) {
    RtpHeader header = rtp_header(0, 0xcafebabe);
    patch(header, sequence, 160);
    return std::string(header.begin(), header.end()) + "forty bytes are two blocks and a half..";
}
const std::string kReport("\x80\xc9\0\1\0\0\0\7", 8);  // RR, no block

SrtpKey key_of(SrtpSuite suite, const std::string& master) {
    SrtpKey key;
    key.suite = suite;
    std::copy(master.begin(), master.end(), key.first().begin());
    return key;
}
SrtpKey key_of(SrtpSuite suite) {
    std::string master(kLongestSrtpKey, '\0');
    for (size_t i = 0; i < master.size(); ++i) master[i] = static_cast<char>(7 * i + 1);
    return key_of(suite, master);
}

class SrtpOpenssl : public testing::Test {
protected:
    static void SetUpTestSuite() { ASSERT_TRUE(SrtpContext::available()); }
    void SetUp() override { ASSERT_TRUE(use_openssl_in_libsrtp()); }
};

TEST_F(SrtpOpenssl, IsWhatLibsrtpUses) {
    EXPECT_STREQ(srtp_crypto_kernel_get_cipher_type(SRTP_AES_ICM_128)->description, "AES-128-CTR");
    EXPECT_STREQ(srtp_crypto_kernel_get_cipher_type(SRTP_AES_ICM_256)->description, "AES-256-CTR");
    EXPECT_STREQ(srtp_crypto_kernel_get_cipher_type(SRTP_AES_GCM_128)->description, "AES-128-GCM");
    EXPECT_STREQ(srtp_crypto_kernel_get_cipher_type(SRTP_AES_GCM_256)->description, "AES-256-GCM");
    EXPECT_STREQ(srtp_crypto_kernel_get_auth_type(SRTP_HMAC_SHA1)->description, "HMAC-SHA1");
}

TEST_F(SrtpOpenssl, CounterModeOfRfc3711AndRfc6188) {
    const std::string salt = bytes_of("f0f1f2f3f4f5f6f7f8f9fafbfcfd");
    EXPECT_EQ(
        Cipher(SRTP_AES_ICM_128, bytes_of("2b7e151628aed2a6abf7158809cf4f3c") + salt).stream(48),  // 3711 B.2
        bytes_of("e03ead0935c95e80e166b16dd92b4eb4 d23513162b02d0f72a43a2fe4a5f97ab 41e95b3bb0a2e8dd477901e4fca894c0"));
    EXPECT_EQ(
        Cipher(SRTP_AES_ICM_256,  // 6188 7.1
               bytes_of("57f82fe3613fd170a85ec93c40b1f0922ec4cb0dc025b58272147cc438944a98") + salt)
            .stream(48),
        bytes_of("92bdd28a93c3f52511c677d08b5515a4 9da71b2378a854f67050756ded165bac 63c4868b7096d88421b563b8c94c9a31"));
    EXPECT_EQ(  // 6188 7.3
        Cipher(SRTP_AES_ICM_192, bytes_of("eab234764e517b2d3d160d587d8c86219740f65f99b6bcf7") + salt).stream(48),
        bytes_of("35096cba4610028dc1b57503804ce37c 5de986291dcce161d5165ec4568f5c9a 474a40c77894bc17180202272a4c264d"));
}

TEST_F(SrtpOpenssl, GcmOfRfc7714) {
    constexpr std::string_view kText = "Gallia est omnis divisa in partes tres";
    std::string key, header = bytes_of("8040f17b8041f8d35501a0b2");
    for (char i = 0; i < 32; ++i) key.push_back(i);
    const std::string sealed[] = {
        bytes_of("f24de3a3fb34de6cacba861c9d7e4bcabe633bd50d294e6f42a5f47a51c7d19b36de3adf8833"
                 "899d7f27beb16a9152cf765ee4390cce"),
        bytes_of("32b1de78a822fe12ef9f78fa332e33aab18012389a58e2f3b50b2a0276ffae0f1ba63799b87b"
                 "7aa3db36dfffd6b0f9bb7878d7a76c13")};
    for (const size_t key_bytes : {16u, 32u}) {
        Cipher cipher(key_bytes == 16 ? SRTP_AES_GCM_128 : SRTP_AES_GCM_256,
                      key.substr(0, key_bytes) + std::string(12, 's'), 16);
        const std::string iv = bytes_of("51753c6580c2726f20718414");
        std::string bytes = std::string(kText) + std::string(16, '\0');
        uint32_t size = kText.size(), tag_size = 0;
        cipher.set_iv(iv, srtp_direction_encrypt);
        EXPECT_EQ(srtp_cipher_set_aad(cipher.get(), data(header), 12), 0);
        EXPECT_EQ(srtp_cipher_encrypt(cipher.get(), data(bytes), &size), 0);
        EXPECT_EQ(srtp_cipher_get_tag(cipher.get(), data(bytes) + size, &tag_size), 0);
        EXPECT_EQ(tag_size, 16u);
        EXPECT_EQ(bytes, sealed[key_bytes / 32]);
        for (const bool forged : {true, false}) {
            std::string got = bytes;
            if (forged) got.back() = static_cast<char>(got.back() ^ 1);
            uint32_t got_size = static_cast<uint32_t>(got.size());
            cipher.set_iv(iv, srtp_direction_decrypt);
            EXPECT_EQ(srtp_cipher_set_aad(cipher.get(), data(header), 12), 0);
            EXPECT_EQ(srtp_cipher_decrypt(cipher.get(), data(got), &got_size),
                      forged ? srtp_err_status_auth_fail : srtp_err_status_ok);
            if (!forged) {
                EXPECT_EQ(got.substr(0, got_size), kText);
            }
        }
    }
}

TEST_F(SrtpOpenssl, HmacOfRfc2202) {
    EXPECT_EQ(hmac(std::string(20, '\x0b'), "Hi There"), bytes_of("b617318655057264e28bc0b6fb378c8ef146be00"));
    EXPECT_EQ(hmac("Jefe", "what do ya want for nothing?"), bytes_of("effcdf6ae5eb2fa2d27416d5f184df9c259a7c79"));
    EXPECT_EQ(hmac(std::string(20, '\xaa'), std::string(50, '\xdd')),
              bytes_of("125d7342b9ac11cd91a39af48aa17b4f63f175d3"));
    EXPECT_EQ(hmac(bytes_of("0102030405060708090a0b0c0d0e0f10111213141516171819"), std::string(50, '\xcd')),
              bytes_of("4c9007f4026250c6bc8414f9bf50c86c2d7235da"));
    EXPECT_EQ(hmac(std::string(20, '\x0c'), "Test With Truncation"),
              bytes_of("4c1a03424b55e07fe7f27be1d58bb9324a9a5a04"));
}

TEST_F(SrtpOpenssl, LengthsThatAreNone) {
    const auto* const aes = srtp_crypto_kernel_get_cipher_type(SRTP_AES_ICM_128);
    const auto* const sha = srtp_crypto_kernel_get_auth_type(SRTP_HMAC_SHA1);
    srtp_cipher_t* cipher = nullptr;
    srtp_auth_t* auth = nullptr;
    EXPECT_EQ(srtp_cipher_type_alloc(aes, &cipher, 31, 0), srtp_err_status_bad_param);
    EXPECT_EQ(srtp_auth_type_alloc(sha, &auth, 65, 20), srtp_err_status_bad_param);
    EXPECT_EQ(srtp_auth_type_alloc(sha, &auth, 20, 21), srtp_err_status_bad_param);
}

// What a master key becomes: a packet that was sealed with the session keys of the RFC is that of the context.
struct Derived {
    SrtpSuite suite;
    srtp_cipher_type_id_t cipher;
    std::string_view master, key, salt, authentication;
};
class SrtpDerivation : public SrtpOpenssl, public testing::WithParamInterface<Derived> {};

TEST_P(SrtpDerivation, SessionKeys) {
    const Derived& known = GetParam();
    auto context = SrtpContext::create(key_of(known.suite, bytes_of(known.master)), Direction::Out);
    ASSERT_TRUE(context);
    Packet packet = packet_of(rtp(0x1234));
    packet.size = context->protect(packet.room, packet.size);

    std::string expected = rtp(0x1234);
    const std::string iv = bytes_of("00000000cafebabe0000000012340000");
    const std::string stream =
        Cipher(known.cipher, bytes_of(known.key) + bytes_of(known.salt)).stream(expected.size() - 12, iv);
    for (size_t i = 0; i < stream.size(); ++i) expected[12 + i] = static_cast<char>(expected[12 + i] ^ stream[i]);
    const std::string overflows(4, '\0');
    expected += hmac(bytes_of(known.authentication), expected + overflows).substr(0, 10);
    EXPECT_EQ(packet.text(), expected);
}

INSTANTIATE_TEST_SUITE_P(
    OfRfcs, SrtpDerivation,
    testing::Values(
        Derived{SrtpSuite::Aes128Sha80, SRTP_AES_ICM_128,  // RFC 3711 B.3
                "e1f97a0d3e018be0d64fa32c06de41390ec675ad498afeebb6960b3aabe6", "c61e7a93744f39ee10734afe3ff7a087",
                "30cbbc08863d8c85d49db34a9ae1", "cebe321f6ff7716b6fd4ab49af256a156d38baa4"},
        Derived{SrtpSuite::Aes256Sha80, SRTP_AES_ICM_256,  // RFC 6188 7.2
                "f0f04914b513f2763a1b1fa130f10e2998f6f6e43e4309d1e622a0e332b9f1b63b04803de51ee7c96423ab5b78d2",
                "5ba1064e30ec51613cad926c5a28ef731ec7fb397f70a960653caf06554cd8c4", "fa31791685ca444a9e07c6c64e93",
                "fd9c32d39ed5fbb5a9dc96b30818454d1313dc05"},
        Derived{SrtpSuite::Aes192Sha80, SRTP_AES_ICM_192,  // RFC 6188 7.4
                "73edc66c4fa15776fb57f9505c17136550ffda71f3e8e5f1c8522f3acd4ce86d5add78edbb11",
                "31874736a8f1143870c26e4857d8a5b2c4a354407faadabb", "2372b82d639b6d8503a47adc0a6c",
                "355b10973cd95b9eacf4061c7e1a7151e7cfbfcb"}));

// Packets between contexts with OpenSSL and with libsrtp's own.
class SrtpBothWays : public SrtpOpenssl, public testing::WithParamInterface<SrtpSuite> {
protected:
    void SetUp() override {
        SrtpOpenssl::SetUp();
        out = SrtpContext::create(key_of(GetParam()), Direction::Out);
        in = SrtpContext::create(key_of(GetParam()), Direction::In);
        ASSERT_TRUE(use_libsrtps_own());
        others_out = SrtpContext::create(key_of(GetParam()), Direction::Out);
        others_in = SrtpContext::create(key_of(GetParam()), Direction::In);
        ASSERT_TRUE(use_openssl_in_libsrtp());
        ASSERT_TRUE(out && in && others_out && others_in);
    }
    std::unique_ptr<SrtpContext> out, in, others_out, others_in;
};

TEST_P(SrtpBothWays, Rtp) {
    for (const uint16_t sequence : {uint16_t{65534}, uint16_t{65535}, uint16_t{0}, uint16_t{1}}) {  // over the end
        Packet ours = packet_of(rtp(sequence)), theirs = ours;
        ours.size = out->protect(ours.room, ours.size);
        theirs.size = others_out->protect(theirs.room, theirs.size);
        ASSERT_GT(ours.size, rtp(sequence).size());
        EXPECT_EQ(ours.text(), theirs.text());
        Packet forged = ours;
        forged.room[forged.size - 1] ^= 1;
        EXPECT_EQ(in->unprotect({forged.room.data(), forged.size}), 0u);
        theirs.size = in->unprotect({theirs.room.data(), theirs.size});
        ours.size = others_in->unprotect({ours.room.data(), ours.size});
        EXPECT_EQ(theirs.text(), rtp(sequence));
        EXPECT_EQ(ours.text(), rtp(sequence));
    }
}

TEST_P(SrtpBothWays, Rtcp) {
    for (int time = 0; time < 3; ++time) {
        Packet ours = packet_of(kReport), theirs = ours;
        ours.size = out->protect_rtcp(ours.room, ours.size);
        theirs.size = others_out->protect_rtcp(theirs.room, theirs.size);
        ASSERT_GT(ours.size, kReport.size());
        EXPECT_EQ(ours.text(), theirs.text());
        Packet forged = ours;
        forged.room[forged.size - 1] ^= 1;
        EXPECT_EQ(in->unprotect_rtcp({forged.room.data(), forged.size}), 0u);
        theirs.size = in->unprotect_rtcp({theirs.room.data(), theirs.size});
        ours.size = others_in->unprotect_rtcp({ours.room.data(), ours.size});
        EXPECT_EQ(theirs.text(), kReport);
        EXPECT_EQ(ours.text(), kReport);
    }
}

// UNENCRYPTED_SRTCP: with GCM the report is only authenticated.
TEST_P(SrtpBothWays, RtcpInTheClear) {
    SrtpKey key = key_of(GetParam());
    key.encrypts_rtcp = false;
    ASSERT_TRUE(out->change(key) && in->change(key));
    Packet packet = packet_of(kReport);
    packet.size = out->protect_rtcp(packet.room, packet.size);
    EXPECT_EQ(packet.text().substr(0, kReport.size()), kReport);
    packet.size = in->unprotect_rtcp({packet.room.data(), packet.size});
    EXPECT_EQ(packet.text(), kReport);
}

TEST_P(SrtpBothWays, ContextsOfTwoThreads) {
    const auto talk = [](SrtpContext& sends, SrtpContext& receives) {
        for (uint16_t sequence = 1; sequence < 200; ++sequence) {
            Packet packet = packet_of(rtp(sequence));
            packet.size = sends.protect(packet.room, packet.size);
            packet.size = receives.unprotect({packet.room.data(), packet.size});
            if (packet.text() != rtp(sequence)) return false;
        }
        return true;
    };
    auto more_out = SrtpContext::create(key_of(GetParam()), Direction::Out);
    auto more_in = SrtpContext::create(key_of(GetParam()), Direction::In);
    bool here = false, there = false;
    std::thread other([&] { there = talk(*more_out, *more_in); });
    here = talk(*out, *in);
    other.join();
    EXPECT_TRUE(here && there);
}

std::string name_of(const testing::TestParamInfo<SrtpSuite>& info) {
    return std::string(kSrtpSuites[static_cast<size_t>(info.param)].name);
}
INSTANTIATE_TEST_SUITE_P(Suites, SrtpBothWays,
                         testing::Values(SrtpSuite::Aes128Sha80, SrtpSuite::Aes128Sha32, SrtpSuite::NullSha80,
                                         SrtpSuite::Aes256Sha80, SrtpSuite::Aes256Sha32, SrtpSuite::Gcm128,
                                         SrtpSuite::Gcm256),
                         name_of);

// As with a provider that has no AES: libsrtp's own stays.
TEST_F(SrtpOpenssl, WithoutIt) {
    ASSERT_TRUE(use_libsrtps_own());
    ASSERT_TRUE(EVP_set_default_properties(nullptr, "provider=none"));
    EXPECT_FALSE(use_openssl_in_libsrtp());
    auto out = SrtpContext::create(key_of(SrtpSuite::Aes128Sha80), Direction::Out);
    EXPECT_FALSE(SrtpContext::create(key_of(SrtpSuite::Aes192Sha80), Direction::Out));  // its keys would be wrong
    ASSERT_TRUE(EVP_set_default_properties(nullptr, ""));
    EXPECT_EQ(srtp_crypto_kernel_get_cipher_type(SRTP_AES_ICM_128), &srtp_aes_icm_128);
    ASSERT_TRUE(use_openssl_in_libsrtp());
    auto in = SrtpContext::create(key_of(SrtpSuite::Aes128Sha80), Direction::In);
    ASSERT_TRUE(out && in);
    Packet packet = packet_of(rtp(1));
    packet.size = out->protect(packet.room, packet.size);
    packet.size = in->unprotect({packet.room.data(), packet.size});
    EXPECT_EQ(packet.text(), rtp(1));
}

}  // namespace
