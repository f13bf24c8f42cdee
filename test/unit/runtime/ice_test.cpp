// SPDX-License-Identifier: Apache-2.0
// ICE: what SDP says of it, streams that take the way it finds, and agents that find one on loopback (the library has a
// clock and sockets of its own).
#include "runtime/media/ice_agents.h"

#include <gtest/gtest.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <functional>

#include "runtime/media/media.h"
#include "runtime/media/media_command.h"
#include "runtime/media/rtp_socket.h"
#include "runtime/media/streams.h"
#include "runtime/transport/sockaddr.h"

namespace {

using namespace gsp::rt;

// ---- SDP --------------------

TEST(IceSdp, LinesOfAKindComeBeforeThoseOfTheSession) {
    const IceOfKinds ice = read_ice(
        "v=0\r\nc=IN IP4 192.0.2.1\r\na=ice-ufrag:session\r\na=ice-pwd:of-the-session\r\na=ice-options:trickle ice2\r\n"
        "m=audio 5000 RTP/AVP 0\r\na=ice-ufrag:audio\r\na=ice-pwd:of-audio\r\na=candidate:1 1 UDP 1 192.0.2.1 5000 typ "
        "host\r\n"
        "a=end-of-candidates\r\nm=video 5002 RTP/AVP 99\r\na=candidate:2 1 UDP 1 192.0.2.1 5002 typ host\r\n",
        {});
    EXPECT_EQ(ice[0].user, "audio");
    EXPECT_EQ(ice[0].password, "of-audio");
    EXPECT_EQ(ice[0].candidates, std::vector<std::string>{"a=candidate:1 1 UDP 1 192.0.2.1 5000 typ host"});
    EXPECT_EQ(ice[1].user, "session");
    EXPECT_EQ(ice[1].password, "of-the-session");
    EXPECT_EQ(ice[1].candidates.size(), 1u);
    EXPECT_TRUE(ice[1].trickles);
    EXPECT_FALSE(ice[0].lite);
}

TEST(IceSdp, WhatIsRefused) {
    std::string body = "m=audio 0 RTP/AVP 0\r\na=ice-ufrag:refused\r\nm=audio 5000 RTP/AVP 0\r\na=ice-lite\r\n";
    body += "a=ice-ufrag:" + std::string(300, 'u') + "\r\n";
    for (int i = 0; i < 100; ++i) body += "a=candidate:1 1 UDP 1 192.0.2.1 5000 typ host\r\n";
    body += "a=candidate:" + std::string(1000, '1') + "\r\n";
    const IceOfKinds ice = read_ice(body, {});
    EXPECT_EQ(ice[0].user, "");  // too long; that of the stream that is not there does not count
    EXPECT_EQ(ice[0].candidates.size(), kMostCandidates);
    EXPECT_TRUE(ice[0].lite);
}

TEST(IceSdp, FragmentsTrickleUntilTheEnd) {
    const std::string more = "a=ice-ufrag:u\r\na=ice-pwd:p\r\nm=audio 9 RTP/AVP 0\r\na=mid:0\r\n";
    EXPECT_TRUE(read_ice_fragment(more)[0].trickles);
    EXPECT_FALSE(read_ice_fragment(more + "a=end-of-candidates\r\n")[0].trickles);
    EXPECT_EQ(read_ice_fragment(more)[0].user, "u");
}

// ---- Streams --------------------

class Network final : public RtpNetwork {
public:
    RtpRefused send(std::span<const RtpPacket> packets) override {
        for (const RtpPacket& packet : packets)
            sent.push_back({packet.socket, endpoint_text(from_native(packet.to->address))});
        return {};
    }
    void take(int, uint32_t, bool) override {}
    void close(int socket) override { closed.push_back(socket); }
    int shared_socket(uint16_t) override { return -1; }

    std::vector<std::pair<int, std::string>> sent;
    std::vector<int> closed;
};

class IceStreams : public testing::Test {
protected:
    static constexpr uint32_t kSsrc = 7;
    static constexpr uint16_t kPort = 6000;
    IceStreams() {
        MediaCommand open;
        open.kind = MediaCommand::Kind::Open;
        open.ssrc = kSsrc;
        open.port = kPort;
        open.board = &board;
        open.ice = &link;
        streams.apply(std::move(open), 0);
        MediaCommand play;
        play.kind = MediaCommand::Kind::PlayBytes;
        play.format = *find_rtp_format(0, "");
        play.bytes = {bytes.data(), play.format.bytes};
        streams.apply(std::move(play), 0);
    }
    void run(uint64_t ms) { streams.run(now = ms * kMillisecond); }
    void tell(IceNews::Kind kind, int socket, std::string_view datagram = {}, uint32_t ssrc = kSsrc) {
        Address peer{.family = 4, .port = 4000, .ip = {127, 0, 0, 1}};
        alignas(IceNews) char room[sizeof(IceNews) + 100];
        auto* const news =
            new (room) IceNews{kind, kAudioStream, ssrc, static_cast<uint32_t>(datagram.size()), socket, peer, now};
        datagram.copy(room + sizeof(IceNews), datagram.size());
        streams.take_ice(*news, now);
    }
    void play_capture(const Capture& capture) {
        MediaCommand order;
        order.kind = MediaCommand::Kind::PlayCapture;
        order.stream = kCaptureStream;
        order.capture = &capture;
        order.port = kPort;
        order.to = {.family = 4, .port = 9, .ip = {127, 0, 0, 9}};
        streams.apply(std::move(order), now);
    }
    void close() {
        MediaCommand order;
        order.kind = MediaCommand::Kind::Close;
        streams.apply(std::move(order), now);
    }

    std::string bytes = std::string(320, 'a');
    Network network;
    MediaCounts counts;
    StreamBoard board;
    IceLink link;
    uint64_t now = 0;
    Streams streams{network, counts, {}, false, {}};
};

TEST_F(IceStreams, PlayOnceThereIsAWay) {
    run(100);
    EXPECT_TRUE(network.sent.empty());
    tell(IceNews::Kind::Path, 11);
    run(140);
    ASSERT_EQ(network.sent.size(), 3u);  // at 100, 120, 140
    EXPECT_EQ(network.sent[0], std::pair(11, std::string("127.0.0.1:4000")));
    tell(IceNews::Kind::Path, relay_socket(kAudioStream));  // another pair
    EXPECT_EQ(network.closed, std::vector{11});
    run(160);
    EXPECT_EQ(network.sent.back().first, relay_socket(kAudioStream));
    EXPECT_EQ(stream_of_relay(network.sent.back().first), uint32_t{kAudioStream});
}

TEST_F(IceStreams, FallSilentWithoutConsent) {
    tell(IceNews::Kind::Path, 11);
    run(0);
    tell(IceNews::Kind::NoPath, -1);
    run(1000);
    EXPECT_EQ(network.sent.size(), 1u);
    EXPECT_EQ(network.closed, std::vector{11});
    EXPECT_EQ(counts[Counter::RtpSendErrors], 0u);
}

// A capture takes the way of the stream whose port it has, and goes along when that changes.
TEST_F(IceStreams, CapturesFollow) {
    Capture capture;
    capture.ports = {0};
    for (const uint64_t at_ns : {uint64_t{0}, kSecond}) capture.add(at_ns, "abc");
    tell(IceNews::Kind::Path, 11);
    network.sent.clear();
    play_capture(capture);
    run(1);
    EXPECT_EQ(network.sent.back(), std::pair(11, std::string("127.0.0.1:4000")));
    tell(IceNews::Kind::Path, 12);
    network.sent.clear();
    run(1000);
    for (const auto& [socket, to] : network.sent) EXPECT_EQ(socket, 12);
    EXPECT_EQ(network.sent.size(), 51u);  // 50 of the file
}

TEST_F(IceStreams, TakeOnlyWhatIsTheirs) {
    std::string packet(172, '\0');
    packet[0] = '\x80';
    const auto tell_packet = [&](uint32_t ssrc) { tell(IceNews::Kind::Datagram, -1, packet.substr(0, 60), ssrc); };
    tell_packet(kSsrc + 1);
    EXPECT_EQ(counts[Counter::RtpPacketsReceived], 0u);
    tell_packet(kSsrc);
    EXPECT_EQ(counts[Counter::RtpPacketsReceived], 1u);
    streams.publish();
    EXPECT_EQ(board.received.read()[StreamValue::PacketsReceived], 1u);
    close();
    tell_packet(kSsrc);
    EXPECT_EQ(counts[Counter::RtpPacketsReceived], 1u);
    tell(IceNews::Kind::Path, 12);  // it comes late: nobody else would close it
    EXPECT_EQ(network.closed, std::vector{12});
}

// ---- Agents --------------------

const Address kLoopback{.family = 4, .ip = {127, 0, 0, 1}};

IcePlace on_loopback() {
    IcePlace place;
    place.media = kLoopback;
    place.first_port = 20000;
    place.last_port = 60000;
    return place;
}

// An agent with an audio stream.
struct End {
    explicit End(bool controlling, bool lite = false)
        : agents(**open_ice_library(), config, place, clock, counts, link, waker) {
        IceOrder order;
        order.kind = IceOrder::Kind::Open;
        order.controlling = controlling;
        order.lite = lite;
        order.kinds = ice_bit(MediaKind::Audio);
        order.agent = kAgent;
        order.boards = &boards;
        order.user = "user";
        order.password = "password-of-22-letters";
        agents.apply(std::move(order));
    }
    ~End() { ::close(waker); }
    IceState state() const { return boards[0].of(kAgent); }
    bool ready() const { return state() != IceState::Gathering; }
    // What the other side's SDP would say.
    IceOfKind sdp(bool lite = false) const {
        return {"user", "password-of-22-letters", {boards[0].candidates}, {}, lite, false};
    }
    void hear(IceOfKind&& remote) {
        IceOrder order;
        order.kind = IceOrder::Kind::Remote;
        order.remote = std::make_unique<IceOfKinds>();
        (*order.remote)[0] = std::move(remote);
        agents.apply(std::move(order));
    }
    void run() {
        agents.run(false);
        while (const char* block = link.to_media.next()) {
            const auto& news = *reinterpret_cast<const IceNews*>(block);
            if (news.kind == IceNews::Kind::Datagram) heard.emplace_back(news.bytes());
            if (news.kind != IceNews::Kind::Path) continue;
            if (path >= 0) ::close(path);
            path = news.socket;
            to = news.peer;
        }
        link.to_media.release();
    }
    void say(std::string_view datagram) {
        sockaddr_storage native{};
        const socklen_t len = to_native(to, native);
        EXPECT_EQ(sendto(path, datagram.data(), datagram.size(), 0, reinterpret_cast<sockaddr*>(&native), len),
                  static_cast<ssize_t>(datagram.size()));
    }

    static constexpr uint64_t kAgent = 5;
    SystemClock clock;
    IceConfig config;
    IcePlace place = on_loopback();
    IceCounts counts;
    IceLink link;
    IceBoards boards;
    int waker = eventfd(0, EFD_NONBLOCK);
    IceAgents agents;
    int path = -1;
    Address to;
    std::vector<std::string> heard;
};

bool run_until(End& a, End& b, const std::function<bool()>& done) {
    SystemClock clock;
    const uint64_t limit = clock.read_ns() + 30 * kSecond;
    while (!done() && clock.read_ns() < limit) a.run(), b.run();
    return done();
}

void expect_way(End& a, End& b, IceOfKind&& of_a, IceOfKind&& of_b) {
    a.hear(std::move(of_b));
    b.hear(std::move(of_a));
    ASSERT_TRUE(run_until(a, b, [&] { return a.state() == IceState::Connected && b.state() == IceState::Connected; }));
    ASSERT_GE(a.path, 0);
    ASSERT_GE(b.path, 0);
    a.say("\x80 from a");
    b.say("\x80 from b");
    EXPECT_TRUE(run_until(a, b, [&] { return !a.heard.empty() && !b.heard.empty(); }));
    EXPECT_EQ(a.heard, std::vector<std::string>{"\x80 from b"});
    EXPECT_EQ(b.heard, std::vector<std::string>{"\x80 from a"});
    EXPECT_EQ(a.counts[Counter::IceCompleted], 1u);
    EXPECT_EQ(a.counts[Counter::IceFailed], 0u);
}

TEST(IceAgents, HostCandidates) {
    End a(true), b(false);
    ASSERT_TRUE(run_until(a, b, [&] { return a.ready() && b.ready(); }));
    ASSERT_EQ(a.state(), IceState::Ready);
    EXPECT_NE(a.boards[0].candidates.find(" 127.0.0.1 " + std::to_string(a.boards[0].address.port) + " typ host"),
              std::string::npos)
        << a.boards[0].candidates;
    EXPECT_GE(a.boards[0].address.port, 20000);
    expect_way(a, b, a.sdp(), b.sdp());
}

TEST(IceAgents, TwoThatControl) {
    End a(true), b(true);
    ASSERT_TRUE(run_until(a, b, [&] { return a.ready() && b.ready(); }));
    expect_way(a, b, a.sdp(), b.sdp());
}

TEST(IceAgents, TwoThatAreControlled) {
    End a(false), b(false);
    ASSERT_TRUE(run_until(a, b, [&] { return a.ready() && b.ready(); }));
    expect_way(a, b, a.sdp(), b.sdp());
}

// Who is controlled by its role in the offer controls all the same when the other side is lite.
TEST(IceAgents, ALitePeer) {
    End a(false), b(false, true);
    ASSERT_TRUE(run_until(a, b, [&] { return a.ready() && b.ready(); }));
    expect_way(a, b, a.sdp(), b.sdp(true));
}

TEST(IceAgents, AWrongPasswordLeadsNowhere) {
    End a(true), b(false);
    ASSERT_TRUE(run_until(a, b, [&] { return a.ready() && b.ready(); }));
    IceOfKind wrong = b.sdp();
    wrong.password = "not-the-password-of-22";
    a.hear(std::move(wrong));
    EXPECT_TRUE(run_until(a, b, [&] { return a.state() == IceState::Failed; }));
    EXPECT_EQ(a.counts[Counter::IceFailed], 1u);
    EXPECT_EQ(a.path, -1);
    EXPECT_EQ(b.path, -1);
    EXPECT_STREQ(ice_fault(a.state()), "ICE: no pair of candidates works");
}

// RFC 8445 9: both sides have new users and passwords, and find a pair again.
// Of both sides, who tell each other.
void restart(End& a, End& b) {
    for (End* end : {&a, &b}) {
        IceOrder order;
        order.kind = IceOrder::Kind::Restart;
        order.user = "again";
        order.password = "another-of-22-letters--";
        end->agents.apply(std::move(order));
    }
    for (auto [end, other] : {std::pair(&a, &b), std::pair(&b, &a)}) {
        IceOfKind remote = other->sdp();
        remote.user = "again";
        remote.password = "another-of-22-letters--";
        end->hear(std::move(remote));
    }
}

TEST(IceAgents, ARestart) {
    End a(true), b(false);
    ASSERT_TRUE(run_until(a, b, [&] { return a.ready() && b.ready(); }));
    expect_way(a, b, a.sdp(), b.sdp());
    const Address before = a.to;
    a.to = b.to = {};
    restart(a, b);
    ASSERT_TRUE(run_until(a, b, [&] { return a.to.family && b.to.family; }));
    EXPECT_EQ(a.to, before);
    a.say("\x80 again");
    EXPECT_TRUE(run_until(a, b, [&] { return b.heard.size() == 2; }));
    EXPECT_EQ(a.counts[Counter::IceFailed] + b.counts[Counter::IceFailed], 0u);
    EXPECT_EQ(a.counts[Counter::IceConsentLost], 0u);
    EXPECT_EQ(a.counts[Counter::IceRestarts] + b.counts[Counter::IceRestarts], 2u);
}

// RFC 7675: who does not answer any more is sent nothing.
TEST(IceAgents, WithoutConsentThereIsSilence) {
    End a(true), b(false);
    ASSERT_TRUE(run_until(a, b, [&] { return a.ready() && b.ready(); }));
    expect_way(a, b, a.sdp(), b.sdp());
    SystemClock clock;
    const uint64_t begin = clock.read_ns();
    while (a.state() == IceState::Connected && clock.read_ns() - begin < 60 * kSecond) a.agents.run(true);
    EXPECT_EQ(a.state(), IceState::ConsentLost);
    EXPECT_EQ(a.counts[Counter::IceConsentLost], 1u);
    EXPECT_LT(clock.read_ns() - begin, 30 * kSecond);
    bool silent = false;
    while (const char* block = a.link.to_media.next())
        silent |= reinterpret_cast<const IceNews*>(block)->kind == IceNews::Kind::NoPath;
    EXPECT_TRUE(silent);
    a.link.to_media.release();
    // A restart finds a way again.
    restart(a, b);
    EXPECT_TRUE(run_until(a, b, [&] { return a.state() == IceState::Connected; }));
    EXPECT_EQ(a.counts[Counter::IceRestarts], 1u);
    EXPECT_EQ(a.counts[Counter::IceCompleted], 1u);
}

// Forged and broken STUN, and candidates that are none, change nothing.
TEST(IceAgents, Garbage) {
    End a(true), b(false);
    ASSERT_TRUE(run_until(a, b, [&] { return a.ready() && b.ready(); }));
    Result<RtpSocket> stranger = open_rtp_socket(kLoopback, 65536);
    ASSERT_TRUE(stranger.ok());
    sockaddr_storage native{};
    const socklen_t len = to_native(a.boards[0].address, native);
    // A request with a user, without a password; then cut, with wrong lengths, with random bytes.
    std::string request(
        "\0\1\0\x14\x21\x12\xa4\x42"
        "abcdefghijkl"
        "\0\6\0\x9user:user\0\0\0"
        "\0\x25\0\0",
        40);
    Rng rng(1);
    for (int i = 0; i < 500; ++i) {
        std::string datagram = request.substr(0, rng.below(request.size() + 1));
        for (char& byte : datagram)
            if (rng.below(10) == 0) byte = static_cast<char>(rng.next());
        sendto(stranger->fd(), datagram.data(), datagram.size(), 0, reinterpret_cast<sockaddr*>(&native), len);
        if (i % 20 == 0) a.run();
    }
    IceOfKind of_b = b.sdp();
    of_b.candidates.insert(
        of_b.candidates.begin(),
        {"a=candidate:", "a=candidate:1 1 UDP x y z typ host", "a=candidate:1 1 UDP 1 host.local 9 typ host",
         "a=candidate:1 1 TCP 1 127.0.0.1 9 typ host tcptype active", "a=candidate:1 9 UDP 1 1.2.3 70000 typ nothing"});
    expect_way(a, b, a.sdp(), std::move(of_b));
    EXPECT_EQ(a.to.port, b.boards[0].address.port);
}

// The other side knows no ICE.
TEST(IceAgents, APlainPeer) {
    End a(true), b(false);
    ASSERT_TRUE(run_until(a, b, [&] { return a.ready() && b.ready(); }));
    Result<RtpSocket> peer = open_rtp_socket(kLoopback, 65536);
    ASSERT_TRUE(peer.ok());
    IceOfKind plain;
    plain.plain = kLoopback;
    plain.plain.port = peer->port();
    a.hear(std::move(plain));
    ASSERT_TRUE(run_until(a, b, [&] { return a.path >= 0; }));
    EXPECT_EQ(a.to.port, peer->port());
    EXPECT_EQ(a.counts[Counter::IceCompleted], 0u);
    sockaddr_storage native{};
    const socklen_t len = to_native(a.boards[0].address, native);
    sendto(peer->fd(), "\x80 plain", 7, 0, reinterpret_cast<sockaddr*>(&native), len);
    EXPECT_TRUE(run_until(a, b, [&] { return !a.heard.empty(); }));
}

// ---- Media --------------------

// The other side's restart is followed: what is rendered behind it has another user.
TEST(IceMedia, ANewUserOfTheOtherSideIsARestart) {
    RunConfig config;
    SystemClock clock;
    Rng rng(1);
    Address local = kLoopback;
    local.port = 20000;
    Result<std::unique_ptr<Media>> opened = Media::open(config, local, clock, 1);
    ASSERT_TRUE(opened.ok());
    Media& media = **opened;
    const Media::CallNumber call = media.open_call();
    EXPECT_FALSE(media.uses_ice(call));
    const uint64_t limit = clock.read_ns() + 30 * kSecond;
    const auto ready = [&] {
        Result<IceState> state = media.ice_ready(call, ice_bit(MediaKind::Audio), rng);
        return state.ok() && *state == IceState::Ready;
    };
    while (!ready() && clock.read_ns() < limit) {}
    ASSERT_TRUE(ready());
    EXPECT_EQ(media.known_rtp_port(call, MediaKind::Audio), media.ice_board(call, MediaKind::Audio).address.port);
    const std::string user = media.ice_credentials(call).user, password = media.ice_credentials(call).password;
    EXPECT_EQ(user.size(), 8u);
    EXPECT_EQ(password.size(), 24u);
    const auto hear = [&](const std::string& of_other) {
        IceOfKinds remote;
        remote[0].user = of_other;
        remote[0].password = "password-of-22-letters";
        media.set_ice_remote(call, std::move(remote), rng);
    };
    hear("one");
    hear("one");
    EXPECT_EQ(media.ice_credentials(call).user, user);
    hear("two");
    EXPECT_NE(media.ice_credentials(call).user, user);
    EXPECT_NE(media.ice_credentials(call).password, password);
    EXPECT_EQ(media.ice_fault(call), nullptr);
    // Its own restart: what the other side says next is the answer.
    media.restart_ice(call, rng);
    const std::string own = media.ice_credentials(call).user;
    hear("three");
    EXPECT_EQ(media.ice_credentials(call).user, own);
    EXPECT_FALSE(media.go_back_in_ice(call));
    for (int i = 0; i < 2; ++i) media.restart_ice(call, rng);
    EXPECT_NE(media.ice_credentials(call).user, own);
    EXPECT_TRUE(media.go_back_in_ice(call));  // it was refused
    EXPECT_EQ(media.ice_credentials(call).user, own);
    hear("four");
    EXPECT_NE(media.ice_credentials(call).user, own);
    media.close_call(call);
}

}  // namespace
