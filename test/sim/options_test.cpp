// SPDX-License-Identifier: Apache-2.0
// Options that change what a run does: how repeated messages are known, Call-IDs, growing rates, the watchdog.
#include <gtest/gtest.h>

#include <regex>
#include <set>

#include "test/sim/client_call.h"
#include "test/sim/peer.h"

namespace gsp::test {

using rt::Counter;
using rt::kMillisecond;
using rt::kSecond;

namespace {

struct OptionsOfACall : ClientCall {
    OptionsOfACall() : ClientCall(10 * kSecond) {}
    size_t sent_by_client(const std::string& start) const { return world.times_of(start, true).size(); }
};

}  // namespace

TEST_F(OptionsOfACall, APauseCanIgnoreMessages) {
    world.client_config.call.pauses_ignore_messages = true;
    start_client();
    world.inject(true, answer(world.sent[0].bytes, "200 OK"));
    world.run_for(kMillisecond);
    ASSERT_EQ(sent_by_client("ACK"), 1u);
    world.inject(true, request("BYE", "1-100@10.0.0.1", 7));
    world.inject(true, answer(world.sent[0].bytes, "200 OK"));
    world.run_for(5 * kSecond);
    EXPECT_EQ(world.sent.size(), 5u);  // two of them ours: no answer to the BYE, no second ACK
    EXPECT_EQ(world.client().statistics().current_calls, 1u);
    EXPECT_EQ(world.client_count(Counter::Warnings), 0u);
}

TEST_F(OptionsOfACall, LooseCheckKnowsRepeatedMessagesByTheirDialog) {
    for (const bool loose : {false, true}) {
        World other;
        other.client_config = world.client_config;
        other.client_config.retrans.loose_repeats = loose;
        other.start(&uac, nullptr);
        other.run_for(kMillisecond);
        other.inject(true, answer(other.sent[0].bytes, "200 OK"));
        other.run_for(kMillisecond);
        other.inject(true,
                     answer(other.sent[0].bytes, "200 OK", "X-Other: header\r\n"));  // same To, From, Call-ID, CSeq
        other.run_for(kMillisecond);
        EXPECT_EQ(other.client().statistics().steps[4].retrans, loose ? 1u : 0u);
    }
}

// … of a response also by its status line and body.
TEST_F(OptionsOfACall, LooseCheckTellsResponsesApart) {
    world.client_config.retrans.loose_repeats = true;
    start_client();
    world.inject(true, answer(world.sent[0].bytes, "180 Ringing"));
    world.inject(true, answer(world.sent[0].bytes, "200 OK"));
    world.run_for(kMillisecond);
    EXPECT_EQ(sent_by_client("ACK"), 1u);
}

TEST_F(OptionsOfACall, AllOfACallIdCanCount) {
    for (const bool whole : {false, true}) {
        World other;
        other.client_config = world.client_config;
        other.client_config.call.whole_call_ids = whole;
        other.start(&uac, nullptr);
        other.run_for(kMillisecond);
        std::string ok = answer(other.sent[0].bytes, "200 OK");
        ok.insert(ok.find("1-100@"), "proxy///");
        other.inject(true, ok);
        other.run_for(kMillisecond);
        EXPECT_EQ(other.times_of("ACK", true).size(), whole ? 0u : 1u);
        EXPECT_EQ(other.client_count(Counter::OutOfCallMsgs), whole ? 1u : 0u);
    }
}

TEST_F(OptionsOfACall, KindsOfCallIds) {
    using enum rt::CallIdKind;
    const std::pair<rt::CallIdKind, const char*> kinds[] = {
        {Uuid, "[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}@10\\.0\\.0\\.1"},
        {UuidCompact, "[0-9a-f]{12}4[0-9a-f]{3}[89ab][0-9a-f]{15}@10\\.0\\.0\\.1"},
        {Random, "[12]-[0-9a-f]{32}@10\\.0\\.0\\.1"},
        {Timestamp, "17000000[0-9]{8}-[12]-100@10\\.0\\.0\\.1"},
    };
    for (const auto& [kind, pattern] : kinds) {
        World other;
        other.client_config.rate.max_calls = 2;
        other.client_config.call.call_id_kind = kind;
        other.start(&uac, nullptr);
        other.run_for(200 * kMillisecond);
        std::set<std::string> ids;
        for (const Sent& s : other.sent) {
            const size_t at = s.bytes.find("Call-ID: ") + 9;
            ids.insert(s.bytes.substr(at, s.bytes.find('\r', at) - at));
        }
        EXPECT_EQ(ids.size(), 2u);
        for (const std::string& id : ids) EXPECT_TRUE(std::regex_match(id, std::regex(pattern))) << id;
    }
}

namespace {

struct Growing : ::testing::Test {
    Growing() {
        uas.set_rtds(1), uac.set_rtds(1);
        uas.finish(), uac.finish();
        rate().rate = 10, rate().increase = 10, rate().highest = 25, rate().increase_every_ns = 2 * kSecond;
        rate().limit = 0;
    }
    rt::RateConfig& rate() { return world.client_config.rate; }
    HandProgram uac{true, uac_steps()}, uas{false, uas_steps(kSecond)};
    World world;
};

}  // namespace

TEST_F(Growing, TheRateGrowsAndTheRunEndsAboveTheHighest) {
    world.start(&uac, &uas);
    world.run_for(1900 * kMillisecond);
    EXPECT_EQ(world.client().rate(), 10);
    world.run_for(2 * kSecond);
    EXPECT_EQ(world.client().rate(), 20);
    EXPECT_EQ(world.client().quitting(), rt::Quit::No);
    world.run_to_end();
    EXPECT_EQ(world.clock.now_ns / kMillisecond, 4000u);
    EXPECT_EQ(world.client().rate(), 25);
    EXPECT_NEAR(static_cast<double>(world.client_count(Counter::SuccessfulCall)), 20 + 40, 1);
}

TEST_F(Growing, OrGoesOnAtTheHighest) {
    rate().quit_at_highest = false;
    world.start(&uac, &uas);
    world.run_for(10 * kSecond);
    EXPECT_EQ(world.client().rate(), 25);
    EXPECT_EQ(world.client().quitting(), rt::Quit::No);
    EXPECT_NEAR(static_cast<double>(world.client_count(Counter::OutgoingCall)), 20 + 40 + 6 * 25, 1);
}

TEST_F(Growing, TheIntervalIsThatOfTheStatistics) {
    rate().increase_every_ns = 0;
    world.client_config.trace.stat_period_ns = 3 * kSecond;
    world.start(&uac, &uas);
    world.run_for(2900 * kMillisecond);
    EXPECT_EQ(world.client().rate(), 10);
    world.run_for(200 * kMillisecond);
    EXPECT_EQ(world.client().rate(), 20);
}

namespace {

struct Sleepy : ::testing::Test {
    Sleepy() { uac.set_rtds(1), uac.finish(); }
    void start() {
        world.client_config.rate.rate = 0;
        world.start(&uac, nullptr);
        world.run_for(kSecond);
    }
    void oversleep(uint64_t ns) {  // the process did not run
        world.clock.now_ns += ns;
        world.run_for(kSecond);
    }
    HandProgram uac{true, uac_steps()};
    World world;
};

}  // namespace

TEST_F(Sleepy, TheWatchdogCountsTrips) {
    start();
    EXPECT_EQ(world.client_count(Counter::Warnings), 0u);
    oversleep(900 * kMillisecond);
    EXPECT_EQ(world.client_count(Counter::WatchdogMinor), 1u);
    EXPECT_NE(world.last_warning(true).find("minor watchdog trip 1 of at most 120"), std::string::npos)
        << world.last_warning(true);
    oversleep(4 * kSecond);
    EXPECT_EQ(world.client_count(Counter::WatchdogMinor), 1u);
    EXPECT_EQ(world.client_count(Counter::WatchdogMajor), 1u);
    EXPECT_EQ(world.client().fatal(), "");
}

TEST_F(Sleepy, TooManyTripsEndTheRun) {
    world.client_config.watchdog.most_major = 1;
    start();
    oversleep(4 * kSecond);
    EXPECT_EQ(world.client().fatal(), "");
    oversleep(4 * kSecond);
    EXPECT_NE(world.client().fatal().find("major watchdog trip 2"), std::string::npos);
    EXPECT_EQ(world.client_count(Counter::FatalErrors), 1u);
}

TEST_F(Sleepy, QuietTimeForgivesTrips) {
    world.client_config.watchdog.most_major = 1;
    world.client_config.watchdog.reset_ns = 60 * kSecond;
    start();
    oversleep(4 * kSecond);
    world.run_for(61 * kSecond);
    oversleep(4 * kSecond);
    EXPECT_EQ(world.client().fatal(), "");
    EXPECT_EQ(world.client_count(Counter::WatchdogMajor), 2u);
}

TEST_F(Sleepy, NoWatchdog) {
    world.client_config.watchdog.interval_ns = 0;
    start();
    oversleep(10 * kSecond);
    EXPECT_EQ(world.client_count(Counter::WatchdogMajor), 0u);
}

}  // namespace gsp::test
