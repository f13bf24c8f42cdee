// SPDX-License-Identifier: Apache-2.0
#include "runtime/media/punctuality.h"

#include <gtest/gtest.h>

namespace gsp::rt {
namespace {

// A thread that uses some of the time.
struct Worked {
    Precedence precedence;
    uint64_t now_ns = kSecond, cpu_ns = kSecond / 2;
    Worked() { precedence.look(now_ns, cpu_ns); }
    bool look(uint64_t percent) {
        now_ns = precedence.due_ns();
        cpu_ns += Precedence::kLook * percent / 100;
        return precedence.look(now_ns, cpu_ns);
    }
};

TEST(Precedence, IsHadWhileSomeTimeIsLeft) {
    Worked thread;
    for (const uint64_t percent : {0, 50, 84, 95}) {
        EXPECT_FALSE(thread.look(percent)) << percent;
        EXPECT_TRUE(thread.precedence.granted()) << percent;
    }
}

TEST(Precedence, IsLostAtOnceWhenNoneIsAndComesBackAfterASecond) {
    Worked thread;
    EXPECT_TRUE(thread.look(100));
    EXPECT_FALSE(thread.precedence.granted());
    EXPECT_FALSE(thread.look(100));
    for (int i = 0; i < 5; ++i) EXPECT_FALSE(thread.look(50));
    EXPECT_FALSE(thread.look(99));  // counts anew
    for (int i = 0; i < 9; ++i) EXPECT_FALSE(thread.look(50));
    EXPECT_FALSE(thread.precedence.granted());
    EXPECT_TRUE(thread.look(50));
    EXPECT_TRUE(thread.precedence.granted());
}

TEST(Precedence, LooksSeldom) {
    Worked thread;
    EXPECT_EQ(thread.precedence.due_ns(), thread.now_ns + Precedence::kLook);
    thread.look(10);
    EXPECT_EQ(thread.precedence.due_ns(), thread.now_ns + Precedence::kLook);
}

}  // namespace
}  // namespace gsp::rt
