// SPDX-License-Identifier: Apache-2.0
// BUNDLE: what SDP says of it, and how packets of one port are shared out.
#include "runtime/media/bundle.h"

#include <gtest/gtest.h>

#include "runtime/media/streams.h"
#include "runtime/transport/sockaddr.h"

namespace {

using namespace gsp::rt;

const std::string kSdp =
    "v=0\r\na=group:BUNDLE a v\r\nm=audio 5000 RTP/AVP 0 8 101\r\na=mid:a\r\n"
    "a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid\r\nm=video 0 RTP/AVP 99 101 100\r\na=bundle-only\r\na=mid:v\r\n"
    "a=extmap:4/sendrecv urn:ietf:params:rtp-hdrext:sdes:mid\r\n";

std::string without(std::string_view part) {
    std::string sdp = kSdp;
    return sdp.erase(sdp.find(part), part.size());
}

std::string with(std::string_view part, std::string_view other) {
    std::string sdp = kSdp;
    return sdp.replace(sdp.find(part), part.size(), other);
}

TEST(Bundle, InSdp) {
    const auto plan = read_bundle(kSdp);
    ASSERT_TRUE(plan);
    EXPECT_EQ(plan->mids[0] + plan->mids[1], "av");
    EXPECT_EQ(plan->mid_extension, 4);
    EXPECT_EQ(plan->video_types.count(), 2u);  // 101 is audio's too
    EXPECT_TRUE(plan->video_types[99] && plan->video_types[100]);
    for (const std::string& none :
         {without("a=group:BUNDLE a v\r\n"), without("a=mid:v\r\n"), with("BUNDLE a v", "BUNDLE a"),
          with("BUNDLE a v", "LS a v"), with("m=video", "m=image"), std::string()})
        EXPECT_FALSE(read_bundle(none)) << none;
    EXPECT_TRUE(read_bundle(with("BUNDLE a v", "BUNDLE x v a")));
}

std::string packet(uint8_t type, uint32_t ssrc, std::string_view extension = {}) {
    RtpHeader header = rtp_header(type, ssrc);
    if (!extension.empty()) header[0] |= 0x10;
    return std::string(header.begin(), header.end()).append(extension) + "payload";
}

TEST(Bundle, ExtensionsOfBothForms) {
    using namespace std::string_literals;
    const std::string one = "\xbe\xde\0\2\x10x\0\x41vw\0\0"s, two = "\x10\0\0\2\1\0\0\x04\2vw\0"s;
    EXPECT_EQ(rtp_extension(packet(0, 1, one), 4), "vw");
    EXPECT_EQ(rtp_extension(packet(0, 1, one), 1), "x");
    EXPECT_EQ(rtp_extension(packet(0, 1, two), 4), "vw");
    EXPECT_EQ(rtp_extension(packet(0, 1, one), 5), "");
    EXPECT_EQ(rtp_extension(packet(0, 1), 4), "");
    for (size_t size = 0; size < 24; ++size) EXPECT_EQ(rtp_extension(packet(0, 1, one).substr(0, size), 4), "");
    EXPECT_EQ(rtp_extension(packet(0, 1,
                                   "\xbe\xde\0\1\x4f"
                                   "abc"s),
                            4),
              "");  // longer than what is there
}

TEST(Bundle, ExtensionsThatAreSent) {
    BundlePlan plan = *read_bundle(kSdp);
    EXPECT_EQ(mid_extension(plan, MediaKind::Audio), "");
    plan.sends_mid = true;
    EXPECT_EQ(mid_extension(plan, MediaKind::Video), std::string("\xbe\xde\0\1\x40v\0\0", 8));
    for (const auto& [id, mid] : {std::pair(1, std::string("abc")),
                                  {14, std::string(16, 'm')},
                                  {14, std::string(17, 'm')},
                                  {15, std::string("x")},
                                  {255, std::string(64, 'n')}}) {
        plan.mid_extension = static_cast<uint8_t>(id);
        plan.mids[1] = mid;
        EXPECT_EQ(rtp_extension(packet(99, 1, mid_extension(plan, MediaKind::Video)), plan.mid_extension), mid);
        EXPECT_EQ(rtp_payload(packet(99, 1, mid_extension(plan, MediaKind::Video))), "payload");
    }
}

class OnePort final : public RtpNetwork {
public:
    RtpRefused send(std::span<const RtpPacket> packets) override {
        for (const RtpPacket& each : packets) note(each);
        return {};
    }
    void take(int, uint32_t, bool) override {}
    void close(int socket) override { closed.push_back(socket); }
    int shared_socket(uint16_t) override { return -1; }
    void note(const RtpPacket& each) {
        last = (each.has_header ? std::string(each.header.begin(), each.header.end()) : std::string());
        last += each.payload;
        sent.push_back({each.socket, from_native(each.to->address).port, last[1] & 0x7f});
    }
    std::string last;  // packet
    struct Sent {
        int socket;
        uint16_t port;
        int type;
        bool operator==(const Sent&) const = default;
    };
    std::vector<Sent> sent;
    std::vector<int> closed;
};

class BundleStreams : public testing::Test {
protected:
    BundleStreams() {
        for (const uint32_t which : {kAudioStream, kVideoStream}) {
            MediaCommand open;
            open.kind = MediaCommand::Kind::Open;
            open.stream = which;
            open.socket = static_cast<int>(10 + which);
            open.ssrc = 100 + which;
            open.board = &boards[which];
            streams.apply(std::move(open), 0);
        }
        MediaCommand play;
        play.kind = MediaCommand::Kind::PlayBytes;
        play.stream = kVideoStream;
        play.format = *find_rtp_format(99, "H264/90000");
        play.bytes = {bytes.data(), play.format.bytes};
        streams.apply(std::move(play), 0);
    }
    void bundle(bool on, bool sends_mid = false) {
        MediaCommand order;
        order.kind = MediaCommand::Kind::Bundle;
        order.stream = kVideoStream;
        if (on) {
            BundlePlan plan = *read_bundle(kSdp);
            plan.sends_mid = sends_mid;
            order.bundle = std::make_unique<const BundlePlan>(std::move(plan));
        }
        streams.apply(std::move(order), now);
    }
    void target(uint32_t stream, uint16_t port) {
        MediaCommand order;
        order.kind = MediaCommand::Kind::Target;
        order.stream = stream;
        order.to = {.family = 4, .port = port, .ip = {127, 0, 0, 1}};
        streams.apply(std::move(order), now);
    }
    void hear(const std::string& datagram) {
        sockaddr_storage from{};
        to_native({.family = 4, .port = 9, .ip = {127, 0, 0, 1}}, from);
        streams.received({kAudioStream, datagram, now, &from});
    }
    uint64_t heard(uint32_t stream) {
        streams.publish();
        return boards[stream].received.read()[StreamValue::PacketsReceived];
    }

    std::string bytes = std::string(2560, 'v');
    OnePort network;
    MediaCounts counts;
    StreamBoard boards[2];
    uint64_t now = 0;
    Streams streams{network, counts, {}, false, {}};
};

TEST_F(BundleStreams, VideoGoesOverThePortOfAudio) {
    bundle(true);
    streams.run(now = kSecond);
    EXPECT_TRUE(network.sent.empty());
    target(kAudioStream, 5000);
    streams.run(now);
    EXPECT_EQ(network.sent, (std::vector<OnePort::Sent>{{10, 5000, 99}}));
    target(kVideoStream, 6000);  // says nothing
    bundle(false);               // a later offer without
    streams.run(now += kSecond);
    EXPECT_EQ(network.sent.back(), (OnePort::Sent{11, 6000, 99}));
}

TEST_F(BundleStreams, PacketsSayWhoseTheyAreWhereBothSidesKnowTheExtension) {
    target(kAudioStream, 5000);
    bundle(true, true);
    streams.run(now = kSecond);
    EXPECT_EQ(kind_by_mid(network.last, *read_bundle(kSdp)), MediaKind::Video);
    EXPECT_EQ(rtp_payload(network.last), bytes.substr(0, rtp_payload(network.last).size()));
    EXPECT_EQ(counts[Counter::RtpBytesSent], network.sent.size() * network.last.size());
    MediaCommand tone;
    tone.kind = MediaCommand::Kind::PlayBytes;
    tone.stream = kAudioStream;
    tone.format = *find_rtp_format(0, "");
    tone.bytes = {bytes.data(), tone.format.bytes};
    streams.apply(std::move(tone), now);
    streams.run(now);
    EXPECT_EQ(kind_by_mid(network.last, *read_bundle(kSdp)), MediaKind::Audio);
    bundle(true);  // a later SDP of the other side has no extension
    streams.run(now += kSecond);
    EXPECT_EQ(rtp_extension(network.last, 4), "");
    EXPECT_EQ(network.last[0] & 0x10, 0);
}

TEST_F(BundleStreams, WhatArrivesIsSharedOut) {
    using namespace std::string_literals;
    bundle(true);
    hear(packet(0, 1));
    hear(packet(99, 2));
    hear(packet(111, 2));  // the SSRC is known
    hear(packet(101, 1));
    EXPECT_EQ(heard(kAudioStream), 2u);
    EXPECT_EQ(heard(kVideoStream), 2u);
    hear(packet(0, 3, "\xbe\xde\0\1\x40v\0\0"s));  // its mid says so
    hear(packet(99, 4,
                "\xbe\xde\0\1\x40"
                "a\0\0"s));
    EXPECT_EQ(heard(kAudioStream), 3u);
    EXPECT_EQ(heard(kVideoStream), 3u);
    bundle(false);
    hear(packet(99, 2));
    EXPECT_EQ(heard(kAudioStream), 4u);
}

TEST_F(BundleStreams, NothingIsLeftOfItWhenTheCallEnds) {
    bundle(true);
    target(kAudioStream, 5000);
    for (const uint32_t which : {kAudioStream, kVideoStream, kCaptureStream}) {
        MediaCommand order;
        order.kind = MediaCommand::Kind::Close;
        order.stream = which;
        streams.apply(std::move(order), now);
    }
    streams.run(now = kSecond);
    EXPECT_TRUE(network.sent.empty());
    EXPECT_EQ(network.closed, (std::vector{10, 11}));
    hear(packet(99, 2));
}

}  // namespace
