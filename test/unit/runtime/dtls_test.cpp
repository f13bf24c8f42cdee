// SPDX-License-Identifier: Apache-2.0
// DTLS-SRTP: what SDP says of it, and two ends in memory, on a clock that is set.
#include "runtime/media/dtls.h"

#include <gtest/gtest.h>
#include <sys/time.h>

#include <functional>

#include "runtime/base/clock.h"
#include "runtime/media/demux.h"
#include "runtime/media/dtls_sdp.h"
#include "test/unit/runtime/openssl_clock.h"

namespace {

using namespace gsp::rt;
using Role = DtlsPlan::Role;

// ---- SDP --------------------

std::string fingerprint_line(std::string_view hash, size_t bytes, std::string_view byte = "AB") {
    std::string line = "a=fingerprint:" + std::string(hash);
    for (size_t i = 0; i < bytes; ++i) line.append(i ? ":" : " ").append(byte);
    return line + "\r\n";
}

TEST(DtlsSdp, Fingerprints) {
    for (const auto& [hash, bytes] : {std::pair("sha-1", 20), {"SHA-256", 32}, {"sha-384", 48}, {"sha-512", 64}}) {
        const std::string line = fingerprint_line(hash, static_cast<size_t>(bytes)),
                          value = line.substr(14, line.size() - 16);
        const auto read = parse_fingerprint(value);
        ASSERT_TRUE(read) << value;
        EXPECT_EQ(read->bytes[static_cast<size_t>(bytes) - 1], 0xab);
        EXPECT_EQ(fingerprint_text(*read).substr(8), value.substr(8));
        EXPECT_FALSE(parse_fingerprint(value + ":AB"));
        EXPECT_FALSE(parse_fingerprint(value.substr(0, value.size() - 3)));
        EXPECT_FALSE(parse_fingerprint(value.substr(0, value.size() - 1) + "x"));
    }
    for (const char* bad : {"md5 AB", "sha-256", "", "sha-256 AB-CD"}) EXPECT_FALSE(parse_fingerprint(bad)) << bad;
}

TEST(DtlsSdp, OfTheSessionAndOfTheMedia) {
    const DtlsOfKinds read = read_dtls("v=0\r\na=setup:actpass\r\na=tls-id:x\r\n" + fingerprint_line("sha-256", 32) +
                                       "m=audio 0 UDP/TLS/RTP/SAVP 0\r\na=setup:active\r\n"
                                       "m=audio 4000 UDP/TLS/RTP/SAVP 0\r\na=setup:PASSIVE\r\n" +
                                       fingerprint_line("sha-384", 48) + fingerprint_line("md5", 16) +
                                       "m=application 9 UDP/TLS/RTP/SAVP 0\r\na=setup:active\r\n");
    ASSERT_EQ(read[0].fingerprints.n, 1u);
    EXPECT_EQ(read[0].fingerprints.v[0].hash, DtlsHash::Sha384);
    EXPECT_EQ(read[0].setup, DtlsSetup::Passive);
    EXPECT_NE(read[0].id, 0u);
    EXPECT_FALSE(read[1].named);  // there is no video
    EXPECT_TRUE(read_dtls(fingerprint_line("sha-256", 32) + "m=video 4000 RTP/SAVP 99\r\n")[1].named);
}

class DtlsNegotiationTest : public testing::Test {
protected:
    static DtlsOfKinds lines(const std::string& setup, const std::string& more = fingerprint_line("sha-256", 32)) {
        return read_dtls("m=audio 4000 UDP/TLS/RTP/SAVP 0\r\n" + (setup.empty() ? "" : "a=setup:" + setup + "\r\n") +
                         more);
    }
    void offer(SdpSide side, const std::string& setup) { negotiation.take(side, SdpMessage::Request, lines(setup)); }
    void answer(SdpSide side, const std::string& setup) { negotiation.take(side, SdpMessage::Response, lines(setup)); }
    Role role() const { return negotiation.plan(MediaKind::Audio).role; }
    DtlsOutcome fault() const { return negotiation.plan(MediaKind::Audio).fault; }
    DtlsNegotiation negotiation;
};

TEST_F(DtlsNegotiationTest, WhoBegins) {
    const struct {
        const char *offer, *answer;
        Role offers, answers;
    } kCases[] = {{"actpass", "active", Role::Passive, Role::Active},
                  {"actpass", "passive", Role::Active, Role::Passive},
                  {"active", "passive", Role::Active, Role::Passive},
                  {"passive", "active", Role::Passive, Role::Active},
                  {"", "", Role::Active, Role::Passive},  // RFC 4145 4
                  {"active", "active", Role::None, Role::None},
                  {"passive", "passive", Role::None, Role::None},
                  {"actpass", "actpass", Role::None, Role::None},
                  {"holdconn", "active", Role::None, Role::None}};
    for (const auto& c : kCases) {
        for (const SdpSide offers : {SdpSide::Own, SdpSide::Peer}) {
            negotiation = {};
            offer(offers, c.offer);
            answer(offers == SdpSide::Own ? SdpSide::Peer : SdpSide::Own, c.answer);
            EXPECT_EQ(role(), offers == SdpSide::Own ? c.offers : c.answers) << c.offer << ' ' << c.answer;
            EXPECT_EQ(fault(), c.offers == Role::None ? DtlsOutcome::RoleConflict : DtlsOutcome::None);
        }
    }
}

TEST_F(DtlsNegotiationTest, AHelloMayComeBeforeTheAnswer) {
    offer(SdpSide::Own, "actpass");
    EXPECT_EQ(role(), Role::Passive);
    EXPECT_EQ(negotiation.plan(MediaKind::Audio).peer.n, 0u);
    answer(SdpSide::Peer, "active");
    EXPECT_EQ(negotiation.plan(MediaKind::Audio).peer.n, 1u);
    negotiation = {};
    offer(SdpSide::Own, "active");
    EXPECT_EQ(role(), Role::None);
}

TEST_F(DtlsNegotiationTest, AnAnswerWithoutAFingerprintWantsNone) {
    offer(SdpSide::Own, "actpass");
    negotiation.take(SdpSide::Peer, SdpMessage::Response, lines("", ""));
    EXPECT_EQ(role(), Role::None);
    EXPECT_EQ(fault(), DtlsOutcome::None);
    negotiation.take(SdpSide::Peer, SdpMessage::Response, lines("active", fingerprint_line("md5", 16)));
    EXPECT_EQ(fault(), DtlsOutcome::NoHash);
}

TEST_F(DtlsNegotiationTest, WhatTheOwnSideSaysNext) {
    EXPECT_EQ(negotiation.own_setup(), "actpass");
    for (const auto& [offered, said] : {std::pair("actpass", "active"),
                                        {"passive", "active"},
                                        {"active", "passive"},
                                        {"", "passive"},
                                        {"holdconn", "holdconn"}}) {
        negotiation = {};
        offer(SdpSide::Peer, offered);
        EXPECT_EQ(negotiation.own_setup(), said) << offered;
        answer(SdpSide::Own, said);
        EXPECT_EQ(negotiation.own_setup(), said) << offered;  // in a 200 behind a 183
    }
    negotiation = {};
    offer(SdpSide::Own, "actpass");
    EXPECT_EQ(negotiation.own_setup(), "actpass");
    answer(SdpSide::Peer, "active");
    offer(SdpSide::Peer, "actpass");  // a re-INVITE from there: roles stay
    EXPECT_EQ(negotiation.own_setup(), "passive");
}

TEST(Demux, ByTheFirstByte) {
    const auto kind = [](int first) { return kind_of(std::string(1, static_cast<char>(first))); };
    EXPECT_EQ(kind(0), DatagramKind::Stun);
    EXPECT_EQ(kind(3), DatagramKind::Stun);
    EXPECT_EQ(kind(4), DatagramKind::Other);
    EXPECT_EQ(kind(20), DatagramKind::Dtls);
    EXPECT_EQ(kind(63), DatagramKind::Dtls);
    EXPECT_EQ(kind(64), DatagramKind::TurnChannel);
    EXPECT_EQ(kind(79), DatagramKind::TurnChannel);
    EXPECT_EQ(kind(128), DatagramKind::Rtp);
    EXPECT_EQ(kind(191), DatagramKind::Rtp);
    EXPECT_EQ(kind(192), DatagramKind::Other);
    EXPECT_EQ(kind_of(""), DatagramKind::Other);
}

// ---- two ends --------------------

std::shared_ptr<const DtlsIdentity> make_identity(const std::string& profiles = DtlsConfig().profiles) {
    DtlsConfig config;
    config.profiles = profiles;
    auto made = DtlsIdentity::make(config);
    EXPECT_TRUE(made) << made.error().text;
    return *made;
}

class DtlsEnds : public testing::Test {
protected:
    using Loses = std::function<bool(size_t)>;  // the datagram of this number, from 0
    DtlsPlan plan(Role role, const DtlsIdentity& peer, DtlsHash hash = DtlsHash::Sha256) {
        DtlsPlan made;
        made.role = role;
        made.peer.add(peer.fingerprint(hash));
        return made;
    }
    void make(DtlsHash hash = DtlsHash::Sha256) {
        client = std::make_unique<DtlsEnd>(*one, plan(Role::Active, *other, hash));
        server = std::make_unique<DtlsEnd>(*other, plan(Role::Passive, *one, hash));
    }
    bool carry(DtlsEnd& from, DtlsEnd& to) {
        const std::vector<std::string> datagrams = std::exchange(from.to_send(), {});
        for (const std::string& datagram : datagrams) {
            EXPECT_LE(datagram.size(), size_t{DtlsEnd::kMtu});
            EXPECT_EQ(kind_of(datagram), DatagramKind::Dtls);
            if (!loses(carried++)) to.take(datagram);
        }
        return !datagrams.empty();
    }
    // Until neither has anything to say for `patience_ns`, which is more than any timer.
    void shake(uint64_t patience_ns = 10 * kSecond) {
        client->begin();
        const uint64_t end_ns = clock.now_ns() + patience_ns;
        while (true) {
            while (carry(*client, *server) | carry(*server, *client)) {
            }
            const auto a = client->timeout_ns(), b = server->timeout_ns();
            const uint64_t wait_ns = std::min(a.value_or(UINT64_MAX), b.value_or(UINT64_MAX));
            if (wait_ns == UINT64_MAX || clock.now_ns() + wait_ns > end_ns) return;
            clock.advance(wait_ns);
            client->tick();
            server->tick();
        }
    }
    void expect_keys() {
        ASSERT_EQ(client->outcome(), DtlsOutcome::Established);
        ASSERT_EQ(server->outcome(), DtlsOutcome::Established);
        EXPECT_EQ(client->keys().own, server->keys().peer);
        EXPECT_EQ(client->keys().peer, server->keys().own);
        EXPECT_NE(client->keys().own, client->keys().peer);
    }

    OpensslClock clock;
    std::shared_ptr<const DtlsIdentity> one = make_identity(), other = make_identity();
    std::unique_ptr<DtlsEnd> client, server;
    Loses loses = [](size_t) { return false; };
    size_t carried = 0;
};

TEST_F(DtlsEnds, AgreeOnKeys) {
    for (const DtlsHash hash : {DtlsHash::Sha1, DtlsHash::Sha256, DtlsHash::Sha384, DtlsHash::Sha512}) {
        make(hash);
        shake();
        expect_keys();
        EXPECT_EQ(client->keys().own.suite, SrtpSuite::Gcm128);
    }
}

TEST_F(DtlsEnds, EachProfile) {
    for (const auto& [name, suite] : {std::pair("SRTP_AES128_CM_SHA1_80", SrtpSuite::Aes128Sha80),
                                      {"SRTP_AES128_CM_SHA1_32", SrtpSuite::Aes128Sha32},
                                      {"SRTP_AEAD_AES_128_GCM", SrtpSuite::Gcm128},
                                      {"SRTP_AEAD_AES_256_GCM", SrtpSuite::Gcm256}}) {
        one = make_identity(name);
        make();
        shake();
        expect_keys();
        EXPECT_EQ(server->keys().own.suite, suite);
    }
    one = make_identity("SRTP_AES128_CM_SHA1_80"), other = make_identity("SRTP_AEAD_AES_256_GCM");
    make();
    shake();
    EXPECT_EQ(client->outcome(), DtlsOutcome::NoProfile);
    EXPECT_EQ(server->outcome(), DtlsOutcome::NoProfile);
}

TEST_F(DtlsEnds, WhatIsLostIsSentAgain) {
    make();
    shake();
    const size_t datagrams = carried;
    ASSERT_GE(datagrams, 4u);  // flights of a handshake
    for (size_t lost = 0; lost < datagrams; ++lost) {
        carried = 0;
        make();
        loses = [&](size_t number) { return number == lost; };
        const uint64_t began_ns = clock.now_ns();
        shake();
        expect_keys();
        EXPECT_GE(clock.now_ns() - began_ns, 200 * kMillisecond) << lost;
        EXPECT_LE(clock.now_ns() - began_ns, 2 * kSecond) << lost;
    }
    loses = [](size_t number) { return number * 0x9e3779b97f4a7c15u >> 63; };  // every other, more or less
    carried = 0;
    make();
    shake(60 * kSecond);
    expect_keys();
}

TEST_F(DtlsEnds, InAnyOrderAndTwice) {
    make();
    const auto carry_back_to_front = [&](DtlsEnd& from, DtlsEnd& to) {
        std::vector<std::string> datagrams = std::exchange(from.to_send(), {});
        for (size_t i = datagrams.size(); i-- > 0;) to.take(datagrams[i]), to.take(datagrams[i]);
        return !datagrams.empty();
    };
    client->begin();
    for (int round = 0; round < 20; ++round) {
        while (carry_back_to_front(*client, *server) | carry_back_to_front(*server, *client)) {
        }
        clock.advance(4 * kSecond);  // what was not taken comes again
        client->tick(), server->tick();
    }
    expect_keys();
}

TEST_F(DtlsEnds, NobodyThere) {
    make();
    loses = [](size_t) { return true; };
    shake(10 * kSecond);
    EXPECT_EQ(client->outcome(), DtlsOutcome::Pending);
    EXPECT_GE(carried, 4u);  // at 0, 0.25, 0.75, 1.75, … s
    EXPECT_LE(carried, 8u);
}

TEST_F(DtlsEnds, AnotherCertificate) {
    make();
    client = std::make_unique<DtlsEnd>(*one, plan(Role::Active, *one));
    shake();
    EXPECT_EQ(client->outcome(), DtlsOutcome::WrongFingerprint);
    EXPECT_EQ(server->outcome(), DtlsOutcome::Refused);
    make();
    server = std::make_unique<DtlsEnd>(*other, plan(Role::Passive, *other));
    shake();
    EXPECT_EQ(client->outcome(), DtlsOutcome::Refused);
    EXPECT_EQ(server->outcome(), DtlsOutcome::WrongFingerprint);
}

TEST_F(DtlsEnds, TheStrongestHashDecides) {
    make();
    DtlsPlan both = plan(Role::Active, *other, DtlsHash::Sha256);
    both.peer.add(one->fingerprint(DtlsHash::Sha1));  // wrong, but weaker
    client = std::make_unique<DtlsEnd>(*one, both);
    shake();
    expect_keys();
    both.peer.add(one->fingerprint(DtlsHash::Sha512));
    make();
    client = std::make_unique<DtlsEnd>(*one, both);
    shake();
    EXPECT_EQ(client->outcome(), DtlsOutcome::WrongFingerprint);
}

TEST_F(DtlsEnds, TheFingerprintMayBeKnownLater) {
    for (const bool right : {true, false}) {
        make();
        DtlsPlan nobody;
        nobody.role = Role::Passive;
        server = std::make_unique<DtlsEnd>(*other, nobody);
        shake();
        EXPECT_EQ(client->outcome(), DtlsOutcome::Established);
        EXPECT_EQ(server->outcome(), DtlsOutcome::Pending);
        server->expect(plan(Role::Passive, right ? *one : *other).peer);
        EXPECT_EQ(server->outcome(), right ? DtlsOutcome::Established : DtlsOutcome::WrongFingerprint);
    }
}

TEST_F(DtlsEnds, GarbageChangesNothing) {
    make();
    const auto garbage = [&](DtlsEnd& end) {
        for (const std::string& bytes :
             {std::string(), std::string(1, 22), std::string(13, 22), std::string(1500, 23),
              std::string("\x17\xfe\xfd\0\1\0\0\0\0\0\0\0\x04oops", 17), std::string("\x80\0\0\1rtp", 7)})
            end.take(bytes);
    };
    client->begin();
    garbage(*client);
    garbage(*server);
    while (carry(*client, *server) | carry(*server, *client)) garbage(*client), garbage(*server);
    expect_keys();
    garbage(*client);
    EXPECT_EQ(client->outcome(), DtlsOutcome::Established);
}

TEST_F(DtlsEnds, ANewHelloDoesNotRenegotiate) {
    make();
    shake();
    const SrtpKeys before = server->keys();
    client = std::make_unique<DtlsEnd>(*one, plan(Role::Active, *other));
    shake(2 * kSecond);
    EXPECT_EQ(client->outcome(), DtlsOutcome::Pending);
    EXPECT_EQ(server->outcome(), DtlsOutcome::Established);
    EXPECT_EQ(server->keys(), before);
}

TEST_F(DtlsEnds, BothAreClients) {
    make();
    server = std::make_unique<DtlsEnd>(*other, plan(Role::Active, *one));
    server->begin();
    shake(2 * kSecond);
    EXPECT_TRUE(failed(client->outcome()));
    EXPECT_TRUE(failed(server->outcome()));
}

TEST(DtlsIdentityTest, FromFiles) {
    const std::string folder = std::string(GSP_TLS) + "/";
    DtlsConfig config;
    config.certificate = folder + "peer.pem", config.key = folder + "peer.key";
    auto loaded = DtlsIdentity::make(config);
    ASSERT_TRUE(loaded) << loaded.error().text;
    EXPECT_EQ((*loaded)->fingerprint(DtlsHash::Sha256), (*DtlsIdentity::make(config))->fingerprint(DtlsHash::Sha256));
    EXPECT_FALSE(make_identity()->fingerprint(DtlsHash::Sha256) == make_identity()->fingerprint(DtlsHash::Sha256));
    config.key = folder + "nothing.pem";
    EXPECT_NE(DtlsIdentity::make(config).error().text.find("-dtls_key"), std::string::npos);
    config.certificate.clear();
    EXPECT_EQ(DtlsIdentity::make(config).error().text, "-dtls_key without -dtls_cert");
    config = {};
    config.certificate = folder + "nothing.pem";
    EXPECT_NE(DtlsIdentity::make(config).error().text.find("-dtls_cert"), std::string::npos);
    config = {};
    config.profiles = "SRTP_NOTHING";
    EXPECT_NE(DtlsIdentity::make(config).error().text.find("-dtls_profiles"), std::string::npos);
}

}  // namespace
