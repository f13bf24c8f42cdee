// SPDX-License-Identifier: Apache-2.0
// Media as the worker uses it, with its thread and real sockets on loopback.
#include "runtime/media/media.h"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <cstring>
#include <filesystem>
#include <fstream>

#include "runtime/transport/sockaddr.h"

namespace {

using namespace gsp::rt;

Address loopback(uint16_t port = 0) {
    return *resolve("127.0.0.1", port);
}

struct Peer {
    RtpSocket socket = std::move(*open_rtp_socket(loopback(), 65536));
    sockaddr_storage last_from{};
    std::string receive() {  // waits for it; empty: nothing came
        constexpr int kPatienceMs = 10'000;
        pollfd ready{socket.fd(), POLLIN, 0};
        char bytes[2048];
        if (poll(&ready, 1, kPatienceMs) != 1) return "";
        socklen_t len = sizeof last_from;
        const ssize_t n = recvfrom(socket.fd(), bytes, sizeof bytes, 0, reinterpret_cast<sockaddr*>(&last_from), &len);
        return n > 0 ? std::string(bytes, static_cast<size_t>(n)) : "";
    }
};

class MediaTest : public testing::Test {
protected:
    void SetUp() override {
        std::filesystem::create_directories(folder);
        std::ofstream(folder + "twenty") << std::string(20, 'a') << std::string(20, 'b');
        from.port = open_rtp_socket(loopback(), 65536)->port();
        config.net.last_media_port = 65535;
    }
    Media& media() {
        if (!media_) {
            auto opened = Media::open(config, from, clock, 1);
            EXPECT_TRUE(opened) << opened.error().text;
            media_ = std::move(*opened);
        }
        return *media_;
    }
    uint64_t count(Counter counter) {
        Counters counters;
        media().put_counts(counters);
        return counters[counter];
    }

    const std::string folder = testing::TempDir() + "media_test/", scenario = folder + "scenario.xml";
    RunConfig config;
    Address from = loopback();
    SystemClock clock;
    Peer peer;
    std::unique_ptr<Media> media_;
};

TEST_F(MediaTest, AStreamFromItsPortToThePeer) {
    const auto call = media().open_call();
    media().set_stream_targets(call, {loopback(peer.socket.port()), Address{}});  // before there is a port
    auto port = media().rtp_port(call, MediaKind::Audio);
    ASSERT_TRUE(port);
    EXPECT_EQ(*port % 2, 0);
    EXPECT_EQ(*media().rtp_port(call, MediaKind::Audio), *port);
    EXPECT_EQ(media().known_rtp_port(call, MediaKind::Video), 0);
    ASSERT_TRUE(media().stream(call, scenario, "twenty,1,18"));
    EXPECT_EQ(peer.receive().substr(12), std::string(20, 'a'));
    EXPECT_EQ(peer.receive().substr(12), std::string(20, 'b'));
    media().close_call(call);
    EXPECT_TRUE(media().shut_down());
    EXPECT_EQ(count(Counter::RtpPacketsSent), 2u);
    EXPECT_EQ(count(Counter::RtpBytesSent), 64u);
    EXPECT_FALSE(media().check_failed());
    media().reset_counts();
    EXPECT_EQ(count(Counter::RtpPacketsSent), 0u);
}

TEST_F(MediaTest, ATargetThatIsKnownLater) {
    const auto call = media().open_call();
    ASSERT_TRUE(media().stream(call, scenario, "twenty,-1,18"));
    EXPECT_NE(media().known_rtp_port(call, MediaKind::Audio), 0);
    media().set_stream_targets(call, {loopback(peer.socket.port()), Address{}});
    EXPECT_EQ(peer.receive().size(), 32u);
    media().close_call(call);
    EXPECT_EQ(media().open_call(), call);  // used again, and nothing of the old one is left
    EXPECT_EQ(media().known_rtp_port(call, MediaKind::Audio), 0);
}

TEST_F(MediaTest, APatternThatDoesNotComeBackFails) {
    const auto call = media().open_call();
    media().set_stream_targets(call, {loopback(peer.socket.port()), Address{}});
    ASSERT_TRUE(media().stream(call, scenario, "apattern,1,18"));
    EXPECT_EQ(peer.receive().substr(12), std::string(20, '\xaa'));
    EXPECT_TRUE(media().shut_down());  // also closes what is open
    EXPECT_TRUE(media().check_failed());
}

TEST_F(MediaTest, DigitsLeaveFromTheMediaPort) {
    const auto call = media().open_call();
    ASSERT_TRUE(media().play_dtmf(call, "1,50", 7));  // to no one
    media().set_capture_targets(call, {loopback(peer.socket.port())});
    ASSERT_TRUE(media().play_dtmf(call, "1,50", 7));
    const std::string first = peer.receive();
    ASSERT_EQ(first.size(), 16u);
    EXPECT_EQ(uint8_t(first[2]) << 8 | uint8_t(first[3]), kFirstDtmfSequence + 20 + 6);  // goes on counting
}

TEST_F(MediaTest, Mistakes) {
    const auto call = media().open_call();
    EXPECT_EQ(media().stream(call, scenario, "absent").error().text, "cannot play 'absent': No such file or directory");
    EXPECT_EQ(media().stream(call, scenario, "twenty,1,0").error().text,
              "cannot play 'twenty': it is shorter than a packet of 160 bytes");
    EXPECT_EQ(media().play_capture(call, CaptureKind::Audio, scenario, "twenty").error().text,
              "cannot play 'twenty': neither pcap nor pcapng");
    EXPECT_TRUE(media().stream(call, scenario, "pause"));  // nothing plays: nothing happens
    std::ofstream(folder + "cut.pcap") << "\xa1\xb2\xc3\xd4";
    EXPECT_EQ(media().library().load(scenario, "cut.pcap", 8).error().text,
              "cannot play 'cut.pcap': the capture ends within its header");
}

TEST_F(MediaTest, TheEcho) {
    config.media.echo = true;
    const uint16_t port = media().port();
    const auto send = [&](const char* text) {
        sockaddr_in to{};
        to.sin_family = AF_INET;
        to.sin_port = htons(port);
        to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        sendto(peer.socket.fd(), text, strlen(text), 0, reinterpret_cast<sockaddr*>(&to), sizeof to);
    };
    send("one");
    EXPECT_EQ(peer.receive(), "one");
    EXPECT_TRUE(media().shut_down());
    EXPECT_EQ(count(Counter::RtpEchoPackets), 1u);
    EXPECT_EQ(count(Counter::RtpEchoBytes), 3u);
}

TEST_F(MediaTest, MoreOrdersThanTheRingHoldsAreNotLost) {
    Peer busy;
    for (int i = 0; i < 10'000; ++i) {
        const auto call = media().open_call();
        ASSERT_TRUE(media().play_dtmf(call, "1,50", 7));
        media().set_capture_targets(call, {loopback(busy.socket.port())});
        ASSERT_TRUE(media().play_dtmf(call, "1,50", 7));
        media().close_call(call);
    }
    const auto call = media().open_call();
    media().set_stream_targets(call, {loopback(peer.socket.port()), Address{}});
    ASSERT_TRUE(media().stream(call, scenario, "twenty,1,18"));
    EXPECT_EQ(peer.receive().size(), 32u);
    EXPECT_EQ(peer.receive().size(), 32u);
}

TEST_F(MediaTest, ThreadsShareTheCallsAndWhatIsOfNoSingleCall) {
    config.media.threads = 3;
    while (from.port % 2 == 0) from.port = open_rtp_socket(loopback(), 65536)->port();  // no port of a stream
    constexpr size_t kCalls = 7;
    std::vector<Media::CallNumber> calls;
    std::vector<Peer> peers(kCalls);
    for (const Peer& each : peers) {
        calls.push_back(media().open_call());
        media().set_stream_targets(calls.back(), {loopback(each.socket.port()), Address{}});
        media().set_capture_targets(calls.back(), {loopback(each.socket.port())});
        ASSERT_TRUE(media().stream(calls.back(), scenario, "twenty,1,18"));
    }
    for (Peer& each : peers) {
        EXPECT_EQ(each.receive().size(), 32u);
        EXPECT_EQ(each.receive().size(), 32u);
    }
    // Digits leave from the media port, whatever thread sends them; what comes back there is for the call it comes to.
    for (size_t i = 0; i < kCalls; ++i) {
        ASSERT_TRUE(media().play_dtmf(calls[i], "1,50", 7));
        EXPECT_EQ(peers[i].receive().size(), 16u);
        EXPECT_EQ(from_native(peers[i].last_from).port, media().port());
    }
    ReportsOfCall room;
    for (size_t i = 0; i < kCalls; ++i) {
        const RtpHeader header = rtp_header(0, static_cast<uint32_t>(100 + i));
        const auto* const to = reinterpret_cast<const sockaddr*>(&peers[i].last_from);
        sendto(peers[i].socket.fd(), header.data(), header.size(), 0, to, sizeof(sockaddr_in));
        const auto heard = [&] { return media().reports(calls[i], room).back(); };
        for (int n = 0; n < 1000 && !heard()[StreamValue::PacketsReceived]; ++n) {
            pollfd nothing{-1, 0, 0};
            poll(&nothing, 1, 10);
        }
        EXPECT_EQ(heard()[StreamValue::PacketsReceived], 1u);
        EXPECT_EQ(heard().ssrc, 100 + i);
    }
    for (const auto call : calls) media().close_call(call);
    ASSERT_TRUE(media().shut_down());
    EXPECT_GE(count(Counter::RtpPacketsSent), 3 * kCalls);
    EXPECT_EQ(media().quality()->streams, kCalls);
}

TEST_F(MediaTest, ReportsOfTheStreamsOfACall) {
    const auto call = media().open_call();
    ReportsOfCall room;
    EXPECT_TRUE(media().reports(call, room).empty());
    const uint16_t port = *media().rtp_port(call, MediaKind::Audio);
    TypesOfKinds types{no_dynamic_types(), no_dynamic_types()};
    types[0][1] = codec_of_name("iLBC/8000");
    media().set_types(call, types, false);
    types[0][1] = codec_of_name("H264/90000");
    media().set_types(call, types, true);  // what its own SDP says counts
    const RtpHeader header = rtp_header(97, 5);
    sockaddr_storage to{};
    const socklen_t len = to_native(loopback(port), to);
    // The first datagram may be there before the thread knows the types.
    for (int i = 0; i < 500 && media().reports(call, room)[0].clock_hz != 90000; ++i) {
        sendto(peer.socket.fd(), header.data(), header.size(), 0, reinterpret_cast<const sockaddr*>(&to), len);
        pollfd nothing{-1, 0, 0};
        poll(&nothing, 1, 10);
    }
    const auto reports = media().reports(call, room);
    ASSERT_EQ(reports.size(), 1u);
    EXPECT_EQ(reports[0].media, StreamReport::Media::Audio);
    EXPECT_GT(reports[0][StreamValue::PacketsReceived], 0u);
    EXPECT_STREQ(reports[0].codec.data(), "H264/90000");
    EXPECT_EQ(media().quality(), nullptr);
    media().close_call(call);
    ASSERT_TRUE(media().shut_down());
    ASSERT_NE(media().quality(), nullptr);
    EXPECT_EQ(media().quality()->streams, 1u);
}

// Two calls, one on either side.
class MediaKeys : public MediaTest {
protected:
    void SetUp() override {
        MediaTest::SetUp();
        for (auto& call : calls) call = media().open_call();
        for (int i = 0; i < 2; ++i) {
            media().set_stream_targets(calls[1 - i],
                                       {loopback(*media().rtp_port(calls[i], MediaKind::Audio)), Address{}});
            ASSERT_TRUE(media().stream(calls[i], scenario, "twenty,-1,18"));
        }
    }
    std::string dtls() {  // what a side says of it
        return "a=setup:" + std::string(media().own_setup(calls[0])) +
               "\r\na=fingerprint:" + fingerprint_text(*media().fingerprint(DtlsHash::Sha256)) + "\r\n";
    }
    static std::string sdes(char fill) {
        return "a=crypto:1 AES_CM_128_HMAC_SHA1_32 inline:" + std::string(40, fill) + "\r\n";
    }
    std::string say(int side, SdpMessage message, const std::string& lines) {
        const std::string sdp = "v=0\r\nm=audio 4000 RTP/SAVP 18\r\n" + lines;
        const std::string fault = media().set_crypto(calls[side], SdpSide::Own, message, sdp, true);
        return fault + media().set_crypto(calls[1 - side], SdpSide::Peer, message, sdp, true);
    }
    StreamReport report(int side) {
        ReportsOfCall room;
        return media().reports(calls[side], room)[0];
    }
    bool comes_to(DtlsOutcome outcome, std::string_view suite) {
        for (int i = 0; i < 1000; ++i) {
            const StreamReport one = report(0), other = report(1);
            if (one.dtls == outcome && other.dtls == outcome && one.srtp && other.srtp && one.srtp == suite)
                return true;
            pollfd nothing{-1, 0, 0};
            poll(&nothing, 1, 10);
        }
        return false;
    }
    std::array<Media::CallNumber, 2> calls;
};

TEST_F(MediaKeys, SdpDecidesWhereTheyComeFrom) {
    EXPECT_EQ(say(0, SdpMessage::Request, sdes('A') + dtls()), "");
    EXPECT_EQ(media().own_setup(calls[1]), "active");
    std::string answer = dtls();
    answer.replace(8, 7, "active");
    EXPECT_EQ(say(1, SdpMessage::Response, answer), "");
    EXPECT_TRUE(comes_to(DtlsOutcome::Established, "AEAD_AES_128_GCM"));
    EXPECT_EQ(media().dtls_fault(calls[0]), "");
    EXPECT_EQ(media().own_setup(calls[1]), "active");  // its role stays
    // A later answer takes the keys of the offer instead.
    say(1, SdpMessage::Request, sdes('B') + answer);
    EXPECT_EQ(say(0, SdpMessage::Response, sdes('C')), "");
    EXPECT_TRUE(comes_to(DtlsOutcome::None, "AES_CM_128_HMAC_SHA1_32"));
    // … and the next one a handshake again, whoever offers.
    say(0, SdpMessage::Request, "a=setup:passive\r\n" + answer.substr(answer.find("a=f")));
    EXPECT_EQ(say(1, SdpMessage::Response, answer), "");
    EXPECT_TRUE(comes_to(DtlsOutcome::Established, "AEAD_AES_128_GCM"));
    ASSERT_TRUE(media().shut_down());
    EXPECT_EQ(count(Counter::DtlsHandshakes), 4u);
    EXPECT_EQ(count(Counter::DtlsFailures), 0u);
}

TEST_F(MediaKeys, TwoThatDoNotGoTogether) {
    std::string lines = dtls();
    lines.replace(8, 7, "active");
    say(0, SdpMessage::Request, lines);
    say(1, SdpMessage::Response, lines);
    const std::string fault = "a=setup of offer and answer do not go together";
    for (int i = 0; i < 1000 && media().dtls_fault(calls[0]) != fault; ++i) {
        pollfd nothing{-1, 0, 0};
        poll(&nothing, 1, 10);
    }
    EXPECT_EQ(media().dtls_fault(calls[0]), fault);
    EXPECT_EQ(report(0).srtp, nullptr);
}

}  // namespace
