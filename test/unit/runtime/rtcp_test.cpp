// SPDX-License-Identifier: Apache-2.0
// RTCP: packets written and read, reports of sources, round trips; streams that send reports in virtual time.
#include "runtime/media/rtcp.h"

#include <gtest/gtest.h>

#include <string>

#include "runtime/base/clock.h"
#include "runtime/media/reception.h"
#include "runtime/media/rtcp_xr.h"
#include "runtime/media/sdp.h"
#include "runtime/media/streams.h"

namespace {

using namespace gsp::rt;
using Kind = MediaCommand::Kind;

constexpr RtcpBlock kBlock{0x11223344, 25, -3, 0x00010007, 80, 0xaabbccdd, 0x00018000};

TEST(Rtcp, AreReadAsTheyWereWritten) {
    RtcpWriter writer;
    writer.sender_report(7, {0x0102030405060708, 9, 10, 11}, {&kBlock, 1});
    writer.cname(7, "a@b");
    writer.bye(7);
    std::string_view rest = writer.packet();
    EXPECT_EQ(rest.size(), 4u * (13 + 4 + 2));
    EXPECT_EQ(rest.substr(0, 8), std::string_view("\x81\xc8\0\x0c\0\0\0\7", 8));
    EXPECT_EQ(rest.substr(52, 16), std::string_view("\x81\xca\0\3\0\0\0\7\1\3a@b\0\0\0", 16));
    auto packet = take_rtcp(rest);
    ASSERT_TRUE(packet);
    EXPECT_EQ(packet->type, kRtcpSr);
    EXPECT_EQ(packet->ssrc(), 7u);
    const auto info = packet->sender_info();
    ASSERT_TRUE(info);
    EXPECT_EQ(info->ntp, 0x0102030405060708u);
    EXPECT_EQ(info->octets, 11u);
    const auto block = packet->block(0);
    ASSERT_TRUE(block);
    EXPECT_EQ(block->ssrc, kBlock.ssrc);
    EXPECT_EQ(block->fraction_lost, 25);
    EXPECT_EQ(block->lost, -3);
    EXPECT_EQ(block->since_last_sr, 0x00018000u);
    EXPECT_FALSE(packet->block(1));
    EXPECT_EQ(take_rtcp(rest)->type, kRtcpSdes);
    packet = take_rtcp(rest);
    EXPECT_EQ(packet->type, kRtcpBye);
    EXPECT_FALSE(packet->sender_info());
    EXPECT_FALSE(take_rtcp(rest));
}

TEST(Rtcp, WhatIsCutOffIsNotRead) {
    RtcpWriter writer;
    writer.receiver_report(7, {&kBlock, 1});
    const std::string whole(writer.packet());
    for (size_t size = 0; size < whole.size(); ++size) {
        std::string_view part = std::string_view(whole).substr(0, size);
        EXPECT_FALSE(take_rtcp(part)) << size;
    }
    std::string lies = whole;
    lies[0] = '\x9f';  // 31 blocks
    std::string_view rest = lies;
    const auto packet = take_rtcp(rest);
    EXPECT_TRUE(packet->block(0));
    EXPECT_FALSE(packet->block(1));
    RtcpWriter full;
    const std::array<RtcpBlock, 31> blocks{};
    full.receiver_report(1, blocks);
    full.receiver_report(2, blocks);  // no room
    EXPECT_EQ(full.packet().size(), 8u + 31 * 24);
}

// RFC 3550 6.4.1, figure 2: 10 Nov 1995, 11:33:25.125 UTC; A 0xb710:8000, DLSR 5.250 s, LSR 0xb705:2000 → 6.125 s.
TEST(Rtcp, RoundTripOfTheRfc) {
    RtcpBlock block{};
    block.last_sr = 0xb7052000;
    block.since_last_sr = 0x00054000;
    EXPECT_FALSE(round_trip_ns(block, uint64_t{0xa710'8000} << 16));  // of another day
    EXPECT_EQ(round_trip_ns(block, uint64_t{0xb710'8000} << 16), 6'125 * kMillisecond);
    block.last_sr = 0;
    EXPECT_FALSE(round_trip_ns(block, uint64_t{0xb710'8000} << 16));
    EXPECT_EQ(ntp_of(0) >> 32, 2'208'988'800u);
    EXPECT_EQ(static_cast<uint32_t>(ntp_of(kSecond / 2)), 1u << 31);
}

TEST(Rtcp, ReportsOfASource) {
    RtpSource source;
    const auto packet = [&](uint16_t sequence) {
        const RtpView view{0, false, sequence, sequence * 160u, 5, ""};
        if (!source.packets()) source.begin(view, 0);
        source.take(sequence);
        source.time(view, 8000, sequence * 20 * kMillisecond);
    };
    for (const uint16_t i : {uint16_t{65534}, uint16_t{65535}, uint16_t{0}, uint16_t{2}}) packet(i);
    RtcpBlock block = source.report(kSecond);
    EXPECT_EQ(block.ssrc, 5u);
    EXPECT_EQ(block.fraction_lost, 256 / 5);
    EXPECT_EQ(block.lost, 1);
    EXPECT_EQ(block.highest, 0x10002u);  // one cycle
    EXPECT_EQ(block.since_last_sr, 0u);
    EXPECT_FALSE(source.has_news());
    packet(3);
    source.note_sender_report(0x0000'1234'5678'0000, kSecond);
    block = source.report(3 * kSecond + kSecond / 2);
    EXPECT_EQ(block.fraction_lost, 0);
    EXPECT_EQ(block.lost, 1);
    EXPECT_EQ(block.last_sr, 0x12345678u);
    EXPECT_EQ(block.since_last_sr, 0x00028000u);
}

TEST(Sdp, RtcpTargets) {
    const Address to = *resolve("127.0.0.1", 4000), other = *resolve("127.0.0.2", 7001);
    const auto of = [&](const std::string& lines) {
        return read_rtcp_targets("v=0\r\na=rtcp-mux\r\nm=audio 4000 RTP/AVP 0\r\n" + lines, {to, Address{}})[0];
    };
    EXPECT_EQ(of("").to, *resolve("127.0.0.1", 4001));
    EXPECT_FALSE(of("").muxed);
    EXPECT_TRUE(of("a=rtcp-mux\r\n").muxed);
    EXPECT_EQ(of("a=rtcp:5000\r\n").to, *resolve("127.0.0.1", 5000));
    EXPECT_EQ(of("a=rtcp:7001 IN IP4 127.0.0.2\r\n").to, other);
    EXPECT_EQ(read_rtcp_targets("m=audio 4000 RTP/AVP 0\r\n", {to, Address{}})[1].to.family, 0);
}

class MemoryNetwork final : public RtpNetwork {
public:
    RtpRefused send(std::span<const RtpPacket> packets) override {
        for (const RtpPacket& packet : packets)
            if (!packet.has_header)
                sent.push_back({now_ms, packet.socket, endpoint_text(from_native(packet.to->address)),
                                std::string(packet.payload)});
        return {};
    }
    void take(int, uint32_t, bool) override {}
    void close(int) override {}
    int shared_socket(uint16_t) override { return -1; }
    struct Sent {
        uint64_t at_ms;
        int socket;
        std::string to, packet;
        uint8_t type() const { return static_cast<uint8_t>(packet[1]); }
    };
    uint64_t now_ms = 0;
    std::vector<Sent> sent;  // but for RTP
};

class RtcpStreams : public testing::Test {
protected:
    void give(MediaCommand&& command) { streams->apply(std::move(command), network.now_ms * kMillisecond); }
    static MediaCommand order(Kind kind) {
        MediaCommand made;
        made.kind = kind;
        return made;
    }
    void start(uint64_t seed = 1, bool muxed = false) {
        network = {};
        streams = std::make_unique<Streams>(network, counts, RtpTolerance{}, false, RtcpPlan{true, seed, kEpoch});
        MediaCommand open = order(Kind::Open);
        open.socket = 10, open.rtcp_socket = 11, open.ssrc = 77, open.board = &board;
        give(std::move(open));
        MediaCommand target = order(Kind::Target);
        target.to = *resolve("127.0.0.1", 4000);
        give(std::move(target));
        target = order(Kind::RtcpTarget);
        target.to = *resolve("127.0.0.1", 4001);
        target.on = muxed;
        give(std::move(target));
    }
    void play() {
        MediaCommand play = order(Kind::PlayBytes);
        play.bytes = bytes;
        play.format = *find_rtp_format(0, "");
        give(std::move(play));
    }
    void until(uint64_t end_ms) {
        for (; network.now_ms < end_ms; ++network.now_ms) streams->run(network.now_ms * kMillisecond);
    }
    void arrive(const std::string& packet, bool rtcp) {
        sockaddr_storage from{};
        streams->received({0, packet, network.now_ms * kMillisecond, &from, rtcp});
    }
    StreamReport seen() {
        streams->publish();
        return board.received.read();
    }
    static std::string rtp(uint16_t sequence) {
        RtpHeader header = rtp_header(0, 5);
        patch(header, sequence, sequence * 160u);
        return std::string(header.begin(), header.end()) + "audio";
    }

    static constexpr uint64_t kEpoch = 1'700'000'000 * kSecond;
    const std::string bytes = std::string(320, 'a');
    MemoryNetwork network;
    MediaCounts counts;
    StreamBoard board;
    std::unique_ptr<Streams> streams;
};

TEST_F(RtcpStreams, ReportsAtRandomTimesThatTheSeedDecides) {
    const auto times = [&](uint64_t seed) {
        start(seed);
        until(60'000);
        std::vector<uint64_t> at;
        for (const auto& sent : network.sent) at.push_back(sent.at_ms);
        return at;
    };
    const std::vector<uint64_t> one = times(1);
    EXPECT_EQ(one, times(1));
    EXPECT_NE(one, times(2));
    EXPECT_GE(one[0], 1026u);  // 2.5 s × 0.5 / 1.21828, to × 1.5
    EXPECT_LE(one[0], 3079u);
    for (size_t i = 1; i < one.size(); ++i) {
        EXPECT_GE(one[i] - one[i - 1], 2051u);
        EXPECT_LE(one[i] - one[i - 1], 6158u);
    }
}

TEST_F(RtcpStreams, ASenderAndAReceiver) {
    start();
    until(4000);
    ASSERT_GE(network.sent.size(), 1u);
    EXPECT_EQ(network.sent[0].type(), kRtcpRr);  // nothing to say
    EXPECT_EQ(network.sent[0].to, "127.0.0.1:4001");
    EXPECT_EQ(network.sent[0].socket, 11);
    play();
    until(20'000);
    std::string_view rest = network.sent.back().packet;
    const auto packet = take_rtcp(rest);
    ASSERT_EQ(packet->type, kRtcpSr);
    EXPECT_EQ(packet->ssrc(), 77u);
    const auto info = packet->sender_info();
    const uint64_t at_ms = network.sent.back().at_ms;
    EXPECT_EQ(info->ntp, ntp_of(kEpoch + at_ms * kMillisecond));
    EXPECT_EQ(info->timestamp, at_ms * 8);
    EXPECT_EQ(info->octets, info->packets * 160);
    EXPECT_NEAR(info->packets, static_cast<double>(at_ms - 4000) / 20, 1);
    EXPECT_EQ(take_rtcp(rest)->type, kRtcpSdes);
    EXPECT_GT(counts[Counter::RtcpSenderReports], 0u);
    EXPECT_GT(counts[Counter::RtcpReceiverReports], 0u);
}

TEST_F(RtcpStreams, WhatWasReceivedIsReportedAndTheEndSaid) {
    start();
    arrive(rtp(1), false);
    arrive(rtp(3), false);
    give(order(Kind::Close));
    ASSERT_EQ(network.sent.size(), 1u);
    std::string_view rest = network.sent[0].packet;
    const auto block = take_rtcp(rest)->block(0);
    ASSERT_TRUE(block);
    EXPECT_EQ(block->ssrc, 5u);
    EXPECT_EQ(block->lost, 1);
    EXPECT_EQ(block->highest, 3u);
    EXPECT_EQ(take_rtcp(rest)->type, kRtcpSdes);
    EXPECT_EQ(take_rtcp(rest)->type, kRtcpXr);
    EXPECT_EQ(take_rtcp(rest)->type, kRtcpBye);
    until(10'000);
    EXPECT_EQ(network.sent.size(), 1u);
}

TEST_F(RtcpStreams, WhatTheOtherSideReports) {
    start();
    until(1000);
    RtcpBlock block{};
    block.ssrc = 77, block.fraction_lost = 64, block.lost = 9, block.jitter = 80;
    block.last_sr = middle_of(ntp_of(kEpoch + 600 * kMillisecond));
    block.since_last_sr = 65536 * 3 / 10;
    RtcpBlock of_another = block;
    of_another.ssrc = 78;
    const RtcpBlock blocks[] = {of_another, block};
    RtcpWriter writer;
    writer.receiver_report(5, blocks);
    writer.bye(5);
    arrive(std::string(writer.packet()), true);
    arrive("no RTCP", true);
    RtcpWriter bye;
    bye.bye(5);
    arrive(std::string(bye.packet()), true);  // no compound packet
    const StreamReport r = seen();
    EXPECT_EQ(r[StreamValue::RtcpReceived], 1u);
    EXPECT_EQ(r[StreamValue::RtcpBlocks], 1u);
    EXPECT_EQ(r[StreamValue::RemoteLost], 9u);
    EXPECT_EQ(r[StreamValue::RemoteFraction], 64u);
    EXPECT_EQ(r[StreamValue::RemoteJitter], 80u);
    EXPECT_EQ(r[StreamValue::ByesReceived], 1u);
    EXPECT_NEAR(static_cast<double>(r[StreamValue::RoundTrip]) / kMillisecond, 100, 0.1);
    EXPECT_EQ(counts[Counter::RtcpPacketsReceived], 1u);
}

TEST_F(RtcpStreams, OnePortForBoth) {
    start(1, true);
    until(4000);
    ASSERT_GE(network.sent.size(), 1u);
    EXPECT_EQ(network.sent[0].to, "127.0.0.1:4000");
    EXPECT_EQ(network.sent[0].socket, 10);
    RtcpWriter writer;
    writer.receiver_report(5, {});
    arrive(std::string(writer.packet()), false);
    EXPECT_EQ(seen()[StreamValue::RtcpReceived], 1u);
    EXPECT_EQ(seen()[StreamValue::PacketsReceived], 0u);
}

TEST_F(RtcpStreams, AreSealedWithTheKeysOfTheirStream) {
    start();
    SrtpKeys keys;
    keys.own.first().fill(1), keys.peer.first().fill(2);
    MediaCommand protect = order(Kind::Protect);
    protect.keys = std::make_unique<const SrtpKeys>(keys);
    give(std::move(protect));
    until(4000);
    ASSERT_GE(network.sent.size(), 1u);
    alignas(8) std::array<char, 1500> room{};
    const std::string& sealed = network.sent[0].packet;
    std::copy(sealed.begin(), sealed.end(), room.begin());
    auto in = SrtpContext::create(keys.own, SrtpContext::Direction::In);
    const size_t size = in->unprotect_rtcp({room.data(), sealed.size()});
    std::string_view rest(room.data(), size);
    EXPECT_EQ(take_rtcp(rest)->type, kRtcpRr);
    arrive(sealed, true);  // not with the other side's key
    EXPECT_EQ(counts[Counter::SrtpErrors], 1u);
}

}  // namespace
