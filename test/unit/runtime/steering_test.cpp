// SPDX-License-Identifier: Apache-2.0
// Messages find the worker whose call they are about, and its answers the connection that they came over.
#include <gtest/gtest.h>

#include <deque>
#include <string>
#include <vector>

#include "runtime/base/byte_ring.h"
#include "runtime/base/hash.h"
#include "runtime/sip/call_id.h"
#include "runtime/transport/steering.h"

namespace gsp::rt {

namespace {

// Gives what the test has put there, one at a time, and keeps what is sent.
struct FakeTransport final : Transport {
    struct In {
        std::string bytes;
        ConnId conn;
    };
    struct Out {
        std::string bytes;
        ConnId conn;
        friend bool operator==(const Out&, const Out&) = default;
    };
    Address local() const override { return {4, 0, 5060, {127, 0, 0, 1}}; }
    bool has_connections() const override { return true; }
    int fd() const override { return -1; }
    bool alive(ConnId conn) const override { return conn == 1000; }
    uint32_t receive(std::span<RxPacket> out, uint64_t) override {
        if (in.empty() || out.empty()) return 0;
        held = std::move(in.front());
        in.pop_front();
        out[0] = {held.bytes.data(), static_cast<uint32_t>(held.bytes.size()), 7, {4, 0, 9, {10, 0, 0, 9}}, held.conn};
        return 1;
    }
    SendResult send(std::span<TxPacket> batch) override {
        for (const TxPacket& p : batch) sent.push_back({{p.data, p.len}, p.conn});
        return {static_cast<uint32_t>(batch.size())};
    }
    std::optional<Disconnect> next_disconnect() override { return std::exchange(end, std::nullopt); }

    std::deque<In> in;
    In held;
    std::vector<Out> sent;
    std::optional<Disconnect> end;
};

// Two workers; a message is of the one whose number it begins with.
struct SteeringTest : ::testing::Test {
    explicit SteeringTest(size_t ring_bytes = 1 << 16)
        : steering(
              2,
              [](std::string_view m) {
                  return m.empty() || m[0] == '?' ? Steering::kNobody : static_cast<uint32_t>(m[0] - '0');
              },
              ring_bytes) {
        for (uint32_t i = 0; i < 2; ++i) {
            auto inner = std::make_unique<FakeTransport>();
            fake[i] = inner.get();
            worker[i] = steering.steer(i, std::move(inner), [this, i] { ++woken[i]; });
        }
    }
    std::vector<std::string> received_by(uint32_t i) {
        std::vector<std::string> all;
        RxPacket packets[4];
        while (const uint32_t n = worker[i]->receive(packets, 0))
            for (uint32_t k = 0; k < n; ++k) {
                all.emplace_back(packets[k].data, packets[k].len);
                conn = packets[k].conn;
            }
        return all;
    }
    SendResult send(uint32_t from, std::vector<std::pair<std::string, ConnId>> messages) {
        std::vector<TxPacket> batch;
        for (auto& [bytes, to] : messages)
            batch.push_back({bytes.data(), static_cast<uint32_t>(bytes.size()), {}, TxPacket::kNoCall, to});
        return worker[from]->send(batch);
    }

    Steering steering;
    FakeTransport* fake[2];
    std::unique_ptr<Transport> worker[2];
    int woken[2] = {};
    ConnId conn = kNoConn;  // of the last message received
};
using Strings = std::vector<std::string>;
constexpr ConnId kOfFirst = 1000, kOfSecond = 1001;  // even ones are the first worker's
static_assert(seat_of(kOfFirst, 2) == 0 && seat_of(kOfSecond, 2) == 1);

struct SmallRings : SteeringTest {
    SmallRings() : SteeringTest(4096) {}
};

}  // namespace

TEST_F(SteeringTest, MessagesReachTheOwnerOfTheirCall) {
    for (const char* text : {"0a", "1b", "?c", "1d", "0e"}) fake[0]->in.push_back({text, kMainConn});
    EXPECT_EQ(received_by(0), (Strings{"0a", "?c", "0e"}));
    EXPECT_EQ(woken[1], 2);
    EXPECT_EQ(woken[0], 0);
    fake[1]->in.push_back({"1f", kMainConn});
    EXPECT_EQ(received_by(1), (Strings{"1b", "1d", "1f"}));
    EXPECT_EQ(received_by(1), Strings{});
}

TEST_F(SteeringTest, AnswersLeaveOverTheConnectionOfAnother) {
    fake[0]->in.push_back({"1 INVITE", kOfFirst});
    EXPECT_EQ(received_by(0), Strings{});
    EXPECT_FALSE(worker[1]->alive(kOfFirst));
    EXPECT_EQ(received_by(1), Strings{"1 INVITE"});
    EXPECT_EQ(conn, kOfFirst);
    EXPECT_TRUE(worker[1]->alive(kOfFirst));
    const SendResult result = send(1, {{"mine", kOfSecond}, {"180", kOfFirst}, {"mine too", kMainConn}, {"200", kOfFirst}});
    EXPECT_EQ(result.sent, 4u);
    using Out = FakeTransport::Out;
    EXPECT_EQ(fake[1]->sent, (std::vector<Out>{{"mine", kOfSecond}, {"mine too", kMainConn}}));
    EXPECT_FALSE(worker[1]->all_sent());
    received_by(0);
    EXPECT_EQ(fake[0]->sent, (std::vector<Out>{{"180", kOfFirst}, {"200", kOfFirst}}));
    EXPECT_TRUE(worker[1]->all_sent());
    EXPECT_GT(woken[1], 1);  // it had been asked
}

TEST_F(SteeringTest, AllHearOfTheEndOfAConnection) {
    fake[0]->in.push_back({"1 INVITE", kOfFirst});
    received_by(0);
    received_by(1);
    fake[0]->end = Disconnect{kOfFirst, false, false, true, false, "reset"};
    const std::optional<Disconnect> own = worker[0]->next_disconnect();
    ASSERT_TRUE(own && !own->elsewhere);
    EXPECT_FALSE(worker[1]->next_disconnect());
    received_by(1);
    const std::optional<Disconnect> told = worker[1]->next_disconnect();
    ASSERT_TRUE(told);
    EXPECT_EQ(told->conn, kOfFirst);
    EXPECT_EQ(told->why, "reset");
    EXPECT_TRUE(told->elsewhere && told->ends_calls);
    EXPECT_TRUE(told->first_to_count());  // whoever is first
    EXPECT_FALSE(own->first_to_count());
    EXPECT_FALSE(worker[1]->alive(kOfFirst));
}

TEST_F(SmallRings, WhatFindsNoRoomIsCounted) {
    const std::string big(1500, '1');
    for (int i = 0; i < 4; ++i) fake[0]->in.push_back({big, kMainConn});
    received_by(0);
    const uint64_t dropped = worker[0]->handover_drops();
    EXPECT_GT(dropped, 0u);
    EXPECT_EQ(received_by(1).size(), 4 - dropped);
    const SendResult result = send(1, {{std::string(5000, 'x'), kOfFirst}});
    EXPECT_EQ(result.sent, 1u);
    EXPECT_EQ(result.errors, 1u);
}

TEST(Owner, EachWorkerHasItsShareOfTheCalls) {
    std::vector<int> calls(3);
    for (int i = 0; i < 3000; ++i) ++calls[owner_of(hash_bytes("call-" + std::to_string(i), 1), 3)];
    for (const int n : calls) EXPECT_NEAR(n, 1000, 120);
}

TEST(CallId, IsFoundWithoutReadingTheRest) {
    using sip::find_call_id;
    EXPECT_EQ(find_call_id("INVITE x SIP/2.0\r\nVia: y\r\nCall-ID: a@b\r\nTo: z\r\n\r\n"), "a@b");
    EXPECT_EQ(find_call_id("SIP/2.0 200 OK\ncALL-iD \t:\ta \n\n"), "a");
    EXPECT_EQ(find_call_id("SIP/2.0 200 OK\r\ni:short\r\n\r\n"), "short");
    EXPECT_EQ(find_call_id("SIP/2.0 200 OK\r\nCall-ID: end"), "end");
    EXPECT_EQ(find_call_id("SIP/2.0 200 OK\r\nContact: i\r\nInfo: x\r\nCall-Info: y\r\n\r\nCall-ID: body\r\n"), "");
    EXPECT_EQ(find_call_id("Call-ID: first line"), "");
    EXPECT_EQ(find_call_id("\r\n\r\n"), "");
    EXPECT_EQ(find_call_id(""), "");
    EXPECT_EQ(sip::call_of("leg///id", false), "id");
    EXPECT_EQ(sip::call_of("leg///id", true), "leg///id");
}

TEST(ByteRing, BlocksStayUntilTheyAreReleased) {
    ByteRing ring(4096);
    const auto put = [&](char c) {
        char* room = ring.reserve(1500);
        if (room) room[0] = c, ring.commit();
        return room != nullptr;
    };
    EXPECT_EQ(ring.next(), nullptr);
    EXPECT_TRUE(put('a') && put('b'));
    EXPECT_FALSE(put('c'));
    const char *a = ring.next(), *b = ring.next();
    EXPECT_EQ(ring.next(), nullptr);
    EXPECT_FALSE(put('c'));
    EXPECT_EQ(*a, 'a');
    EXPECT_EQ(*b, 'b');
    ring.release();
    EXPECT_TRUE(put('c'));
    EXPECT_EQ(*ring.next(), 'c');
}

}  // namespace gsp::rt
