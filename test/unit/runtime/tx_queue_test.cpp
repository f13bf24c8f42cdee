// SPDX-License-Identifier: Apache-2.0
// What happens when the socket has no room.
#include "runtime/call/tx_queue.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <cstring>

namespace gsp::rt {
namespace {

// Takes a number of packets, then none.
class NarrowTransport final : public Transport {
public:
    Address local() const override { return {}; }
    uint32_t receive(std::span<RxPacket>, uint64_t) override { return 0; }
    int fd() const override { return -1; }
    SendResult send(std::span<TxPacket> batch) override {
        SendResult result;
        if (error) {
            const auto all = static_cast<uint32_t>(batch.size());
            return {.sent = all, .errors = all, .last_error = error};
        }
        for (; result.sent < batch.size() && room > 0; ++result.sent, --room)
            taken.emplace_back(batch[result.sent].data, batch[result.sent].len);
        return result;
    }
    uint32_t room = 0;
    int error = 0;  // other than 0: it refuses all for good
    std::vector<std::string> taken;
};

struct Queue : ::testing::Test {
    void put(const std::string& text) {
        char* out = queue.reserve();
        std::memcpy(out, text.data(), text.size());
        queue.commit(out + text.size(), {}, 1);
    }
    NarrowTransport transport;
    Counters counters;
    uint64_t now_ns = 0;
    TxQueue queue{transport, counters, now_ns};
};

TEST_F(Queue, WhatFindsNoRoomWaitsInOrder) {
    transport.room = 1;
    for (const char* text : {"a", "b", "c"}) put(text);
    queue.flush();
    EXPECT_EQ(transport.taken, (std::vector<std::string>{"a"}));
    EXPECT_TRUE(queue.wants_write());
    EXPECT_EQ(counters[Counter::Congestion], 2u);
    put("d");
    transport.room = 10;
    queue.flush();
    EXPECT_EQ(transport.taken, (std::vector<std::string>{"a", "b", "c", "d"}));
    EXPECT_FALSE(queue.wants_write());
}

TEST_F(Queue, SaysHowLongTheSocketHasTakenNothing) {
    put("a");
    put("b");
    now_ns = 5 * kMillisecond;
    queue.flush();
    EXPECT_EQ(queue.congested_ns(), 0u);
    now_ns = 12 * kMillisecond;
    queue.flush();
    EXPECT_EQ(queue.congested_ns(), 7 * kMillisecond);
    transport.room = 1;  // it took one: the time starts again
    queue.flush();
    EXPECT_EQ(queue.congested_ns(), 0u);
    now_ns = 20 * kMillisecond;
    EXPECT_EQ(queue.congested_ns(), 8 * kMillisecond);
}

TEST_F(Queue, TellsAnErrorOnce) {
    transport.error = ENETUNREACH;
    put("a");
    put("b");
    queue.flush();
    EXPECT_EQ(counters[Counter::SendErrors], 2u);
    EXPECT_EQ(queue.take_error(), ENETUNREACH);
    EXPECT_EQ(queue.take_error(), 0);
    EXPECT_FALSE(queue.wants_write());
}

TEST_F(Queue, IsBounded) {
    for (int i = 0; i < 5000; ++i) {
        if (queue.full()) break;
        put("x");
        queue.flush();
    }
    EXPECT_TRUE(queue.full());
    EXPECT_EQ(counters[Counter::Congestion], 4096u);
}

}  // namespace
}  // namespace gsp::rt
