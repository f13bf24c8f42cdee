// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "runtime/base/clock.h"
#include "runtime/stats/counters.h"

namespace gsp::rt {
namespace {

TEST(Counters, NamesAndColumnsComeFromTheTable) {
    EXPECT_EQ(counter_name(Counter::IncomingCall), "IncomingCall");
    EXPECT_EQ(counter_name(Counter::WatchdogMinor), "WatchdogMinor");
    EXPECT_TRUE(is_sipp_counter(Counter::WatchdogMinor));
    EXPECT_EQ(counter_name(Counter::CallsOffered), "CallsOffered");
    EXPECT_FALSE(is_sipp_counter(Counter::CallsOffered));
    EXPECT_FALSE(is_sipp_counter(Counter::Congestion));
}

TEST(Timing, ClassesCompareWholeMilliseconds) {
    Timing t;
    t.borders = {10, 20};
    t.classes.resize(3);
    for (const uint64_t ns : {uint64_t{0}, 9 * kMillisecond + 999'999, 10 * kMillisecond, 19 * kMillisecond,
                              20 * kMillisecond, 5 * kSecond}) {
        t.record(ns);
    }
    EXPECT_EQ(t.classes, (std::vector<uint64_t>{2, 2, 2}));
    EXPECT_EQ(t.all.count(), 6u);
}

TEST(Timing, PeriodStartsAnewWithoutTouchingTheRest) {
    Timing t;
    t.record(2 * kMillisecond);
    t.record(4 * kMillisecond);
    EXPECT_EQ(t.period_count, 2u);
    EXPECT_EQ(t.period_sum_ns, 6.0 * kMillisecond);
    t.clear_period();
    EXPECT_EQ(t.period_count, 0u);
    EXPECT_EQ(t.period_sum_ns, 0.0);
    EXPECT_EQ(t.period_sum_squares, 0.0);
    EXPECT_EQ(t.all.count(), 2u);
}

}  // namespace
}  // namespace gsp::rt
