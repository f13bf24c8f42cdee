// SPDX-License-Identifier: Apache-2.0
// The timer wheel against a std::multimap of due ticks.
#include <gtest/gtest.h>

#include <map>
#include <vector>

#include "runtime/base/rng.h"
#include "runtime/base/timer_wheel.h"

namespace gsp::rt {
namespace {

uint64_t ticks_up(uint64_t ns) {
    return ns / kMillisecond + (ns % kMillisecond != 0);
}

std::vector<TimerNode*> expired(TimerWheel& wheel, uint64_t now_ns) {
    std::vector<TimerNode*> fired;
    wheel.expire(now_ns, [&](TimerNode& node) { fired.push_back(&node); });
    return fired;
}

TEST(TimerWheel, EmptyWheelHasNothingDue) {
    TimerWheel wheel;
    EXPECT_EQ(wheel.next_due_ns(), TimerWheel::kNever);
    EXPECT_TRUE(expired(wheel, kSecond).empty());
}

TEST(TimerWheel, FiresAtTheTickAndNeverEarly) {
    TimerWheel wheel;
    TimerNode node;
    wheel.arm(node, 5 * kMillisecond + 1);
    EXPECT_EQ(wheel.next_due_ns(), 6 * kMillisecond);
    EXPECT_TRUE(expired(wheel, 6 * kMillisecond - 1).empty());
    EXPECT_TRUE(node.armed());
    EXPECT_EQ(expired(wheel, 6 * kMillisecond).size(), 1u);
    EXPECT_FALSE(node.armed());
    EXPECT_EQ(wheel.size(), 0u);
}

TEST(TimerWheel, WhatIsOverdueWhenArmedFiresNext) {
    TimerWheel wheel;
    TimerNode node;
    expired(wheel, kSecond);
    wheel.arm(node, 3);
    EXPECT_LE(wheel.next_due_ns(), kSecond);
    EXPECT_EQ(expired(wheel, kSecond).size(), 1u);
}

TEST(TimerWheel, RearmMovesAndDisarmRemoves) {
    TimerWheel wheel;
    TimerNode a, b;
    wheel.arm(a, kSecond);
    wheel.arm(b, kSecond);
    wheel.arm(a, 2 * kSecond);
    wheel.disarm(b);
    wheel.disarm(b);
    EXPECT_EQ(wheel.size(), 1u);
    EXPECT_TRUE(expired(wheel, kSecond).empty());
    EXPECT_EQ(expired(wheel, 2 * kSecond), std::vector<TimerNode*>{&a});
    EXPECT_EQ(wheel.next_due_ns(), TimerWheel::kNever);
}

TEST(TimerWheel, CallbackMayDisarmADueNode) {
    TimerWheel wheel;
    TimerNode nodes[3];
    for (TimerNode& node : nodes) wheel.arm(node, kMillisecond);
    int fired = 0;
    wheel.expire(kSecond, [&](TimerNode& node) {
        ++fired;
        if (&node == &nodes[0]) wheel.disarm(nodes[1]);
    });
    EXPECT_EQ(fired, 2);
}

TEST(TimerWheel, CallbackThatRearmsInThePastIsCalledOnceAnExpire) {
    TimerWheel wheel;
    TimerNode node;
    wheel.arm(node, kMillisecond);
    for (int turn = 1; turn <= 3; ++turn) {
        int fired = 0;
        wheel.expire(kSecond, [&](TimerNode& n) {
            ++fired;
            wheel.arm(n, 0);
        });
        EXPECT_EQ(fired, 1);
    }
}

TEST(TimerWheel, NextDueNeverMissesAndConvergesInFewSteps) {
    for (uint64_t due_ms : {1ull, 255ull, 256ull, 257ull, 65'535ull, 65'536ull, 70'000ull, 16'777'216ull,
                            4'294'967'295ull, 4'294'967'296ull, 9'000'000'000ull}) {
        TimerWheel wheel;
        TimerNode node;
        expired(wheel, 3 * kMillisecond);
        wheel.arm(node, (due_ms + 3) * kMillisecond);
        int wakes = 0;
        while (node.armed()) {
            uint64_t next = wheel.next_due_ns();
            ASSERT_LE(next, (due_ms + 3) * kMillisecond);
            expired(wheel, next);
            ASSERT_LE(++wakes, 8) << due_ms;
        }
    }
}

class TimerWheelModel : public ::testing::TestWithParam<uint64_t> {};

// The parameter is the range of due times and of time steps in ms.
TEST_P(TimerWheelModel, FiresTheSameNodesInTheSameTicks) {
    Rng rng(GetParam());
    TimerWheel wheel;
    std::multimap<uint64_t, TimerNode*> model;
    std::vector<TimerNode> nodes(500);
    auto forget = [&](TimerNode* node) {
        auto range = model.equal_range(ticks_up(node->due_ns));
        for (auto i = range.first; i != range.second; ++i) {
            if (i->second == node) return static_cast<void>(model.erase(i));
        }
        FAIL() << "a node fired or was armed that the model does not know";
    };
    auto arm = [&](TimerNode* node, uint64_t due) {
        if (node->armed()) forget(node);
        wheel.arm(*node, due);
        model.emplace(ticks_up(due), node);
    };
    uint64_t now = 0;
    size_t total = 0;
    for (int turn = 0; turn < 4000; ++turn) {
        for (uint64_t i = rng.below(20); i > 0; --i) {
            TimerNode* node = &nodes[rng.below(nodes.size())];
            if (rng.below(4) == 0 && node->armed()) {
                forget(node);
                wheel.disarm(*node);
            } else {
                arm(node, now + rng.below(rng.below(2) ? 1000 : GetParam()) * kMillisecond + rng.below(kMillisecond));
            }
        }
        ASSERT_EQ(wheel.size(), model.size());
        uint64_t next = wheel.next_due_ns();
        if (model.empty()) {
            ASSERT_EQ(next, TimerWheel::kNever);
        } else {
            uint64_t first = model.begin()->first;
            ASSERT_LE(next / kMillisecond, std::max(first, now / kMillisecond));
            if (first >> 8 == now / kMillisecond >> 8 && first > now / kMillisecond) {
                ASSERT_EQ(next, first * kMillisecond);
            }
        }
        now += rng.below(3) ? rng.below(5 * kMillisecond) : rng.below(GetParam()) * kMillisecond / 20;
        uint64_t last_tick = 0;
        wheel.expire(now, [&](TimerNode& node) {
            ++total;
            ASSERT_LE(ticks_up(node.due_ns), now / kMillisecond);
            uint64_t tick = ticks_up(node.due_ns);
            forget(&node);
            ASSERT_GE(tick, last_tick);
            last_tick = tick;
            if (rng.below(3) == 0) arm(&node, now + kMillisecond + rng.below(GetParam()) * kMillisecond);
        });
        ASSERT_TRUE(model.empty() || model.begin()->first > now / kMillisecond);
    }
    EXPECT_GT(total, 4000u);
}

INSTANTIATE_TEST_SUITE_P(Ranges, TimerWheelModel,
                         ::testing::Values(10, 300, 5'000, 70'000, 20'000'000, 0x1'0000'0000, 0x10'0000'0000));

}  // namespace
}  // namespace gsp::rt
