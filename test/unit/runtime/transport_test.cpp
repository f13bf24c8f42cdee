// SPDX-License-Identifier: Apache-2.0
// One suite over all transports: what the worker relies on. Then what is particular to each. Loopback only, ports from
// the system.
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <boost/asio/io_context.hpp>
#include <cerrno>
#include <climits>
#include <cstring>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "runtime/base/rng.h"
#include "runtime/base/timer_wheel.h"
#include "runtime/transport/send_order.h"
#include "runtime/transport/sim.h"
#include "runtime/transport/sockaddr.h"
#include "runtime/transport/stamp_clock.h"
#include "runtime/transport/transport.h"

namespace gsp::rt {
namespace {

Address ip(const std::string& host, uint16_t port = 0) {
    Result<Address> address = resolve(host, port);
    EXPECT_TRUE(address.ok()) << address.error().text;
    return *address;
}

bool is_allowed(Io io) {
    TransportConfig config;
    config.local = ip("127.0.0.1");
    config.io = io;
    return open_udp(config).ok();
}

struct Received {
    std::string bytes;
    Address from;
    uint64_t arrival_ns;
};

// A kind of transport, opened in pairs.
struct Kind {
    std::string name;
    std::string host;
    bool is_sim = false;
    bool gso = true, gro = true;
    Io io = Io::Epoll;
};

void PrintTo(const Kind& kind, std::ostream* out) {
    *out << kind.name;
}

class TransportSuite : public ::testing::TestWithParam<Kind> {
protected:
    void SetUp() override {
        if (!GetParam().is_sim && !is_allowed(GetParam().io)) GTEST_SKIP() << "io_uring is not allowed here";
    }
    std::unique_ptr<Transport> open() {
        if (GetParam().is_sim) {
            auto opened = network_.open(ip(GetParam().host));
            EXPECT_TRUE(opened.ok());
            return std::move(*opened);
        }
        TransportConfig config;
        config.local = ip(GetParam().host);
        config.buffer_bytes = 4 << 20;
        config.clock_epoch_ns = system_clock_.epoch_ns();
        config.gso = GetParam().gso;
        config.gro = GetParam().gro;
        config.io = GetParam().io;
        auto opened = open_udp(config);
        EXPECT_TRUE(opened.ok()) << opened.error().text;
        return std::move(*opened);
    }
    uint64_t now() { return GetParam().is_sim ? clock_.now_ns : system_clock_.read_ns(); }

    // Takes what arrives, `count` packets or as many as come within 2 s of silence.
    std::vector<Received> receive(Transport& transport, size_t count, size_t at_once = 16) {
        std::vector<Received> all;
        std::vector<RxPacket> packets(at_once);
        while (all.size() < count) {
            uint32_t n = transport.receive(packets, now());
            for (uint32_t i = 0; i < n; ++i)
                all.push_back({std::string(packets[i].data, packets[i].len), packets[i].from, packets[i].arrival_ns});
            if (n == 0 && !wait(transport)) break;
        }
        return all;
    }
    void send(Transport& from, const Transport& to, const std::vector<std::string>& texts,
              const std::vector<uint32_t>& calls = {}) {
        std::vector<TxPacket> batch;
        for (size_t i = 0; i < texts.size(); ++i) {
            batch.push_back({texts[i].data(), static_cast<uint32_t>(texts[i].size()), to.local(),
                             calls.empty() ? TxPacket::kNoCall : calls[i]});
        }
        SendResult result = from.send(batch);
        ASSERT_EQ(result.sent, texts.size());
        ASSERT_EQ(result.errors, 0u) << std::strerror(result.last_error);
    }

private:
    bool wait(Transport& transport) {
        if (GetParam().is_sim) {
            if (network_.next_arrival_ns() == TimerWheel::kNever) return false;
            clock_.now_ns = std::max(clock_.now_ns, network_.next_arrival_ns());
            return true;
        }
        pollfd ready{transport.fd(), POLLIN, 0};
        return poll(&ready, 1, 2000) == 1;
    }

    SystemClock system_clock_;
    ManualClock clock_;
    SimNetwork network_{clock_, 1};
};

TEST_P(TransportSuite, DeliversBytesAndTellsWhoSentThem) {
    auto a = open(), b = open();
    EXPECT_NE(a->local().port, 0);
    EXPECT_FALSE(a->local() == b->local());
    std::string bytes("with \0 inside", 13);
    uint64_t before = now();
    send(*a, *b, {bytes});
    auto got = receive(*b, 1);
    ASSERT_EQ(got.size(), 1u);
    EXPECT_EQ(got[0].bytes, bytes);
    EXPECT_EQ(got[0].from, a->local());
    EXPECT_GE(got[0].arrival_ns + kMillisecond, before);
    EXPECT_LE(got[0].arrival_ns, now());
}

TEST_P(TransportSuite, NothingThereIsZero) {
    auto a = open();
    RxPacket packets[4];
    EXPECT_EQ(a->receive(packets, now()), 0u);
    EXPECT_EQ(a->receive({}, now()), 0u);
    EXPECT_EQ(a->send({}).sent, 0u);
    EXPECT_EQ(a->kernel_drops(), 0u);
}

TEST_P(TransportSuite, EqualLengthsArriveWholeAndInOrder) {
    auto a = open(), b = open();
    std::vector<std::string> texts;
    std::vector<uint32_t> calls(200, 7);
    for (int i = 0; i < 200; ++i)
        texts.push_back(std::string(400, static_cast<char>('a' + i % 26)) + std::to_string(1000 + i));
    send(*a, *b, texts, calls);
    auto got = receive(*b, texts.size(), 7);  // fewer than a joined datagram holds
    ASSERT_EQ(got.size(), texts.size());
    for (size_t i = 0; i < texts.size(); ++i) ASSERT_EQ(got[i].bytes, texts[i]);
}

TEST_P(TransportSuite, MixedLengthsKeepTheOrderOfEachCall) {
    auto a = open(), b = open();
    Rng rng(23);
    std::vector<std::string> texts;
    std::vector<uint32_t> calls;
    std::map<uint32_t, uint32_t> sequence;
    for (int i = 0; i < 1500; ++i) {
        calls.push_back(static_cast<uint32_t>(rng.below(40)));
        std::string text = std::to_string(calls.back()) + " " + std::to_string(sequence[calls.back()]++) + " ";
        text.resize(std::vector<size_t>{100, 101, 300, 480}[rng.below(4)], '.');
        texts.push_back(text);
    }
    for (size_t at = 0; at < texts.size(); at += 300) {
        using Difference = std::vector<std::string>::difference_type;
        Difference first = static_cast<Difference>(at);
        send(*a, *b, {texts.begin() + first, texts.begin() + first + 300},
             {calls.begin() + first, calls.begin() + first + 300});
    }
    auto got = receive(*b, texts.size(), 64);
    ASSERT_EQ(got.size(), texts.size());
    std::map<uint32_t, uint32_t> expected;
    for (const Received& packet : got) {
        char* rest = nullptr;
        uint32_t call = static_cast<uint32_t>(std::strtoul(packet.bytes.c_str(), &rest, 10));
        ASSERT_EQ(std::strtoul(rest, nullptr, 10), expected[call]++);
    }
    std::multiset<std::string> sent(texts.begin(), texts.end()), arrived;
    for (const Received& packet : got) arrived.insert(packet.bytes);
    EXPECT_EQ(sent, arrived);
}

TEST_P(TransportSuite, EmptyAndLargestDatagrams) {
    auto a = open(), b = open();
    for (size_t length : {0u, 1u, 9000u, 65507u}) {
        send(*a, *b, {std::string(length, 'x')});
        auto got = receive(*b, 1);
        ASSERT_EQ(got.size(), 1u) << length;
        EXPECT_EQ(got[0].bytes.size(), length);
    }
}

TEST_P(TransportSuite, RefusedDatagramsAreCountedAndTheRestIsSent) {
    auto a = open(), b = open();
    std::string large(65508, 'x'), text = "after";
    Address other_family = ip(b->local().family == 4 ? "::1" : "127.0.0.1", b->local().port);
    auto length = [](const std::string& s) { return static_cast<uint32_t>(s.size()); };
    std::vector<TxPacket> batch = {{large.data(), length(large), b->local(), 1},
                                   {text.data(), length(text), other_family, 2},
                                   {text.data(), length(text), other_family, 3},
                                   {text.data(), length(text), b->local(), 1}};
    if (b->local().family == 6) batch.erase(batch.begin());  // IPv6 takes 20 bytes more
    SendResult result = a->send(batch);
    EXPECT_EQ(result.sent, batch.size());
    EXPECT_EQ(result.errors, batch.size() - 1);
    EXPECT_NE(result.last_error, 0);
    auto got = receive(*b, 1);
    ASSERT_EQ(got.size(), 1u);
    EXPECT_EQ(got[0].bytes, "after");
}

INSTANTIATE_TEST_SUITE_P(All, TransportSuite,
                         ::testing::Values(Kind{"udp_v4", "127.0.0.1"}, Kind{"udp_v6", "::1"},
                                           Kind{"udp_v4_plain", "127.0.0.1", false, false, false},
                                           Kind{"udp_v4_gso_only", "127.0.0.1", false, true, false},
                                           Kind{"uring_v4", "127.0.0.1", false, true, true, Io::Uring},
                                           Kind{"uring_v6", "::1", false, true, true, Io::Uring},
                                           Kind{"uring_v4_plain", "127.0.0.1", false, false, false, Io::Uring},
                                           Kind{"sim", "127.0.0.1", true}, Kind{"sim_v6", "::1", true}),
                         [](const auto& test) { return test.param.name; });

// ---- addresses --------------------

TEST(Address, TextForms) {
    EXPECT_EQ(ip_text(ip("127.0.0.1", 5)), "127.0.0.1");
    EXPECT_EQ(ip_bracketed(ip("127.0.0.1", 5)), "127.0.0.1");
    EXPECT_EQ(ip_text(ip("::1", 5)), "::1");
    EXPECT_EQ(ip_bracketed(ip("[::1]", 5)), "[::1]");
    EXPECT_EQ(endpoint_text(ip("[2001:db8::5]", 5060)), "[2001:db8::5]:5060");
    EXPECT_EQ(ip("127.0.0.1", 5060).port, 5060);
    EXPECT_EQ(ip_text(Address{}), "");
}

TEST(Address, ResolveHonoursTheFamilyAndNamesWhatFails) {
    EXPECT_EQ(resolve("localhost", 1, 4)->family, 4);
    for (const char* bad : {"", "[]", "no.such.host.invalid", "1.2.3.4.5 x"}) {
        Result<Address> failed = resolve(bad, 1);
        ASSERT_FALSE(failed.ok()) << bad;
        EXPECT_NE(failed.error().text.find(std::string("cannot resolve '") + bad + "'"), std::string::npos)
            << failed.error().text;
    }
    EXPECT_FALSE(resolve("::1", 1, 4).ok());
}

// ---- UDP set-up --------------------

// Both ways to ask the kernel; io_uring may be forbidden.
class Udp : public ::testing::TestWithParam<Io> {
protected:
    void SetUp() override {
        if (!is_allowed(GetParam())) GTEST_SKIP() << "io_uring is not allowed here";
    }
};

TEST_P(Udp, TakenPortIsAnErrorWithItsName) {
    TransportConfig config;
    config.io = GetParam();
    config.local = ip("127.0.0.1");
    auto first = open_udp(config);
    ASSERT_TRUE(first.ok());
    config.local = (*first)->local();
    auto second = open_udp(config);
    ASSERT_FALSE(second.ok());
    EXPECT_EQ(second.error().text,
              "cannot bind 127.0.0.1:" + std::to_string(config.local.port) + ": Address already in use");
    EXPECT_EQ(second.error().system_code, EADDRINUSE);
}

TEST_P(Udp, PortSearchSkipsTakenPortsThenTakesAny) {
    TransportConfig any;
    any.io = GetParam();
    any.local = ip("127.0.0.1");
    auto taken = open_udp(any);
    ASSERT_TRUE(taken.ok());
    TransportConfig search = any;
    search.first_port = search.last_port = (*taken)->local().port;
    auto other = open_udp(search);
    ASSERT_TRUE(other.ok()) << other.error().text;
    EXPECT_NE((*other)->local().port, search.first_port);
    taken->reset();
    other = open_udp(search);
    ASSERT_TRUE(other.ok());
    EXPECT_EQ((*other)->local().port, search.first_port);
}

TEST_P(Udp, ForeignAddressAndNoAddressAreErrors) {
    TransportConfig config;
    config.io = GetParam();
    EXPECT_FALSE(open_udp(config).ok());
    config.local = ip("192.0.2.1");
    config.first_port = 40000;
    config.last_port = 40010;
    auto opened = open_udp(config);
    ASSERT_FALSE(opened.ok());
    EXPECT_NE(opened.error().text.find("cannot bind 192.0.2.1:"), std::string::npos) << opened.error().text;
}

TEST_P(Udp, OverflowOfTheReceiveBufferIsCounted) {
    SystemClock clock;
    TransportConfig config;
    config.io = GetParam();
    config.local = ip("127.0.0.1");
    config.buffer_bytes = 4096;
    config.gso = false;
    auto a = open_udp(config), b = open_udp(config);
    ASSERT_TRUE(a.ok() && b.ok());
    std::string text(500, 'x');
    std::vector<TxPacket> batch(200, TxPacket{text.data(), 500, (*b)->local()});
    uint64_t received = 0, sent = 0;
    for (int round = 0; round < 3; ++round) {
        sent += (*a)->send(batch).sent;
        RxPacket packets[64];
        while (uint32_t n = (*b)->receive(packets, clock.read_ns())) received += n;
        EXPECT_LT(received, sent);
        EXPECT_EQ((*b)->kernel_drops(), sent - received) << "also those behind which no datagram came";
    }
}

TEST_P(Udp, BuffersThatAreSmallerThanAskedForAreTold) {
    TransportConfig config;
    config.io = GetParam();
    config.local = ip("127.0.0.1");
    for (const Sockets sockets : {Sockets::One, Sockets::PerCall}) {
        boost::asio::io_context io;
        config.sockets = sockets;
        config.buffer_bytes = 8192;
        EXPECT_EQ((*open_transport(Protocol::Udp, config, io))->notice(), "");
        config.buffer_bytes = INT_MAX;
        const std::string notice = (*open_transport(Protocol::Udp, config, io))->notice();
        EXPECT_NE(notice.find("bytes (net.core.rmem_max), the send buffer"), std::string::npos) << notice;
        EXPECT_NE(notice.find("bytes (net.core.wmem_max), not the 2147483647 of -buff_size"), std::string::npos);
    }
}

// A peer that is not there, then one that is: what comes back for the first must not cost the second a datagram.
TEST_P(Udp, RefusalsAreToldAndCostNobodyElseADatagram) {
    for (const Sockets sockets : {Sockets::One, Sockets::PerCall}) {
        SystemClock clock;
        boost::asio::io_context io;
        TransportConfig config;
        config.io = GetParam();
        config.local = ip("127.0.0.1");
        config.sockets = sockets;
        config.tells_refusals = true;
        auto a = open_transport(Protocol::Udp, config, io), b = open_udp(config), gone = open_udp(config);
        ASSERT_TRUE(a.ok() && b.ok() && gone.ok());
        const Address nobody = (*gone)->local();
        gone->reset();
        std::vector<TxPacket> batch;
        for (uint32_t i = 0; i < 6; ++i) batch.push_back({"text", 4, i % 2 ? (*b)->local() : nobody, i});
        SendResult result = (*a)->send(batch);
        EXPECT_EQ(result.sent, 6u);
        EXPECT_EQ(result.errors, 0u);
        RxPacket packets[8];
        EXPECT_EQ((*b)->receive(packets, clock.read_ns()), 3u);
        EXPECT_EQ((*a)->receive(packets, clock.read_ns()), 0u);
        uint32_t told = 0;
        while (const auto refused = (*a)->next_refusal()) told += *refused == nobody;
        EXPECT_EQ(told, 3u);
        pollfd ready{(*a)->fd(), POLLIN, 0};
        EXPECT_EQ(poll(&ready, 1, 0), 0) << "nothing is left that would wake the loop up";
    }
}

TEST_P(Udp, ArrivalIsTheKernelsAndWithinTheRun) {
    SystemClock clock;
    TransportConfig config;
    config.io = GetParam();
    config.local = ip("127.0.0.1");
    config.clock_epoch_ns = clock.epoch_ns();
    auto a = open_udp(config), b = open_udp(config);
    ASSERT_TRUE(a.ok() && b.ok());
    TxPacket packet{"x", 1, (*b)->local()};
    RxPacket got;
    // Linux turns stamping on in the background after the first socket asked for it; until then it stamps a datagram
    // when it is read.
    const uint64_t give_up = clock.read_ns() + 10'000 * kMillisecond;
    uint64_t before, after;
    do {
        before = clock.read_ns();
        ASSERT_EQ((*a)->send({&packet, 1}).sent, 1u);
        after = clock.read_ns();
        while (clock.read_ns() < after + 5 * kMillisecond) continue;  // the datagram waits
        ASSERT_EQ((*b)->receive({&got, 1}, clock.read_ns()), 1u);
    } while (got.arrival_ns >= after + 4 * kMillisecond && clock.read_ns() < give_up);
    EXPECT_GE(got.arrival_ns + kMillisecond, before);
    EXPECT_LT(got.arrival_ns, after + 4 * kMillisecond);
    ASSERT_EQ((*a)->send({&packet, 1}).sent, 1u);
    ASSERT_EQ((*b)->receive({&got, 1}, 17), 1u);
    EXPECT_EQ(got.arrival_ns, 17u) << "never later than the caller's now";
}

// The wall clock, which somebody sets: what the kernel stamps with and what the transport sees of it.
struct Wall {
    static inline int64_t offset_ns = 0;
    static int64_t read() { return offset_ns; }
    static timespec stamp(uint64_t monotonic_ns) {
        const int64_t ns = static_cast<int64_t>(monotonic_ns) + offset_ns;
        return {ns / 1'000'000'000, ns % 1'000'000'000};
    }
};

TEST(StampClock, AStepOfTheWallClockMakesNoDifference) {
    constexpr uint64_t kStart = 500 * kSecond;  // of the run, on the monotonic clock
    constexpr int64_t kHour = 3600 * static_cast<int64_t>(kSecond),
                      kToday = 1'700'000'000 * static_cast<int64_t>(kSecond);
    for (const int64_t step : {kHour, -kHour, int64_t{20'000'000}, int64_t{-20'000'000}, -kToday}) {
        Wall::offset_ns = kToday;
        TransportConfig config;
        config.clock_epoch_ns = kStart + static_cast<uint64_t>(kToday);
        config.wall_offset_ns = &Wall::read;
        StampClock clock(config);
        clock.look(kSecond);
        EXPECT_EQ(clock.on_run_clock(Wall::stamp(kStart + kSecond - 7), kSecond), kSecond - 7);
        const timespec before = Wall::stamp(kStart + 2 * kSecond - 9);
        Wall::offset_ns += step;
        clock.look(2 * kSecond);
        EXPECT_EQ(clock.on_run_clock(Wall::stamp(kStart + 2 * kSecond - 8), 2 * kSecond), 2 * kSecond - 8);
        // One that was under way when it happened cannot be right, but stays within the run.
        EXPECT_LE(clock.on_run_clock(before, 2 * kSecond), 2 * kSecond);
    }
}

TEST(StampClock, NoStampIsBeforeTheRunOrInTheFuture) {
    TransportConfig config;
    config.clock_epoch_ns = SystemClock().epoch_ns();
    StampClock clock(config);
    clock.look(0);
    for (const timespec& stamp : {timespec{0, 0}, timespec{-5, 0}, timespec{INT32_MAX, 999'999'999}, timespec{1, 0}})
        EXPECT_LE(clock.on_run_clock(stamp, 77), 77u);
    EXPECT_EQ(clock.on_run_clock({0, 0}, 77), 0u);
    EXPECT_EQ(clock.on_run_clock({INT32_MAX, 0}, 77), 77u);
}

TEST_P(Udp, AStampThatDoesNotFitTheWallClockStaysWithinTheRun) {
    SystemClock clock;
    TransportConfig config;
    config.io = GetParam();
    config.local = ip("127.0.0.1");
    config.clock_epoch_ns = clock.epoch_ns();
    config.wall_offset_ns = &Wall::read;
    Wall::offset_ns = 0;
    auto a = open_udp(config), b = open_udp(config);
    ASSERT_TRUE(a.ok() && b.ok());
    // The kernel's stamps do not move here, so for the transport it is as if they had been set back by an hour.
    Wall::offset_ns = 3600 * static_cast<int64_t>(kSecond);
    const TxPacket packet{"x", 1, (*b)->local()};
    TxPacket sent = packet;
    ASSERT_EQ((*a)->send({&sent, 1}).sent, 1u);
    RxPacket got;
    const uint64_t now_ns = clock.read_ns();
    ASSERT_EQ((*b)->receive({&got, 1}, now_ns), 1u);
    EXPECT_EQ(got.arrival_ns, 0u) << "an hour back is before the run: its start, nothing absurd";
}

// A non-blocking TCP connection over loopback whose sender has no room left; the first descriptor is the sender.
std::array<int, 2> full_connection() {
    int listener = socket(AF_INET, SOCK_STREAM, 0), sender = socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_storage native{};
    socklen_t length = to_native(ip("127.0.0.1"), native);
    EXPECT_EQ(bind(listener, reinterpret_cast<sockaddr*>(&native), length), 0);
    EXPECT_EQ(listen(listener, 1), 0);
    EXPECT_EQ(getsockname(listener, reinterpret_cast<sockaddr*>(&native), &length), 0);
    EXPECT_EQ(connect(sender, reinterpret_cast<sockaddr*>(&native), length), 0);
    int receiver = accept(listener, nullptr, nullptr);
    close(listener);
    std::string filler(1 << 16, 'x');
    while (::send(sender, filler.data(), filler.size(), MSG_DONTWAIT) > 0) continue;
    EXPECT_EQ(errno, EAGAIN);
    return {sender, receiver};
}

TEST_P(Udp, NoRoomLeavesTheUnsentAsTheTailInOrder) {
    TransportConfig config;
    config.io = GetParam();
    config.local = ip("127.0.0.1");
    auto opened = open_udp(config);
    ASSERT_TRUE(opened.ok());
    // Loopback UDP never runs out of room; a TCP connection in the descriptor's place refuses with EAGAIN in the same
    // way.
    std::array<int, 2> full = full_connection();
    ASSERT_GE(dup2(full[0], (*opened)->fd()), 0);
    std::vector<std::string> texts = {"aaa", "b", "ccc", "d", "eee"};
    std::vector<TxPacket> batch;
    for (size_t i = 0; i < texts.size(); ++i)
        batch.push_back({texts[i].data(), static_cast<uint32_t>(texts[i].size()), (*opened)->local(),
                         static_cast<uint32_t>(i % 2)});
    SendResult result = (*opened)->send(batch);
    EXPECT_EQ(result.sent, 0u);
    std::string left;
    for (const TxPacket& packet : batch) left += packet.data[0];
    EXPECT_EQ(left, "acebd");
    for (int fd : full) close(fd);
}

INSTANTIATE_TEST_SUITE_P(Each, Udp, ::testing::Values(Io::Epoll, Io::Uring),
                         [](const auto& test) { return test.param == Io::Uring ? "uring" : "epoll"; });

// ---- order of sending --------------------

TEST(SendOrder, GroupsAcrossCallsThatSendTwoMessagesEach) {
    Address peer = ip("127.0.0.1", 5060);
    std::vector<TxPacket> batch;
    for (uint32_t call = 0; call < 50; ++call) {
        batch.push_back({nullptr, 300, peer, call});
        batch.push_back({nullptr, 400, peer, call});
    }
    SendOrder order;
    auto arranged = order.arrange(batch);
    ASSERT_EQ(arranged.size(), batch.size());
    for (size_t i = 0; i < 50; ++i) {
        EXPECT_EQ(arranged[i], 2 * i);
        EXPECT_EQ(arranged[50 + i], 2 * i + 1);
    }
}

TEST(SendOrder, IsAPermutationThatKeepsEveryCallsOrder) {
    Rng rng(29);
    SendOrder order;
    Address peers[] = {ip("127.0.0.1", 1), ip("127.0.0.1", 2), ip("127.0.0.2", 1), ip("::1", 1)};
    for (int round = 0; round < 300; ++round) {
        std::vector<TxPacket> batch(1 + rng.below(600));
        for (TxPacket& packet : batch) {
            uint32_t call =
                rng.below(10) ? static_cast<uint32_t>(rng.below(1 + static_cast<uint64_t>(round))) : TxPacket::kNoCall;
            packet = {nullptr, static_cast<uint32_t>(100 + rng.below(3)), peers[rng.below(4)], call};
        }
        std::map<uint32_t, uint32_t> last;
        std::vector<bool> seen(batch.size());
        for (uint32_t position : order.arrange(batch)) {
            ASSERT_FALSE(seen[position]);
            seen[position] = true;
            uint32_t call = batch[position].call;
            if (call == TxPacket::kNoCall) continue;
            auto [entry, is_first] = last.emplace(call, position);
            ASSERT_TRUE(is_first || entry->second < position);
            entry->second = position;
        }
        ASSERT_EQ(std::count(seen.begin(), seen.end(), true), static_cast<std::ptrdiff_t>(batch.size()));
    }
}

// ---- the simulated network --------------------

class Sim : public ::testing::Test {
protected:
    static std::vector<std::pair<uint64_t, std::string>> run(uint64_t seed, SimLink link, int packets = 300) {
        ManualClock clock;
        SimNetwork network(clock, seed, link);
        auto a = std::move(*network.open(ip("10.0.0.1", 5060))), b = std::move(*network.open(ip("10.0.0.2", 5060)));
        for (int i = 0; i < packets; ++i) {
            std::string text = std::to_string(i);
            TxPacket packet{text.data(), static_cast<uint32_t>(text.size()), b->local()};
            a->send({&packet, 1});
            clock.now_ns += 1000;
        }
        std::vector<std::pair<uint64_t, std::string>> log;
        RxPacket got[8];
        while (network.next_arrival_ns() != TimerWheel::kNever) {
            clock.now_ns = std::max(clock.now_ns, network.next_arrival_ns());
            uint32_t n = b->receive(got, clock.now_ns);
            for (uint32_t i = 0; i < n; ++i) log.emplace_back(got[i].arrival_ns, std::string(got[i].data, got[i].len));
        }
        return log;
    }
};

TEST_F(Sim, SameSeedSameTraffic) {
    SimLink link{1000, 50'000, 0.1, 0.1};
    EXPECT_EQ(run(1, link), run(1, link));
    EXPECT_NE(run(1, link), run(2, link));
}

TEST_F(Sim, WithoutJitterOrderAndDelayAreExact) {
    auto log = run(1, {70'000, 0, 0, 0});
    ASSERT_EQ(log.size(), 300u);
    for (size_t i = 0; i < log.size(); ++i) {
        EXPECT_EQ(log[i].first, 70'000 + 1000 * i);
        EXPECT_EQ(log[i].second, std::to_string(i));
    }
}

TEST_F(Sim, LossDuplicatesAndJitter) {
    EXPECT_TRUE(run(1, {1000, 0, 1, 0}).empty());
    EXPECT_EQ(run(1, {1000, 0, 0, 1}).size(), 600u);
    size_t half = run(1, {1000, 0, 0.5, 0}).size();
    EXPECT_GT(half, 100u);
    EXPECT_LT(half, 200u);
    auto jittered = run(1, {1000, 100'000, 0, 0});
    EXPECT_EQ(jittered.size(), 300u);
    size_t late = 0;
    for (size_t i = 0; i < jittered.size(); ++i) late += jittered[i].second != std::to_string(i);
    EXPECT_GT(late, 100u);
    EXPECT_TRUE(std::is_sorted(jittered.begin(), jittered.end(), [](auto& x, auto& y) { return x.first < y.first; }));
}

TEST_F(Sim, FilterSeesAllAndDropsSome) {
    ManualClock clock;
    SimNetwork network(clock, 1, {0, 0, 0, 0});
    auto a = std::move(*network.open(ip("10.0.0.1"))), b = std::move(*network.open(ip("0.0.0.0", 5060)));
    std::vector<std::string> seen;
    network.filter = [&](const Address& from, const Address& to, std::string_view bytes) {
        EXPECT_EQ(from, a->local());
        EXPECT_EQ(to.port, 5060);
        seen.emplace_back(bytes);
        return bytes != "drop";
    };
    Address to = ip("10.0.0.9", 5060);  // the wildcard endpoint takes any address
    std::vector<TxPacket> batch = {{"one", 3, to}, {"drop", 4, to}, {"two", 3, to}};
    EXPECT_EQ(a->send(batch).sent, 3u);
    EXPECT_EQ(seen, (std::vector<std::string>{"one", "drop", "two"}));
    RxPacket got[4];
    ASSERT_EQ(b->receive(got, 0), 2u);
    EXPECT_EQ(std::string_view(got[1].data, got[1].len), "two");
}

TEST_F(Sim, AddressesAreExclusiveWhileTheyAreOpen) {
    ManualClock clock;
    SimNetwork network(clock, 1);
    auto a = std::move(*network.open(ip("10.0.0.1", 5060)));
    auto again = network.open(ip("10.0.0.1", 5060));
    ASSERT_FALSE(again.ok());
    EXPECT_EQ(again.error().text, "cannot bind 10.0.0.1:5060: Address already in use");
    EXPECT_FALSE(network.open(ip("0.0.0.0", 5060)).ok());
    a.reset();
    EXPECT_TRUE(network.open(ip("10.0.0.1", 5060)).ok());
}

}  // namespace
}  // namespace gsp::rt
