// SPDX-License-Identifier: Apache-2.0
// Two sides of media with DTLS-SRTP on a network in memory, on a clock that is set.
#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <fstream>
#include <functional>
#include <iterator>
#include <set>

#include "runtime/media/audio_file.h"
#include "runtime/media/capture.h"
#include "runtime/media/demux.h"
#include "runtime/media/streams.h"
#include "runtime/transport/sockaddr.h"
#include "test/unit/runtime/openssl_clock.h"

namespace {

using namespace gsp::rt;
using Kind = MediaCommand::Kind;
using Role = DtlsPlan::Role;

struct Datagram {
    uint16_t from, to;
    std::string bytes;
};

// Sockets are numbered as their ports.
class Wire final : public RtpNetwork {
public:
    RtpRefused send(std::span<const RtpPacket> packets) override {
        for (const RtpPacket& packet : packets) {
            std::string bytes = packet.has_header ? std::string(packet.header.begin(), packet.header.end()) : "";
            bytes.append(packet.payload);
            EXPECT_FALSE(closed.contains(packet.socket));
            const uint16_t to = from_native(packet.to->address).port;
            sent.push_back({static_cast<uint16_t>(packet.socket), to, bytes});
        }
        return {};
    }
    void take(int socket, uint32_t, bool) override { closed.erase(socket); }
    void close(int socket) override { closed.insert(socket); }
    int shared_socket(uint16_t port) override { return port; }
    std::deque<Datagram> sent;
    std::set<int> closed;
};

struct Side {
    Side(uint16_t own_port, uint16_t peer_port, bool rtcp)
        : own(own_port), peer(peer_port), streams(wire, counts, {}, false, {rtcp, 1, 0}) {}
    static MediaCommand order(Kind kind) {
        MediaCommand made;
        made.kind = kind;
        return made;
    }
    void open(uint64_t now_ns) {
        MediaCommand open = order(Kind::Open);
        open.socket = open.port = own;
        open.rtcp_socket = own + 1;
        open.ssrc = own;
        open.board = &board;
        streams.apply(std::move(open), now_ns);
    }
    void target(uint64_t now_ns) {
        MediaCommand rtcp = order(Kind::RtcpTarget), target = order(Kind::Target);
        rtcp.to = *resolve("127.0.0.1", static_cast<uint16_t>(peer + 1));
        target.to = *resolve("127.0.0.1", peer);
        streams.apply(std::move(rtcp), now_ns);
        streams.apply(std::move(target), now_ns);
    }
    void shake(const DtlsPlan& plan, uint64_t now_ns) {
        MediaCommand dtls = order(Kind::Dtls);
        dtls.dtls = std::make_unique<const DtlsOrder>(DtlsOrder{plan, identity.get()});
        streams.apply(std::move(dtls), now_ns);
    }
    void play(uint64_t now_ns) {
        MediaCommand play = order(Kind::PlayBytes);
        play.bytes = std::string_view(audio).substr(0, 160);
        play.loops = 0;
        play.format = *find_rtp_format(0, "");
        streams.apply(std::move(play), now_ns);
    }
    void capture(uint64_t now_ns) {
        MediaCommand play = order(Kind::PlayCapture);
        play.stream = kCaptureStream;
        Capture made;
        made.add(0, std::string("\x80\x60\0\1\0\0\0\0\0\0\0\7event", 17));
        play.own = std::make_unique<const Capture>(std::move(made));
        play.port = own;
        play.to = *resolve("127.0.0.1", peer);
        streams.apply(std::move(play), now_ns);
    }
    void close(uint64_t now_ns) { streams.apply(order(Kind::Close), now_ns); }
    StreamReport report() {
        streams.publish();
        return board.received.read();
    }

    const uint16_t own, peer;
    const std::shared_ptr<const DtlsIdentity> identity = *DtlsIdentity::make({});
    const std::string audio = with_its_beginning(std::string(160, 'a'));
    Wire wire;
    MediaCounts counts;
    StreamBoard board;
    Streams streams;
};

class DtlsStreams : public testing::Test {
protected:
    explicit DtlsStreams(bool rtcp = false) : a(4000, 5000, rtcp), b(5000, 4000, rtcp) {}
    uint64_t now_ns() const { return clock.now_ns(); }
    void open() {
        for (Side* side : {&a, &b}) side->open(now_ns()), side->target(now_ns());
    }
    DtlsPlan plan(Role role, const Side& peer) {
        DtlsPlan made;
        made.role = role;
        made.peer.add(peer.identity->fingerprint(DtlsHash::Sha256));
        return made;
    }
    void shake() {  // a is the client
        b.shake(plan(Role::Passive, a), now_ns());
        a.shake(plan(Role::Active, b), now_ns());
    }
    void carry(Side& from, Side& to) {
        while (!from.wire.sent.empty()) {
            const Datagram datagram = std::move(from.wire.sent.front());
            from.wire.sent.pop_front();
            if (loses(datagram)) continue;
            sockaddr_storage source{};
            to_native(*resolve("127.0.0.1", datagram.from), source);
            carried.push_back(datagram);
            to.streams.received({0, datagram.bytes, now_ns(), &source, datagram.to == to.own + 1});
        }
    }
    void until(uint64_t end_ms) {
        for (; now_ns() < end_ms * kMillisecond; clock.advance(kMillisecond)) {
            a.streams.run(now_ns()), b.streams.run(now_ns());
            carry(a, b), carry(b, a);
        }
    }
    uint64_t received(Side& side) { return side.report()[StreamValue::PacketsReceived]; }

    OpensslClock clock;
    Side a, b;
    std::vector<Datagram> carried;
    std::function<bool(const Datagram&)> loses = [](const Datagram&) { return false; };
};

TEST_F(DtlsStreams, MediaBeginsWithTheKeys) {
    open();
    a.play(now_ns()), b.play(now_ns());
    shake();
    until(500);
    EXPECT_EQ(a.report().dtls, DtlsOutcome::Established);
    EXPECT_EQ(b.report().dtls, DtlsOutcome::Established);
    EXPECT_STREQ(a.report().srtp, "AEAD_AES_128_GCM");
    EXPECT_GE(received(a), 20u);
    EXPECT_GE(received(b), 20u);
    EXPECT_EQ(a.report()[StreamValue::PacketsLost] + b.report()[StreamValue::PacketsLost], 0u);
    for (Side* side : {&a, &b}) {
        EXPECT_EQ(side->counts[Counter::SrtpErrors], 0u);
        EXPECT_EQ(side->counts[Counter::RtpSendErrors], 0u);
        EXPECT_EQ(side->counts[Counter::DtlsHandshakes], 1u);
    }
    for (const Datagram& datagram : carried)  // nothing in the clear
        EXPECT_EQ(datagram.bytes.find("aaaa"), std::string::npos);
    a.close(now_ns());  // close_notify
    ASSERT_FALSE(a.wire.sent.empty());
    EXPECT_EQ(kind_of(a.wire.sent.back().bytes), DatagramKind::Dtls);
}

TEST_F(DtlsStreams, AHelloBeforeTheAnswer) {
    open();
    DtlsPlan nobody;
    nobody.role = Role::Passive;
    b.shake(nobody, now_ns());
    a.play(now_ns()), b.play(now_ns());
    a.shake(plan(Role::Active, b), now_ns());
    until(100);
    EXPECT_EQ(a.report().dtls, DtlsOutcome::Established);
    EXPECT_EQ(b.report().dtls, DtlsOutcome::Pending);
    EXPECT_EQ(received(b), 0u);  // whom it trusts is not known yet
    b.shake(plan(Role::Passive, a), now_ns());
    until(300);
    EXPECT_GE(received(a), 5u);
    EXPECT_GE(received(b), 5u);
}

TEST_F(DtlsStreams, TheTargetIsKnownLater) {
    a.open(now_ns()), b.open(now_ns());
    shake();
    until(100);
    EXPECT_TRUE(carried.empty());
    a.target(now_ns());
    until(200);
    EXPECT_EQ(a.report().dtls, DtlsOutcome::Established);
    EXPECT_EQ(b.report().dtls, DtlsOutcome::Established);  // it answers where that came from
}

TEST_F(DtlsStreams, CapturesWaitToo) {
    open();
    a.capture(now_ns());
    until(100);
    EXPECT_EQ(std::exchange(carried, {}).size(), 1u);  // RTP
    shake();
    a.capture(now_ns());
    until(300);
    EXPECT_EQ(received(b), 2u);
    EXPECT_EQ(kind_of(carried.back().bytes), DatagramKind::Rtp);
    EXPECT_EQ(carried.back().bytes.find("event"), std::string::npos);
}

TEST_F(DtlsStreams, NoMediaWithAnotherCertificate) {
    open();
    a.play(now_ns()), b.play(now_ns());
    b.shake(plan(Role::Passive, a), now_ns());
    a.shake(plan(Role::Active, a), now_ns());
    until(1000);
    EXPECT_EQ(a.report().dtls, DtlsOutcome::WrongFingerprint);
    EXPECT_EQ(b.report().dtls, DtlsOutcome::Refused);
    EXPECT_EQ(a.counts[Counter::DtlsFailures], 1u);
    EXPECT_EQ(b.counts[Counter::DtlsFailures], 1u);
    EXPECT_EQ(received(a) + received(b), 0u);
    for (const Datagram& datagram : carried) EXPECT_EQ(kind_of(datagram.bytes), DatagramKind::Dtls);
}

TEST_F(DtlsStreams, AHandshakeIsKeptWithThePackets) {
    const std::string path = testing::TempDir() + "handshake.pcap";
    const auto record = [&](Kind kind) {
        MediaCommand made = Side::order(kind);
        made.record = std::make_unique<MediaCommand::Record>();
        if (kind == Kind::Keep) made.record->store = std::make_unique<PacketStore>(65536);
        made.record->path = path;
        a.streams.apply(std::move(made), now_ns());
    };
    record(Kind::Keep);
    open();
    shake();
    until(500);
    record(Kind::Save);
    a.streams.close_all(now_ns());
    std::ifstream in(path, std::ios::binary);
    auto kept = parse_capture(std::string(std::istreambuf_iterator<char>(in), {}));
    ASSERT_TRUE(kept) << kept.error().text;
    EXPECT_EQ(kept->packets.size(), carried.size() + 1);  // and the goodbye
    for (const CapturedPacket& packet : kept->packets) EXPECT_EQ(kind_of(kept->payload(packet)), DatagramKind::Dtls);
}

TEST_F(DtlsStreams, WhatCannotBeginIsToldAtOnce) {
    open();
    a.play(now_ns());
    DtlsPlan conflict;
    conflict.fault = DtlsOutcome::RoleConflict;
    a.shake(conflict, now_ns());
    until(100);
    EXPECT_EQ(a.report().dtls, DtlsOutcome::RoleConflict);
    EXPECT_EQ(a.counts[Counter::DtlsFailures], 1u);
    EXPECT_TRUE(carried.size() <= 1);  // what was due before it was known
}

TEST_F(DtlsStreams, ItIsGivenUpAfterAWhile) {
    open();
    loses = [](const Datagram&) { return true; };
    shake();
    until(19'000);
    EXPECT_EQ(a.report().dtls, DtlsOutcome::Pending);
    until(21'000);
    EXPECT_EQ(a.report().dtls, DtlsOutcome::TimedOut);
    EXPECT_EQ(b.report().dtls, DtlsOutcome::TimedOut);
    EXPECT_EQ(a.streams.next_due_ns(), TimerWheel::kNever);
}

TEST_F(DtlsStreams, ANewAssociationReplacesTheFormer) {
    open();
    a.play(now_ns());
    shake();
    until(500);
    const uint64_t before = received(b);
    shake();  // the same: goes on
    until(520);
    EXPECT_EQ(a.counts[Counter::DtlsHandshakes], 1u);
    DtlsPlan client = plan(Role::Active, b), server = plan(Role::Passive, a);
    client.ids = server.ids = 7;  // a=tls-id
    b.shake(server, now_ns());
    a.shake(client, now_ns());
    until(1000);
    EXPECT_EQ(a.counts[Counter::DtlsHandshakes], 2u);
    EXPECT_GE(received(b), before + 20);
    EXPECT_EQ(a.counts[Counter::RtpSendErrors], 0u);
    a.shake({}, now_ns()), b.shake({}, now_ns());  // RTP again
    until(1200);
    EXPECT_EQ(a.report().srtp, nullptr);
    EXPECT_NE(carried.back().bytes.find("aaaa"), std::string::npos);
}

TEST_F(DtlsStreams, KeysOfSdpReplaceIt) {
    open();
    DtlsPlan nobody;
    nobody.role = Role::Passive;  // an offer of both ways
    a.shake(nobody, now_ns());
    a.play(now_ns());
    MediaCommand protect = Side::order(Kind::Protect);
    a.streams.apply(std::move(protect), now_ns());  // none: those of DTLS are waited for
    until(100);
    EXPECT_TRUE(carried.empty());
    protect = Side::order(Kind::Protect);
    protect.keys = std::make_unique<const SrtpKeys>();
    a.streams.apply(std::move(protect), now_ns());
    until(200);
    EXPECT_GE(carried.size(), 4u);
    EXPECT_STREQ(a.report().srtp, "AES_CM_128_HMAC_SHA1_80");
    EXPECT_EQ(a.report().dtls, DtlsOutcome::None);
}

TEST_F(DtlsStreams, PiecesAreDoneBetweenPackets) {
    open();
    shake();
    EXPECT_EQ(a.streams.next_due_ns(), 0u);
    sockaddr_storage source{};
    for (int i = 0; i < 3; ++i) b.streams.received({0, std::string(20, '\x16'), now_ns(), &source});
    for (int i = 0; i < 3; ++i) {
        EXPECT_EQ(b.streams.next_due_ns(), 0u);
        b.streams.run(now_ns());
    }
    EXPECT_NE(b.streams.next_due_ns(), 0u);
    b.streams.received({0, std::string(20, '\x16'), now_ns(), &source});
    b.close(now_ns());  // with what waits for it
    EXPECT_EQ(b.streams.next_due_ns(), TimerWheel::kNever);
}

class DtlsOfRtcp : public DtlsStreams {
protected:
    DtlsOfRtcp() : DtlsStreams(true) {}
};

TEST_F(DtlsOfRtcp, HasAnAssociationOfItsOwn) {
    open();
    a.play(now_ns());
    shake();
    until(20'000);
    EXPECT_EQ(a.counts[Counter::DtlsHandshakes], 2u);
    EXPECT_EQ(b.counts[Counter::DtlsHandshakes], 2u);
    EXPECT_GE(a.report()[StreamValue::SenderReports], 2u);
    EXPECT_GE(a.report()[StreamValue::RtcpReceived], 2u);
    EXPECT_GE(b.report()[StreamValue::RtcpReceived], 2u);
    EXPECT_EQ(a.counts[Counter::SrtpErrors] + b.counts[Counter::SrtpErrors], 0u);
    a.wire.sent.clear();
    a.close(now_ns());
    EXPECT_EQ(a.wire.closed, (std::set<int>{a.own, a.own + 1}));
    const auto goodbyes = std::count_if(a.wire.sent.begin(), a.wire.sent.end(), [](const Datagram& sent) {
        return kind_of(sent.bytes) == DatagramKind::Dtls;
    });
    EXPECT_EQ(goodbyes, 2);
    EXPECT_EQ(a.counts[Counter::RtpSendErrors], 0u);
}

}  // namespace
