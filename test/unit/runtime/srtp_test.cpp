// SPDX-License-Identifier: Apache-2.0
// SRTP: keys in SDP, who agrees on which, and packets that are sealed and opened.
#include "runtime/media/srtp.h"

#include <gtest/gtest.h>

#include <string>

#include "runtime/media/base64.h"
#include "runtime/media/crypto_sdp.h"
#include "runtime/media/stream_request.h"

namespace {

using namespace gsp::rt;
using Side = CryptoNegotiation::Side;
using Message = CryptoNegotiation::Message;

std::string key_text(char fill, size_t bytes = 30) {
    const std::string key(bytes, fill);
    std::string text(base64_size(bytes), '\0');
    write_base64({reinterpret_cast<const uint8_t*>(key.data()), bytes}, text.data());
    return text;
}

std::string line(int tag, std::string_view suite, char fill, size_t bytes = 30) {
    return "a=crypto:" + std::to_string(tag) + " " + std::string(suite) + " inline:" + key_text(fill, bytes) + "\r\n";
}

constexpr std::string_view kSha80 = "AES_CM_128_HMAC_SHA1_80", kSha32 = "AES_CM_128_HMAC_SHA1_32";

TEST(Base64, BothWays) {
    const uint8_t bytes[] = {'f', 'o', 'o', 'b', 'a', 'r'};  // RFC 4648 10
    constexpr std::string_view kTexts[] = {"", "Zg==", "Zm8=", "Zm9v", "Zm9vYg==", "Zm9vYmE=", "Zm9vYmFy"};
    for (size_t n = 0; n <= 6; ++n) {
        std::string text(base64_size(n), '\0');
        write_base64({bytes, n}, text.data());
        EXPECT_EQ(text, kTexts[n]);
        uint8_t back[6] = {};
        EXPECT_TRUE(read_base64(text, {back, n}));
        EXPECT_TRUE(std::equal(back, back + n, bytes));
    }
    uint8_t back[3];
    EXPECT_FALSE(read_base64("Zm8=", back));
    EXPECT_FALSE(read_base64("Zm9vYg", back));
    EXPECT_FALSE(read_base64("Zm-v", back));
}

TEST(CryptoSdp, Lines) {
    const std::string good = key_text('k');
    const auto parsed = parse_crypto("12 aes_cm_128_hmac_sha1_32 inline:" + good + "|2^20 UNENCRYPTED_SRTP WSH=64");
    ASSERT_TRUE(parsed);
    EXPECT_EQ(parsed->tag, 12u);
    EXPECT_EQ(parsed->key.suite, SrtpSuite::Aes128Sha32);
    EXPECT_FALSE(parsed->key.encrypts);
    EXPECT_TRUE(parsed->key.authenticates);
    EXPECT_EQ(parsed->key.first()[29], 'k');
    for (const SrtpSuiteRow& row : kSrtpSuites)
        EXPECT_TRUE(parse_crypto("1 " + std::string(row.name) + " inline:" + key_text('x', row.key_bytes))) << row.name;
    for (const std::string& bad :
         {std::string("x AES_CM_128_HMAC_SHA1_80 inline:") + good, "1 F8_128_HMAC_SHA1_80 inline:" + good,
          "1 AES_CM_128_HMAC_SHA1_80 inline:" + good + "|2^20|1:0",
          "1 AES_CM_128_HMAC_SHA1_80 inline:" + good + "|2^49", "1 AES_CM_128_HMAC_SHA1_80 inline:" + good + "|256:1",
          "1 AES_CM_128_HMAC_SHA1_80 inline:" + good + "|0",
          "1 AES_CM_128_HMAC_SHA1_80 inline:" + good + ";inline:" + good,
          "1 AES_CM_128_HMAC_SHA1_80 inline:" + good + "|1:4;inline:" + good + "|2:2",
          "1 AES_CM_128_HMAC_SHA1_80 inline:" + good.substr(4), "1 AES_CM_128_HMAC_SHA1_80 " + good,
          "1 AES_CM_128_HMAC_SHA1_80 inline:" + good + " KDR=1", std::string("1")})
        EXPECT_FALSE(parse_crypto(bad)) << bad;
}

TEST(CryptoSdp, LifetimesAndIndexes) {
    const auto parsed =
        parse_crypto("1 AES_CM_128_HMAC_SHA1_80 inline:" + key_text('a') + "|2^20|258:2;inline:" + key_text('b') +
                     "|3:2;inline:" + key_text('c') + "|1000|4:2");
    ASSERT_TRUE(parsed);
    EXPECT_EQ(parsed->key.n_masters, 3);
    EXPECT_EQ(parsed->key.mki_bytes, 2);
    EXPECT_EQ(parsed->key.masters[0].lifetime, 1u << 20);
    EXPECT_EQ(parsed->key.masters[0].mki, 258u);
    EXPECT_EQ(parsed->key.masters[1].key[0], 'b');
    EXPECT_EQ(parsed->key.masters[1].lifetime, UINT64_MAX);
    EXPECT_EQ(parsed->key.masters[2].lifetime, 1000u);
    EXPECT_EQ(parsed->key.masters[2].mki, 4u);
    const auto alone = parse_crypto("1 AES_CM_128_HMAC_SHA1_80 inline:" + key_text('a') + "|2^2");
    EXPECT_EQ(alone->key.masters[0].lifetime, 4u);
    EXPECT_EQ(alone->key.mki_bytes, 0);
    // Without the padding of base64, as some write it.
    const std::string padded = key_text('x', 46);
    EXPECT_TRUE(parse_crypto("1 AES_256_CM_HMAC_SHA1_80 inline:" + padded.substr(0, padded.find('='))));
}

TEST(CryptoSdp, OfTheFirstMediaWithAPort) {
    const CryptoOfKinds read = read_crypto("v=0\r\n" + line(9, kSha80, 'z') + "m=audio 0 RTP/SAVP 0\r\n" +
                                           line(1, kSha80, 'a') + "m=audio 4000 RTP/SAVP 0\r\n" + line(2, kSha80, 'b') +
                                           line(3, "F8", 'c') + line(4, kSha32, 'd') + "m=video 4002 RTP/SAVP 99\r\n" +
                                           line(5, kSha80, 'e') + "m=audio 4004 RTP/SAVP 0\r\n" + line(6, kSha80, 'f'));
    ASSERT_EQ(read[0].n, 2u);
    EXPECT_EQ(read[0].v[0].tag, 2u);
    EXPECT_EQ(read[0].v[1].tag, 4u);
    ASSERT_EQ(read[1].n, 1u);
    EXPECT_EQ(read[1].v[0].key.first()[0], 'e');
}

class Negotiation : public testing::Test {
protected:
    bool take(Side side, Message message, const std::string& lines) {
        return negotiation.take(side, message, read_crypto("m=audio 4000 RTP/SAVP 0\r\n" + lines));
    }
    // Own key, peer's key: the letters they are made of.
    std::string keys() {
        const auto& keys = negotiation.keys(MediaKind::Audio);
        return keys ? std::string{char(keys->own.first()[0]), char(keys->peer.first()[0])} : "none";
    }
    CryptoNegotiation negotiation;
};

TEST_F(Negotiation, AnOfferIsAnsweredByTag) {
    EXPECT_FALSE(take(Side::Own, Message::Request, line(1, kSha80, 'a') + line(2, kSha32, 'b')));
    EXPECT_EQ(keys(), "none");
    EXPECT_TRUE(take(Side::Peer, Message::Response, line(2, kSha32, 'p')));
    EXPECT_EQ(keys(), "bp");
    EXPECT_EQ(negotiation.keys(MediaKind::Audio)->own.suite, SrtpSuite::Aes128Sha32);
    EXPECT_FALSE(negotiation.disagreed(MediaKind::Audio));
    EXPECT_TRUE(take(Side::Peer, Message::Response, line(1, kSha80, 'q')));  // 200 behind 183
    EXPECT_EQ(keys(), "aq");
}

TEST_F(Negotiation, AsTheAnsweringSideAndWithNewKeysLater) {
    take(Side::Peer, Message::Request, line(1, kSha80, 'p') + line(7, kSha32, 'q'));
    EXPECT_TRUE(take(Side::Own, Message::Response, line(7, kSha32, 'a')));
    EXPECT_EQ(keys(), "aq");
    EXPECT_FALSE(take(Side::Own, Message::Request, line(1, kSha80, 'b')));  // a re-INVITE: not before it is answered
    EXPECT_EQ(keys(), "aq");
    EXPECT_TRUE(take(Side::Peer, Message::Response, line(1, kSha80, 'r')));
    EXPECT_EQ(keys(), "br");
}

TEST_F(Negotiation, AnOfferInAResponseIsAnsweredInAnAck) {
    EXPECT_FALSE(take(Side::Peer, Message::Response, line(1, kSha80, 'p')));
    EXPECT_TRUE(take(Side::Own, Message::Ack, line(1, kSha80, 'a')));
    EXPECT_EQ(keys(), "ap");
}

TEST_F(Negotiation, NothingInCommon) {
    take(Side::Own, Message::Request, line(1, kSha80, 'a'));
    EXPECT_TRUE(take(Side::Peer, Message::Response, line(1, kSha32, 'p')));
    EXPECT_EQ(keys(), "none");
    EXPECT_TRUE(negotiation.disagreed(MediaKind::Audio));
    EXPECT_FALSE(negotiation.disagreed(MediaKind::Video));
    take(Side::Peer, Message::Response, "");
    EXPECT_FALSE(negotiation.disagreed(MediaKind::Audio));  // no SRTP wanted
    take(Side::Peer, Message::Response, "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:short\r\n");
    EXPECT_TRUE(negotiation.disagreed(MediaKind::Audio));  // it was, with a key that is none
}

TEST(EchoRequest, Words) {
    EXPECT_TRUE(parse_echo_request("startaudio,0,PCMU/8000")->on);
    EXPECT_TRUE(parse_echo_request("updatevideo")->on);
    EXPECT_EQ(parse_echo_request("updatevideo")->kind, MediaKind::Video);
    EXPECT_FALSE(parse_echo_request("stopaudio")->on);
    EXPECT_FALSE(parse_echo_request("start"));
}

class SrtpTest : public testing::TestWithParam<SrtpSuite> {
protected:
    SrtpKey key(uint8_t fill) {
        SrtpKey made;
        made.suite = GetParam();
        made.first().fill(fill);
        return made;
    }
    struct Packet {
        alignas(8) std::array<char, 256> room{};
        size_t size = 0;
        std::string text() const { return {room.data(), size}; }
    };
    static Packet rtp(uint16_t sequence) {
        RtpHeader header = rtp_header(0, 0x1234);
        patch(header, sequence, 160);
        Packet packet;
        const std::string bytes = std::string(header.begin(), header.end()) + "twenty bytes of load";
        std::copy(bytes.begin(), bytes.end(), packet.room.begin());
        packet.size = bytes.size();
        return packet;
    }
    Packet sealed(SrtpContext& context, uint16_t sequence) {
        Packet packet = rtp(sequence);
        packet.size = context.protect(packet.room, packet.size);
        return packet;
    }
    static std::string opened(SrtpContext& context, Packet packet) {
        packet.size = context.unprotect({packet.room.data(), packet.size});
        return packet.text();
    }
};

TEST_P(SrtpTest, ThereAndBackForgedAndTwice) {
    auto out = SrtpContext::create(key(7), SrtpContext::Direction::Out);
    auto in = SrtpContext::create(key(7), SrtpContext::Direction::In);
    ASSERT_TRUE(out && in);
    const Packet packet = sealed(*out, 1);
    EXPECT_GT(packet.size, rtp(1).size);  // the tag
    const bool null_cipher = GetParam() == SrtpSuite::NullSha80 || GetParam() == SrtpSuite::NullSha32;
    EXPECT_EQ(packet.text().find("load") != std::string::npos, null_cipher);
    Packet forged = packet;
    forged.room[14] ^= 1;
    EXPECT_EQ(opened(*in, forged), "");
    EXPECT_EQ(opened(*in, packet), rtp(1).text());
    EXPECT_EQ(opened(*in, packet), "");  // a copy
    auto other = SrtpContext::create(key(8), SrtpContext::Direction::In);
    EXPECT_EQ(opened(*other, sealed(*out, 2)), "");
}

TEST_P(SrtpTest, ANewKey) {
    auto out = SrtpContext::create(key(7), SrtpContext::Direction::Out);
    auto in = SrtpContext::create(key(7), SrtpContext::Direction::In);
    for (const uint32_t sequence : {65000u, 65535u, 65536u})  // the numbers have gone over once
        EXPECT_EQ(opened(*in, sealed(*out, static_cast<uint16_t>(sequence))),
                  rtp(static_cast<uint16_t>(sequence)).text());
    ASSERT_TRUE(out->change(key(9)));
    EXPECT_EQ(opened(*in, sealed(*out, 1)), "");
    ASSERT_TRUE(in->change(key(9)));
    EXPECT_EQ(opened(*in, sealed(*out, 2)), rtp(2).text());
}

TEST_P(SrtpTest, Rtcp) {
    auto out = SrtpContext::create(key(7), SrtpContext::Direction::Out);
    auto in = SrtpContext::create(key(7), SrtpContext::Direction::In);
    Packet packet;
    const std::string report("\x80\xc9\0\1\0\0\0\7", 8);  // RR, no block
    std::copy(report.begin(), report.end(), packet.room.begin());
    packet.size = out->protect_rtcp(packet.room, report.size());
    ASSERT_GT(packet.size, report.size());
    packet.size = in->unprotect_rtcp({packet.room.data(), packet.size});
    EXPECT_EQ(packet.text(), report);
}

TEST_P(SrtpTest, NoRoomForTheTag) {
    auto out = SrtpContext::create(key(7), SrtpContext::Direction::Out);
    Packet packet = rtp(1);
    EXPECT_EQ(out->protect({packet.room.data(), packet.size + SrtpContext::kTrailer - 1}, packet.size), 0u);
}

TEST_P(SrtpTest, MasterKeysInTurn) {
    SrtpKey keys = key(1);
    keys.n_masters = 2, keys.mki_bytes = 3;
    keys.masters[0].mki = 0x10203, keys.masters[0].lifetime = 2;
    keys.masters[1].key.fill(2), keys.masters[1].mki = 5, keys.masters[1].lifetime = 1;
    auto out = SrtpContext::create(keys, SrtpContext::Direction::Out);
    auto in = SrtpContext::create(keys, SrtpContext::Direction::In);
    keys.masters[1].mki = 6;  // another index for the same key
    auto stranger = SrtpContext::create(keys, SrtpContext::Direction::In);
    ASSERT_TRUE(out && in && stranger);
    for (const uint16_t sequence : {uint16_t{1}, uint16_t{2}, uint16_t{3}}) {
        const Packet packet = sealed(*out, sequence);
        EXPECT_NE(packet.text().find(sequence < 3 ? std::string("\1\2\3", 3) : std::string("\0\0\5", 3)),
                  std::string::npos);
        EXPECT_EQ(opened(*stranger, packet), sequence < 3 ? rtp(sequence).text() : "");
        EXPECT_EQ(opened(*in, packet), rtp(sequence).text());
    }
    EXPECT_EQ(sealed(*out, 4).size, 0u);  // their time is over
    keys = key(3);
    ASSERT_TRUE(out->change(keys) && in->change(keys));
    EXPECT_EQ(opened(*in, sealed(*out, 5)), rtp(5).text());
}

std::string name_of(const testing::TestParamInfo<SrtpSuite>& info) {
    return std::string(kSrtpSuites[static_cast<size_t>(info.param)].name);
}
INSTANTIATE_TEST_SUITE_P(Suites, SrtpTest,
                         testing::Values(SrtpSuite::Aes128Sha80, SrtpSuite::Aes128Sha32, SrtpSuite::NullSha80,
                                         SrtpSuite::NullSha32, SrtpSuite::Aes256Sha80, SrtpSuite::Aes256Sha32,
                                         SrtpSuite::Gcm128, SrtpSuite::Gcm256, SrtpSuite::Aes192Sha80,
                                         SrtpSuite::Aes192Sha32),
                         name_of);

}  // namespace
