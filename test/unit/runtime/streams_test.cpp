// SPDX-License-Identifier: Apache-2.0
// Streams on a clock that is set and a network in memory: which packet leaves when, to where, with what in it.
#include "runtime/media/streams.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <deque>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <thread>

#include "runtime/media/audio_file.h"
#include "runtime/media/capture.h"
#include "runtime/media/rtp.h"
#include "runtime/media/rtp_socket.h"
#include "runtime/media/spsc_ring.h"
#include "runtime/stats/sent_in_time.h"
#include "runtime/transport/sockaddr.h"

namespace {

using namespace gsp::rt;
using Kind = MediaCommand::Kind;

TEST(Rtp, HeaderAndPayload) {
    RtpHeader header = rtp_header(8, 0xca110003, true);
    patch(header, 0x1234, 0x567890ab);
    const std::string packet(header.begin(), header.end());
    EXPECT_EQ(packet, std::string("\x80\x88\x12\x34\x56\x78\x90\xab\xca\x11\x00\x03", 12));
    EXPECT_EQ(rtp_payload(packet + "abc"), "abc");
    std::string other = packet + "CSRC" + std::string("\0\0\0\1ext.", 8) + "abc" + std::string("\0\2", 2);
    other[0] = static_cast<char>(0x80 | 0x20 | 0x10 | 1);  // padding, extension, one CSRC
    EXPECT_EQ(rtp_payload(other), "abc");
    EXPECT_EQ(rtp_payload(packet.substr(1)), "");
    EXPECT_EQ(rtp_payload(std::string(20, '\0')), "");  // another version
}

TEST(Rtp, Formats) {
    EXPECT_EQ(find_rtp_format(9, "")->bytes, 160);
    EXPECT_EQ(find_rtp_format(13, "anything")->ticks, 1200);
    EXPECT_FALSE(find_rtp_format(13, ""));
    EXPECT_FALSE(find_rtp_format(1, ""));
    EXPECT_FALSE(find_rtp_format(4, ""));  // known, but not sent
    EXPECT_FALSE(find_rtp_format(97, "GSM-EFR/8000"));
    EXPECT_EQ(find_rtp_format(96, "opus/48000/2")->ticks, 960);
    EXPECT_EQ(find_rtp_format(100, "PCMU/8000")->bytes, 160);  // a dynamic type can be any codec that is named
    EXPECT_FALSE(find_rtp_format(9, "PCMU/8000"));
    EXPECT_FALSE(find_rtp_format(96, "nothing/8000"));
}

struct Sent {
    uint64_t at_ms;
    int socket;
    std::string to, packet;
    uint16_t sequence() const { return static_cast<uint16_t>(uint8_t(packet[2]) << 8 | uint8_t(packet[3])); }
    uint32_t timestamp() const {
        return uint32_t(uint8_t(packet[4])) << 24 | uint8_t(packet[5]) << 16 | uint8_t(packet[6]) << 8 |
               uint8_t(packet[7]);
    }
    std::string payload() const { return packet.substr(12); }
};

class MemoryNetwork final : public RtpNetwork {
public:
    RtpRefused send(std::span<const RtpPacket> packets) override {
        for (const RtpPacket& packet : packets) {
            std::string bytes = packet.has_header ? std::string(packet.header.begin(), packet.header.end()) : "";
            sent.push_back(
                {now_ms, packet.socket, endpoint_text(from_native(packet.to->address)), bytes.append(packet.payload)});
        }
        return refused;
    }
    void take(int socket, uint32_t stream, bool) override { streams[socket] = stream; }
    void close(int socket) override { streams.erase(socket); }
    int shared_socket(uint16_t port) override { return 10000 + port; }
    Address local(int socket) override { return *resolve("127.0.0.2", static_cast<uint16_t>(socket)); }

    uint64_t now_ms = 0;
    RtpRefused refused;  // of each batch
    std::vector<Sent> sent;
    std::map<int, uint32_t> streams;
};

class StreamsTest : public testing::Test {
protected:
    MediaCommand order(Kind kind, uint32_t stream = kAudioStream) {
        MediaCommand made;
        made.kind = kind;
        made.stream = stream;
        return made;
    }
    void give(MediaCommand&& command) { streams.apply(std::move(command), now_ms * kMillisecond); }
    void open(uint32_t stream = kAudioStream) {
        MediaCommand made = order(Kind::Open, stream);
        made.socket = 100 + static_cast<int>(stream);
        made.port = static_cast<uint16_t>(6000 + 2 * stream);
        made.ssrc = 0xca110000;
        made.board = &board;
        give(std::move(made));
    }
    void target(uint16_t port, uint32_t stream = kAudioStream) {
        MediaCommand made = order(Kind::Target, stream);
        made.to = *resolve("127.0.0.1", port);
        give(std::move(made));
    }
    void play(std::string_view bytes, uint32_t loops, uint32_t type = 18, bool pattern = false) {
        MediaCommand made = order(Kind::PlayBytes);
        sources.push_back(with_its_beginning(bytes));
        made.bytes = std::string_view(sources.back()).substr(0, bytes.size());
        made.loops = loops;
        made.format = *find_rtp_format(type, "");
        made.pattern = pattern;
        give(std::move(made));
    }
    void arrive(uint32_t stream, const std::string& packet, uint16_t from_port = 4000) {
        sockaddr_storage from{};
        to_native(*resolve("127.0.0.1", from_port), from);
        streams.received({stream, packet, now_ms * kMillisecond, &from});
    }
    void until(uint64_t end_ms) {
        for (; now_ms <= end_ms; ++now_ms) {
            network.now_ms = now_ms;
            streams.run(now_ms * kMillisecond);
        }
        now_ms = end_ms;
    }
    std::vector<uint64_t> times() const {
        std::vector<uint64_t> out;
        for (const Sent& s : network.sent) out.push_back(s.at_ms);
        return out;
    }

    static constexpr std::string_view library_bytes = "01234567890123456789";  // a packet of G.729
    uint64_t now_ms = 1000;
    StreamBoard board;
    std::deque<std::string> sources;
    MemoryNetwork network;
    MediaCounts counts;
    Streams streams{network, counts, {1, 0.5}, false, {}};
};

// What is sent of digits: times, and "event/duration" with `m` for the marker and `e` for the end; `-` is audio.
class DigitsTest : public StreamsTest {
protected:
    void digits(const std::string& value, uint32_t format_type = 0) {
        MediaCommand made = order(Kind::Events);
        EventOrder events = *parse_event_order(value);
        events.type = 101;
        made.events = std::make_unique<const EventOrder>(std::move(events));
        made.format = *find_rtp_format(format_type, "");
        give(std::move(made));
    }
    static bool is_event(const Sent& sent) { return (sent.packet[1] & 0x7f) == 101; }
    static uint32_t duration(const Sent& sent) {
        return uint32_t{uint8_t(sent.packet[14])} << 8 | uint8_t(sent.packet[15]);
    }
    std::string told() const {
        std::string out;
        for (const Sent& s : network.sent) {
            if (!out.empty()) out += ' ';
            if (!is_event(s)) {
                out += '-';
                continue;
            }
            if (s.packet[1] & 0x80) out += 'm';
            out += std::to_string(s.packet[12]) + '/' + std::to_string(duration(s));
            if (s.packet[13] & 0x80) out += 'e';
        }
        return out;
    }
};

TEST_F(DigitsTest, TakeThePlaceOfAudioThatGoesOnBehindThem) {
    open();
    target(4000);
    std::string bytes;
    for (char c = 'a'; c <= 'z'; ++c) bytes.append(20, c);
    play(bytes, 1);  // 26 packets
    until(1050);
    digits("1#,50,100");
    until(2000);
    EXPECT_EQ(
        told(),
        "- - - m1/160 1/320 1/400e 1/400e 1/400e - - - m11/160 11/320 11/400e 11/400e 11/400e - - - - - - - - - -");
    ASSERT_EQ(network.sent.size(), 26u);
    for (size_t i = 0; i < 26; ++i) {
        const Sent& sent = network.sent[i];
        EXPECT_EQ(sent.at_ms, 1000 + 20 * i);
        EXPECT_EQ(sent.sequence(), i);
        EXPECT_EQ(sent.packet.substr(8, 4), network.sent[0].packet.substr(8, 4));  // one SSRC
        if (is_event(sent)) continue;
        EXPECT_EQ(sent.payload(), std::string(20, static_cast<char>('a' + i)));
        EXPECT_EQ(sent.timestamp(), 8 * sent.at_ms);
    }
    for (size_t i = 3; i < 8; ++i) EXPECT_EQ(network.sent[i].timestamp(), 8u * 1060);
    for (size_t i = 11; i < 16; ++i) EXPECT_EQ(network.sent[i].timestamp(), 8u * 1220);
    EXPECT_EQ(streams.next_due_ns(), TimerWheel::kNever);
}

TEST_F(DigitsTest, WithoutAudioAndWhileItIsPaused) {
    open();
    digits("5,40,0");
    until(1100);
    EXPECT_TRUE(network.sent.empty());  // nobody is known to send it to
    target(4000);
    digits("6,20,0");  // behind the first
    until(1400);
    EXPECT_EQ(told(), "m5/160 5/320e 5/320e 5/320e m6/160e 6/160e 6/160e");
    play(std::string(100, 'a'), 0);
    until(1450);
    network.sent.clear();
    digits("7,20,60");
    give(order(Kind::Pause));
    until(1600);
    give(order(Kind::Resume));
    until(1650);
    EXPECT_EQ(told(), "m7/160e 7/160e 7/160e - - -");
}

TEST_F(DigitsTest, LongOnesGoOnAsAnotherEvent) {
    open();
    target(4000);
    digits("0,9000,0");
    until(11000);
    const auto& sent = network.sent;
    ASSERT_EQ(sent.size(), 450u + 2);
    EXPECT_EQ(duration(sent[408]), 409u * 160);  // 65440: one more would not fit
    EXPECT_EQ(duration(sent[409]), 160u);
    EXPECT_EQ(sent[409].timestamp() - sent[0].timestamp(), 409u * 160);
    EXPECT_FALSE(sent[409].packet[1] & 0x80);
    EXPECT_FALSE(sent[408].packet[13] & 0x80);
    EXPECT_TRUE(sent[451].packet[13] & 0x80);
}

TEST(EventOrders, Forms) {
    EXPECT_EQ(parse_event_order("0*D")->events, (std::vector<uint8_t>{0, 10, 15}));
    EXPECT_EQ(parse_event_order("1,80")->ms, 80u);
    EXPECT_EQ(parse_event_order("1,80,40")->gap_ms, 40u);
    for (const char* wrong : {"", ",100", "1x", "1,9", "1,600001", "1,a", "1,100,a", "1,100,600001", "1,100,50,1"})
        EXPECT_FALSE(parse_event_order(wrong)) << wrong;
    EXPECT_EQ(parse_event_order("1x").error().text, "send_dtmf=\"1x\": digits are 0 to 9, *, #, A to D");
}

TEST_F(StreamsTest, AFileInPacketsAndLoops) {
    const std::string bytes = std::string(20, 'a') + std::string(20, 'b') + "rest";  // G.729: 20 bytes, 20 ms
    // SIPp: the file goes on where it began, also to fill up the last packet.
    open();
    target(4000);
    play(bytes, 2);
    until(1200);
    ASSERT_EQ(times(), (std::vector<uint64_t>{1000, 1020, 1040, 1060, 1080}));
    const auto& sent = network.sent;
    EXPECT_EQ(sent[0].to, "127.0.0.1:4000");
    EXPECT_EQ(sent[0].socket, 100);
    EXPECT_EQ(sent[0].packet.substr(0, 12),
              std::string("\x80\x12\0\0\0\0\x1f\x40\xca\x11\0\0", 12));  // 8000 ticks: 1 s
    EXPECT_EQ(sent[1].payload(), std::string(20, 'b'));
    EXPECT_EQ(sent[2].payload(), "rest" + std::string(16, 'a'));
    EXPECT_EQ(sent[3].payload(), "aaaa" + std::string(16, 'b'));
    EXPECT_EQ(sent[4].payload(), "bbbbrest" + std::string(12, 'a'));
    EXPECT_EQ(sent[3].sequence(), 3);
    EXPECT_EQ(sent[3].timestamp(), 8000u + 3 * 160);
    EXPECT_EQ(counts[Counter::RtpPacketsSent], 5u);
    EXPECT_EQ(counts[Counter::RtpBytesSent], 5u * 32);
    EXPECT_EQ(counts[Counter::RtpPacketsLate], 0u);
}

TEST_F(StreamsTest, WhatTheNetworkRefusesIsNotSent) {
    network.refused = {1, 32};
    open();
    target(4000);
    play(std::string(40, 'a'), 1);
    until(1100);
    EXPECT_EQ(counts[Counter::RtpSendErrors], 2u);
    EXPECT_EQ(counts[Counter::RtpPacketsSent], 0u);
    EXPECT_EQ(counts[Counter::RtpBytesSent], 0u);
}

TEST_F(StreamsTest, NothingIsSentWithoutADestination) {
    open();
    play(std::string_view("01234567890123456789"), 0);
    until(1100);
    EXPECT_TRUE(network.sent.empty());
    target(4000);
    until(1130);
    EXPECT_EQ(times(), (std::vector<uint64_t>{1100, 1120}));
    target(4002);  // moves
    until(1150);
    EXPECT_EQ(network.sent.back().to, "127.0.0.1:4002");
    EXPECT_EQ(network.sent.back().at_ms, 1140u);
}

TEST_F(StreamsTest, OnHoldUntilThereIsADestinationAgain) {
    open();
    target(4000);
    play(std::string(20, 'a'), 0);
    until(1020);
    give(order(Kind::Target));  // none
    until(1100);
    EXPECT_EQ(times(), (std::vector<uint64_t>{1000, 1020}));
    target(4002);
    until(1120);
    EXPECT_EQ(times(), (std::vector<uint64_t>{1000, 1020, 1100, 1120}));
    EXPECT_EQ(network.sent.back().to, "127.0.0.1:4002");
    EXPECT_EQ(network.sent.back().sequence(), 3u);
}

TEST_F(StreamsTest, PauseKeepsTheClockRunning) {
    open();
    target(4000);
    play(std::string_view("01234567890123456789"), 0);
    until(1030);
    MediaCommand other = order(Kind::Pause);
    other.pattern = true;  // no pattern plays: nothing happens
    give(std::move(other));
    give(order(Kind::Pause));
    until(1200);
    give(order(Kind::Resume));
    until(1210);
    ASSERT_EQ(times(), (std::vector<uint64_t>{1000, 1020, 1200}));
    EXPECT_EQ(network.sent[2].sequence(), 2);
    EXPECT_EQ(network.sent[2].timestamp(), 1200u * 8);
}

TEST_F(StreamsTest, LatePacketsAreCountedAndDelayNoOther) {
    open();
    target(4000);
    play(std::string_view("01234567890123456789"), 0);
    until(1000);
    now_ms = 1047;  // the thread has slept: 1020 and 1040 are due
    until(1060);
    EXPECT_EQ(times(), (std::vector<uint64_t>{1000, 1047, 1047, 1060}));
    EXPECT_EQ(counts[Counter::RtpPacketsLate], 2u);
    EXPECT_EQ(counts[Counter::RtpPacketsLateBy2ms], 2u);
    EXPECT_EQ(network.sent[2].timestamp(), 1040u * 8);
    EXPECT_EQ(board.packets_late, 2u);
    now_ms = 1083;
    until(1083);  // 1080
    EXPECT_EQ(counts[Counter::RtpPacketsLateBy2ms], 3u);
    EXPECT_EQ(counts[Counter::RtpPacketsLate], 2u);
    network.refused.at_ns = 1106 * kMillisecond;  // the network takes its time
    until(1100);
    EXPECT_EQ(counts[Counter::RtpPacketsLate], 3u);
    EXPECT_EQ(counts[Counter::RtpPacketsUnsent], 0u);
    now_ms = 1170;  // 1120, 1140 and 1160 are due, but nobody sends any more
    give(order(Kind::Close));
    EXPECT_EQ(counts[Counter::RtpPacketsUnsent], 2u);
}

TEST_F(StreamsTest, WhatIsTooLateForAReceiverOrNeverLeft) {
    const auto sent = [&](uint64_t at_ms) {
        StreamReport report;
        board.put_sent(report, at_ms * kMillisecond);
        return report;
    };
    open();
    target(4000);
    play(std::string_view("01234567890123456789"), 0);
    until(1000);
    now_ms = 1101;  // 1020 and 1040 are more than 60 ms late, 1060 and 1080 are not, 1100 is on time
    until(1101);
    EXPECT_EQ(sent(1101)[StreamValue::PacketsSent], 6u);
    EXPECT_EQ(sent(1101)[StreamValue::PacketsLate], 4u);
    EXPECT_EQ(sent(1101)[StreamValue::PacketsSentTooLate], 2u);
    EXPECT_EQ(counts[Counter::RtpPacketsTooLate], 2u);
    // The thread does not come any more: 1120, 1140 … are not sent.
    EXPECT_EQ(sent(1180)[StreamValue::PacketsMissed], 0u);
    EXPECT_EQ(sent(1181)[StreamValue::PacketsMissed], 1u);
    EXPECT_EQ(sent(1201)[StreamValue::PacketsMissed], 2u);
    now_ms = 1201;
    give(order(Kind::Pause));
    EXPECT_EQ(sent(2000)[StreamValue::PacketsMissed], 2u);
    now_ms = 2000;
    give(order(Kind::Resume));
    until(2100);
    EXPECT_EQ(sent(2100)[StreamValue::PacketsMissed], 2u);
    EXPECT_EQ(sent(2100)[StreamValue::PacketsSentTooLate], 2u);
    give(order(Kind::Close));
    EXPECT_EQ(streams.quality().sum[StreamValue::PacketsMissed], 2u);
    open();  // the board is used again
    EXPECT_EQ(sent(2200)[StreamValue::PacketsMissed], 0u);
    EXPECT_EQ(sent(2200)[StreamValue::PacketsSentTooLate], 0u);
}

TEST_F(StreamsTest, AStreamWhoseOrderIsTakenLateIsLate) {
    open();
    target(4000);
    play(std::string_view("01234567890123456789"), 0);  // given at 1000
    now_ms = 1100;                                      // the thread comes
    until(1100);
    EXPECT_EQ(network.sent.size(), 6u);
    EXPECT_EQ(counts[Counter::RtpPacketsLate], 5u);
    EXPECT_EQ(counts[Counter::RtpPacketsTooLate], 2u);
}

TEST_F(StreamsTest, AStreamThatEndsByItselfMissesNothing) {
    open();
    target(4000);
    play(std::string(40, 'a'), 1);
    until(1020);
    StreamReport report;
    board.put_sent(report, 5000 * kMillisecond);
    EXPECT_EQ(report[StreamValue::PacketsSent], 2u);
    EXPECT_EQ(report[StreamValue::PacketsMissed], 0u);
}

TEST(SentInTime, CallsFailFromALimitOn) {
    std::array<StreamReport, 2> streams;
    const auto set = [&](size_t i, uint64_t sent, uint64_t late, uint64_t too_late, uint64_t missed) {
        streams[i][StreamValue::PacketsSent] = sent;
        streams[i][StreamValue::PacketsLate] = late;
        streams[i][StreamValue::PacketsSentTooLate] = too_late;
        streams[i][StreamValue::PacketsMissed] = missed;
    };
    EXPECT_FALSE(SentInTime(streams).worth_telling());
    EXPECT_FALSE(SentInTime(streams).fails(0));
    set(0, 150, 2, 1, 0);
    set(1, 49, 0, 0, 1);
    EXPECT_TRUE(SentInTime(streams).worth_telling());  // 3 of 200
    EXPECT_FALSE(SentInTime(streams).fails(1));        // 2 of 200
    EXPECT_TRUE(SentInTime(streams).fails(0.9));
    EXPECT_EQ(SentInTime(streams).text(), "2 of 200 packets left more than 60 ms late or never");
    set(1, 0, 0, 0, 50);
    EXPECT_TRUE(SentInTime(streams).fails(1));
    set(0, 0, 0, 0, 50);  // nothing left at all
    EXPECT_TRUE(SentInTime(streams).fails(99.9));
    EXPECT_FALSE(SentInTime(streams).fails(100));
}

TEST_F(StreamsTest, AnEchoIsSentBeforeTheNextDatagramIsRead) {
    std::string room = std::string(12, '\0') + "first";
    room[0] = static_cast<char>(0x80);
    for (const uint32_t stream : {kAudioStream + 0u, kAudioStream + 3u}) {
        open(stream);
        MediaCommand made = order(Kind::Echo, stream);
        made.on = made.plain = true;
        give(std::move(made));
        arrive(stream, room);
        room.replace(12, 5, "other");
    }
    streams.run(now_ms * kMillisecond);
    ASSERT_EQ(network.sent.size(), 2u);
    EXPECT_EQ(network.sent[0].payload(), "first");
    EXPECT_EQ(network.sent[0].to, "127.0.0.1:4000");
    EXPECT_EQ(network.sent[1].payload(), "other");
}

TEST_F(StreamsTest, ManyStreamsDoNotLeaveAtOnce) {
    constexpr uint32_t kStreams = 1000;
    std::map<uint64_t, int> by_ms;
    for (uint32_t i = 0; i < kStreams; ++i) {
        open(3 * i);
        target(4000, 3 * i);
        MediaCommand made = order(Kind::PlayBytes, 3 * i);
        made.bytes = library_bytes;
        made.format = *find_rtp_format(18, "");
        give(std::move(made));
    }
    until(1199);
    for (const Sent& sent : network.sent) ++by_ms[sent.at_ms];
    ASSERT_EQ(network.sent.size(), 10 * kStreams);
    for (const auto& [ms, packets] : by_ms) EXPECT_LE(packets, 60) << ms;
    for (uint32_t i = 0; i < kStreams; ++i) give(order(Kind::Close, 3 * i));
    network.sent.clear();
    open();
    target(4000);
    play(library_bytes, 1);
    until(1220);
    EXPECT_EQ(times(), (std::vector<uint64_t>{1199}));  // those that have ended are in nobody's way
}

TEST_F(StreamsTest, ANewFileReplacesTheOldAndGoesOnNumbering) {
    open();
    target(4000);
    play(std::string_view("01234567890123456789"), 0);
    until(1030);
    play(std::string_view("98765432109876543210"), 1);
    until(1100);
    ASSERT_EQ(times(), (std::vector<uint64_t>{1000, 1020, 1030}));
    EXPECT_EQ(network.sent[2].sequence(), 2);
}

TEST_F(StreamsTest, CloseEndsAllAndTheNumberBeginsAnew) {
    open();
    target(4000);
    play(std::string_view("01234567890123456789"), 0);
    until(1000);
    give(order(Kind::Close));
    EXPECT_TRUE(network.streams.empty());
    until(1100);
    EXPECT_EQ(network.sent.size(), 1u);
    open();
    play(std::string_view("01234567890123456789"), 1);
    until(1200);
    EXPECT_EQ(network.sent.size(), 1u);  // the destination was the other call's
    target(4000);
    until(1200);
    EXPECT_EQ(network.sent.back().sequence(), 0);
}

Capture two_ports() {
    Capture capture;
    capture.add(0, "one");
    capture.add(30 * kMillisecond, "two");
    capture.add(31 * kMillisecond, "three");
    capture.ports = {0, 1};
    capture.packets[1].port = 1;
    return capture;
}

TEST_F(StreamsTest, CapturesKeepTimesAndPorts) {
    const Capture capture = two_ports();
    open(kAudioStream);  // port 6000
    MediaCommand made = order(Kind::PlayCapture, kCaptureStream);
    made.capture = &capture;
    made.port = 6000;
    made.to = *resolve("127.0.0.1", 4000);
    give(std::move(made));
    until(1100);
    ASSERT_EQ(times(), (std::vector<uint64_t>{1000, 1030, 1031}));
    EXPECT_EQ(network.sent[0].packet, "one");
    EXPECT_EQ(network.sent[0].socket, 100);  // the call's own
    EXPECT_EQ(network.sent[1].socket, 16001);
    EXPECT_EQ(network.sent[1].to, "127.0.0.1:4001");
    EXPECT_EQ(network.sent[2].to, "127.0.0.1:4000");
}

TEST_F(StreamsTest, ANewCaptureStopsTheFormer) {
    for (int i = 0; i < 2; ++i) {
        MediaCommand made = order(Kind::PlayCapture, kCaptureStream);
        made.own = std::make_unique<const Capture>(two_ports());
        made.port = 6000;
        made.to = *resolve("127.0.0.1", 4000);
        give(std::move(made));
        until(1010);
    }
    until(1100);
    EXPECT_EQ(times(), (std::vector<uint64_t>{1000, 1010, 1040, 1041}));
}

// `back`: which packets come back as they were sent, so many of them `together`.
bool check_failed(MediaKind kind, const std::vector<bool>& back, size_t together = 1) {
    MemoryNetwork network;
    MediaCounts counts;
    Streams streams(network, counts, {1, 0.5}, true, {});
    const uint32_t number = kind == MediaKind::Audio ? kAudioStream : kVideoStream;
    const auto give = [&](Kind what, auto&& fill) {
        MediaCommand made;
        made.kind = what;
        made.stream = number;
        fill(made);
        streams.apply(std::move(made), 0);
    };
    static const std::string pattern(1280, '\xaa');
    give(Kind::Open, [](MediaCommand& c) { c.socket = 1; });
    give(Kind::Target, [](MediaCommand& c) { c.to = *resolve("127.0.0.1", 9); });
    give(Kind::PlayBytes, [&](MediaCommand& c) {
        c.format = kind == MediaKind::Audio ? *find_rtp_format(0, "") : *find_rtp_format(99, "H264/90000");
        c.bytes = std::string_view(pattern).substr(0, c.format.bytes);
        c.pattern = true;
    });
    uint64_t now_ms = 0;
    for (size_t i = 0; i < back.size();) {
        for (size_t sent = 0; sent < together; ++sent, now_ms += kind == MediaKind::Audio ? 20 : 160)
            streams.run(now_ms * kMillisecond);
        for (const size_t end = i + together; i < end; ++i) {
            std::string packet = network.sent[i].packet;
            if (!back[i]) packet.back() = 'x';
            streams.received({number, packet, 0, nullptr});
        }
        streams.received({number, network.sent.back().packet, 0, nullptr});  // one more counts for nothing
    }
    streams.close_all(now_ms * kMillisecond);
    EXPECT_EQ(network.sent.size(), back.size());
    EXPECT_EQ(streams.checks().size(), 1u);
    const RtpCheck& check = streams.checks().front();
    EXPECT_EQ(check.sent, back.size());
    EXPECT_EQ(check.good, static_cast<uint32_t>(std::count(back.begin(), back.end(), true)));
    return check.failed;
}

TEST(StreamChecks, TheShareOfBadPacketsDecides) {
    EXPECT_FALSE(check_failed(MediaKind::Audio, {false, false, false, true}));  // tolerance 1
    EXPECT_TRUE(check_failed(MediaKind::Audio, {false, false, false, false}));
    EXPECT_FALSE(check_failed(MediaKind::Video, {true, true, true, true}, 4));
    EXPECT_TRUE(check_failed(MediaKind::Video, {true, false, true, false}, 2));
    EXPECT_FALSE(check_failed(MediaKind::Video, {false, true, true, true}));  // tolerance 0.5
    EXPECT_TRUE(check_failed(MediaKind::Video, {false, true, false, true}));
}

TEST(SpscRing, InOrderBetweenThreadsAndBounded) {
    auto ring = std::make_unique<SpscRing<uint32_t, 8>>();
    constexpr uint32_t kItems = 100'000;
    std::thread writer([&] {
        for (uint32_t i = 0; i < kItems; ++i)
            while (!ring->push(uint32_t{i})) std::this_thread::yield();
    });
    bool in_order = true;
    for (uint32_t expected = 0, item = 0; expected < kItems;) {
        if (!ring->pop(item)) continue;
        in_order = in_order && item == expected++;
    }
    writer.join();
    EXPECT_TRUE(in_order);
    EXPECT_TRUE(ring->empty());
    for (uint32_t i = 0; i < 8; ++i) EXPECT_TRUE(ring->push(uint32_t{i}));
    EXPECT_FALSE(ring->push(8u));
}

TEST(PortAllocator, EvenPortsInTurnTakenOnesPassedOver) {
    Address any = *resolve("127.0.0.1", 0);
    Result<RtpSocket> first = open_rtp_socket(any, 65536);
    ASSERT_TRUE(first);
    Address from = any;
    from.port = static_cast<uint16_t>(std::min(first->port() | 1u, 60001u) - 1);  // even: maybe the one that is taken
    PortAllocator ports(from, static_cast<uint16_t>(from.port + 4001), 65536);
    Result<PortAllocator::Ports> one = ports.take(false), two = ports.take(true);
    ASSERT_TRUE(one && two);
    EXPECT_EQ(one->rtp.port() % 2, 0);
    EXPECT_LT(one->rtp.port(), two->rtp.port());
    EXPECT_NE(one->rtp.port(), first->port());
    EXPECT_EQ(one->rtcp.fd(), -1);
    EXPECT_EQ(two->rtcp.port(), two->rtp.port() + 1);
    PortAllocator again(from, static_cast<uint16_t>(two->rtp.port() + 3), 65536);
    two->rtp = RtpSocket();  // only the port above is taken
    auto pair = again.take(true);
    EXPECT_TRUE(!pair || pair->rtp.port() != two->rtcp.port() - 1);
    PortAllocator none(from, from.port, 65536);
    const auto taken = none.take(false);
    ASSERT_FALSE(taken);
    EXPECT_EQ(taken.error().system_code, 0);  // no call will ever find one: the run ends
    EXPECT_TRUE(taken.error().text.starts_with("there are no RTP ports from "));
}

TEST(EchoSockets, NoneAtTheEnd) {
    EXPECT_EQ(open_echo_sockets(*resolve("127.0.0.1", 65535)).error().text,
              "-rtp_echo: no two media ports from 65535: there are none");
}

TEST(EchoSockets, TheNextFreePair) {
    const Address any = *resolve("127.0.0.1", 0);
    Result<RtpSocket> taken = open_rtp_socket(any, 65536);
    ASSERT_TRUE(taken);
    Address from = any;
    from.port = taken->port() > 65000 ? static_cast<uint16_t>(taken->port() - 2) : taken->port();
    Result<EchoSockets> pair = open_echo_sockets(from);
    ASSERT_TRUE(pair) << pair.error().text;
    EXPECT_GT(pair->first.port(), from.port);
    EXPECT_EQ(pair->second.port(), pair->first.port() + 2);
    EXPECT_EQ((pair->first.port() - from.port) % 2, 0);
}

std::string rtp(uint16_t sequence, uint8_t type = 0, std::string_view payload = "audio") {
    RtpHeader header = rtp_header(type, 7);
    patch(header, sequence, sequence * 160u);
    return std::string(header.begin(), header.end()).append(payload);
}

TEST_F(StreamsTest, WhatArrivesIsOnTheBoardAndInTheTotals) {
    open();
    target(4000);
    play("0123456789012345678901234567890123456789", 1);
    until(1050);
    StreamReport seen = board.received.read();
    EXPECT_EQ(seen.own_ssrc, 0xca110000);
    EXPECT_EQ(seen[StreamValue::PacketsReceived], 0u);
    arrive(kAudioStream, rtp(1));
    arrive(kAudioStream, rtp(3));
    arrive(kAudioStream, "no RTP");
    arrive(kAudioStream, std::string("\x81\xc8\0\1abcd", 8));  // RTCP
    streams.publish();
    seen = board.received.read();
    board.put_sent(seen, now_ms * kMillisecond);
    EXPECT_EQ(seen[StreamValue::PacketsReceived], 2u);
    EXPECT_EQ(counts[Counter::RtpPacketsReceived], 2u);
    EXPECT_EQ(seen[StreamValue::FirstPacketDelay], 50 * kMillisecond);
    EXPECT_EQ(seen[StreamValue::PacketsSent], 2u);
    EXPECT_EQ(seen[StreamValue::BytesSent], 64u);
    EXPECT_EQ(counts[Counter::RtpPacketsLost], 0u);
    give(order(Kind::Close));
    EXPECT_EQ(counts[Counter::RtpPacketsLost], 1u);
    EXPECT_EQ(counts[Counter::RtpStreamsReceived], 1u);
    EXPECT_EQ(streams.quality().streams, 1u);
    EXPECT_EQ(streams.quality().sum[StreamValue::PacketsSent], 2u);
    open();  // another call
    arrive(kAudioStream, rtp(9));
    streams.publish();
    EXPECT_EQ(board.received.read()[StreamValue::PacketsReceived], 1u);
    EXPECT_EQ(board.packets_sent, 0u);
}

class RecordedStreams : public StreamsTest {
protected:
    RecordedStreams() { std::filesystem::create_directories(folder); }
    ~RecordedStreams() override { std::filesystem::remove_all(folder); }
    std::string file(const char* name) const { return (folder / name).string(); }
    static std::string content(const std::string& path) {
        std::ifstream in(path, std::ios::binary);
        return {std::istreambuf_iterator<char>(in), {}};
    }
    void record(Kind kind, const std::string& path = {}, bool on = false) {
        MediaCommand made = order(kind, kAudioStream);
        made.record = std::make_unique<MediaCommand::Record>();
        made.record->path = path;
        if (kind == Kind::Keep) made.record->store = std::make_unique<PacketStore>(16384);
        made.on = on;
        give(std::move(made));
    }
    void close_call() {
        for (const uint32_t stream : {kAudioStream, kVideoStream, kCaptureStream}) give(order(Kind::Close, stream));
    }
    const std::filesystem::path folder =
        std::filesystem::temp_directory_path() / ("gsp_streams_" + std::to_string(getpid()));
};

TEST_F(RecordedStreams, AudioOfBothDirectionsInOneFile) {
    open();
    target(4000);
    record(Kind::Record, file("a.wav"), true);
    play(std::string(320, '\xaa'), 1, 8);
    until(1010);
    arrive(kAudioStream, rtp(1, 0, std::string(160, '\x80')));
    arrive(kAudioStream, rtp(2, 18, std::string(20, '\x80')));  // G.729: silence
    arrive(kAudioStream, rtp(3, 0, std::string(160, '\x80')));
    until(1050);
    record(Kind::StopRecord);
    arrive(kAudioStream, rtp(9, 0, std::string(160, '\x80')));
    streams.close_all(now_ms * kMillisecond);
    EXPECT_EQ(streams.record_problems().files, 0u);
    const std::string wav = content(file("a.wav"));
    ASSERT_EQ(wav.size(), 44 + 4 * (80 + 480u));
    const auto frame = [&](size_t i) { return wav.substr(44 + 4 * i, 4); };
    EXPECT_EQ(frame(0), std::string("\0\x7e\0\0", 4));       // 32256, nothing
    EXPECT_EQ(frame(80), std::string("\0\x7e\x7c\x7d", 4));  // 10 ms later: 32124 besides
    EXPECT_EQ(frame(240), std::string("\0\x7e\0\0", 4));     // what is not decoded
    EXPECT_EQ(frame(400), std::string("\0\0\x7c\x7d", 4));
}

TEST_F(RecordedStreams, PacketsOfACallThatIsSaved) {
    record(Kind::Keep);
    open();
    target(4000);
    play("01234567890123456789", 1);
    until(1005);
    arrive(kAudioStream, rtp(1));
    arrive(kAudioStream, std::string("\x81\xc8\0\1abcd", 8));  // RTCP
    record(Kind::Save, file("a.pcap"));
    close_call();
    record(Kind::Keep);  // another call in its place, which ends well
    open();
    arrive(kAudioStream, rtp(2));
    close_call();
    streams.close_all(now_ms * kMillisecond);
    const std::string pcap = content(file("a.pcap"));
    auto capture = parse_capture(pcap);
    ASSERT_TRUE(capture) << capture.error().text;
    ASSERT_EQ(capture->packets.size(), 3u);
    EXPECT_EQ(capture->payload(capture->packets[0]), network.sent[0].packet);
    EXPECT_EQ(capture->payload(capture->packets[1]), rtp(1));
    EXPECT_EQ(capture->packets[1].at_ns, 5 * kMillisecond);
    EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder), {}), 1);
}

class SrtpStreams : public StreamsTest {
protected:
    void SetUp() override {
        keys.own.first().fill(1), keys.peer.first().fill(2);
        open();
        target(4000);
    }
    void protect(bool on = false, bool with_keys = true) {
        MediaCommand made = order(Kind::Protect);
        if (with_keys) made.keys = std::make_unique<const SrtpKeys>(keys);
        made.on = on;
        give(std::move(made));
    }
    static std::string through(const SrtpKey& key, SrtpContext::Direction direction, const std::string& packet) {
        alignas(8) std::array<char, 1500> room{};
        std::copy(packet.begin(), packet.end(), room.begin());
        auto context = SrtpContext::create(key, direction);
        const size_t size = direction == SrtpContext::Direction::Out ? context->protect(room, packet.size())
                                                                     : context->unprotect({room.data(), packet.size()});
        return {room.data(), size};
    }
    std::string opened(const SrtpKey& key, const std::string& packet) {
        return through(key, SrtpContext::Direction::In, packet);
    }
    std::string sealed(const SrtpKey& key, const std::string& packet) {
        return through(key, SrtpContext::Direction::Out, packet);
    }
    SrtpKeys keys;
};

TEST_F(SrtpStreams, AreSealedAndOpened) {
    protect();
    play(std::string(20, 'a'), 1, 18, true);
    until(1000);
    ASSERT_EQ(network.sent.size(), 1u);
    const std::string packet = opened(keys.own, network.sent[0].packet);
    EXPECT_EQ(packet.substr(12), std::string(20, 'a'));
    arrive(kAudioStream, sealed(keys.peer, packet));
    arrive(kAudioStream, sealed(keys.own, packet));  // another key
    streams.publish();
    EXPECT_EQ(board.received.read()[StreamValue::PacketsReceived], 1u);
    EXPECT_EQ(counts[Counter::SrtpErrors], 1u);
    streams.close_all(now_ms * kMillisecond);
    EXPECT_TRUE(streams.checks().empty());  // it came back as it was sent
}

TEST_F(SrtpStreams, WhatCannotBeOpenedIsNoPacketThatWasReceived) {
    protect();
    arrive(kAudioStream, sealed(keys.own, rtp(1, 8, std::string(160, 'a'))));  // another key
    arrive(kAudioStream, rtp(2, 8, std::string(160, 'a')));                    // none
    EXPECT_EQ(counts[Counter::SrtpErrors], 2u);
    EXPECT_EQ(counts[Counter::RtpPacketsReceived], 0u);
    const std::string good = sealed(keys.peer, rtp(3, 8, std::string(160, 'a')));
    arrive(kAudioStream, good);
    EXPECT_EQ(counts[Counter::RtpPacketsReceived], 1u);
    EXPECT_EQ(counts[Counter::RtpBytesReceived], good.size());
}

TEST_F(SrtpStreams, ARecordingIsOpenWhatIsKeptIsAsItWasOnTheWire) {
    const std::filesystem::path folder =
        std::filesystem::temp_directory_path() / ("gsp_srtp_record_" + std::to_string(getpid()));
    std::filesystem::create_directories(folder);
    const auto order_of = [&](Kind kind, const char* file) {
        MediaCommand made = order(kind);
        made.record = std::make_unique<MediaCommand::Record>();
        made.record->path = (folder / file).string();
        made.on = true;
        return made;
    };
    protect();
    give(order_of(Kind::Record, "a.wav"));
    MediaCommand keep = order_of(Kind::Keep, "");
    keep.record->store = std::make_unique<PacketStore>(16384);
    give(std::move(keep));
    play(std::string(160, '\xaa'), 1, 8);
    until(1000);
    arrive(kAudioStream, sealed(keys.peer, rtp(1, 8, std::string(160, '\x2a'))));
    give(order_of(Kind::Save, "a.pcap"));
    for (const uint32_t stream : {kAudioStream, kVideoStream, kCaptureStream}) give(order(Kind::Close, stream));
    streams.close_all(now_ms * kMillisecond);
    const auto content = [&](const char* file) {
        std::ifstream in(folder / file, std::ios::binary);
        return std::string(std::istreambuf_iterator<char>(in), {});
    };
    EXPECT_EQ(content("a.wav").substr(44, 4), std::string("\0\x7e\0\x82", 4));  // 32256, -32256
    const std::string pcap = content("a.pcap");
    auto kept = parse_capture(pcap);
    ASSERT_TRUE(kept) << kept.error().text;
    ASSERT_EQ(kept->packets.size(), 2u);
    EXPECT_EQ(kept->payload(kept->packets[0]), network.sent[0].packet);
    EXPECT_EQ(opened(keys.peer, std::string(kept->payload(kept->packets[1]))), rtp(1, 8, std::string(160, '\x2a')));
    std::filesystem::remove_all(folder);
}

TEST_F(SrtpStreams, StunIsNoBadPacket) {
    protect();
    play(std::string(20, 'a'), 1, 18, true);
    until(1000);
    const std::string binding_request(
        "\0\1\0\0\x21\x12\xa4\x42"
        "transaction.",
        20);
    arrive(kAudioStream, binding_request);
    EXPECT_EQ(counts[Counter::SrtpErrors], 0u);
    arrive(kAudioStream, sealed(keys.peer, opened(keys.own, network.sent[0].packet)));
    streams.close_all(now_ms * kMillisecond);
    EXPECT_TRUE(streams.checks().empty());  // nor what comes back for a packet
}

TEST_F(SrtpStreams, EchoWithTheOwnKeyWhereItCameFrom) {
    MediaCommand echo = order(Kind::Echo);
    echo.on = true;
    give(std::move(echo));
    arrive(kAudioStream, rtp(1));
    until(1001);
    EXPECT_TRUE(network.sent.empty());  // no SRTP, no echo (SIPp)
    protect();
    arrive(kAudioStream, sealed(keys.peer, rtp(2)), 4004);
    arrive(kAudioStream, sealed(keys.peer, rtp(3)), 4006);
    until(1002);
    ASSERT_EQ(network.sent.size(), 2u);
    EXPECT_EQ(network.sent[0].to, "127.0.0.1:4004");
    EXPECT_EQ(network.sent[1].to, "127.0.0.1:4006");
    EXPECT_EQ(opened(keys.own, network.sent[1].packet), rtp(3));
}

TEST_F(SrtpStreams, NewKeysNoKeysAndNothing) {
    protect();
    play(std::string(20, 'a'), 5);
    until(1000);
    keys.own.first().fill(3);
    protect();
    until(1020);
    ASSERT_EQ(network.sent.size(), 2u);
    EXPECT_EQ(opened(keys.own, network.sent[1].packet).substr(12), std::string(20, 'a'));
    protect(false, false);
    until(1040);
    EXPECT_EQ(network.sent[2].payload(), std::string(20, 'a'));  // RTP
    protect(true, false);
    until(1060);
    EXPECT_EQ(network.sent.size(), 3u);
    EXPECT_EQ(counts[Counter::RtpSendErrors], 1u);
}

TEST_F(SrtpStreams, CapturesHaveTheKeysOfTheirKind) {
    protect();
    MediaCommand made = order(Kind::PlayCapture, kCaptureStream);
    Capture capture;
    capture.add(0, rtp(1));
    made.own = std::make_unique<const Capture>(std::move(capture));
    made.to = *resolve("127.0.0.1", 4000);
    give(std::move(made));
    until(1000);
    ASSERT_EQ(network.sent.size(), 1u);
    EXPECT_EQ(opened(keys.own, network.sent[0].packet), rtp(1));
}

TEST_F(StreamsTest, TypesThatSdpNames) {
    open();
    MediaCommand types = order(Kind::Types);
    types.types[97 - kFirstDynamicType] = codec_of_name("iLBC/8000");
    give(std::move(types));
    arrive(kAudioStream, rtp(1, 97));
    streams.publish();
    EXPECT_STREQ(board.received.read().codec.data(), "iLBC/8000");
}

TEST_F(StreamsTest, ACallWithAudioInOneDirectionOnlyIsCounted) {
    const auto call = [&](bool speaks, bool hears) {
        open();
        target(4000);
        if (speaks) play(std::string(20, 'a'), 1);
        until(now_ms + 50);
        if (hears) arrive(kAudioStream, rtp(1));
        for (const uint32_t stream : {kAudioStream, kVideoStream, kCaptureStream}) give(order(Kind::Close, stream));
        return counts[Counter::CallsOneWayAudio];
    };
    EXPECT_EQ(call(true, true), 0u);
    EXPECT_EQ(call(false, false), 0u);
    EXPECT_EQ(call(true, false), 1u);
    EXPECT_EQ(call(false, true), 2u);
}

TEST_F(StreamsTest, WhatIsPlayedToNobodyIsCounted) {
    open();
    play(std::string(20, 'a'), 1);
    until(now_ms + 50);
    give(order(Kind::Close));
    EXPECT_EQ(counts[Counter::RtpStreamsUnaimed], 1u);
    open();
    target(4000);
    play(std::string(20, 'a'), 1);
    until(now_ms + 50);
    give(order(Kind::Close));
    EXPECT_EQ(counts[Counter::RtpStreamsUnaimed], 1u);
}

TEST_F(StreamsTest, APortOfAllCallsIsToldApartByTheSource) {
    MediaCommand made = order(Kind::PlayCapture, kCaptureStream);
    made.own = std::make_unique<const Capture>(two_ports());
    made.to = *resolve("127.0.0.1", 4000);
    made.port = 6000;
    made.board = &board;
    give(std::move(made));
    arrive(RtpArrival::kNoStream, rtp(1));
    arrive(RtpArrival::kNoStream, rtp(2), 4001);
    arrive(RtpArrival::kNoStream, rtp(3), 4004);  // nobody sends there
    arrive(RtpArrival::kNoStream, "no RTP", 4004);
    EXPECT_EQ(counts[Counter::RtpPacketsReceived], 3u);
    streams.publish();
    EXPECT_EQ(board.received.read()[StreamValue::PacketsReceived], 2u);
    give(order(Kind::Close, kCaptureStream));
    arrive(RtpArrival::kNoStream, rtp(4));
    EXPECT_EQ(streams.quality().sum[StreamValue::PacketsReceived], 2u);
}

}  // namespace
