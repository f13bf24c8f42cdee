// SPDX-License-Identifier: Apache-2.0
// Whole calls between two workers in virtual time: success, loss, retransmission schedules, repeatability.
#include <gtest/gtest.h>

#include "test/sim/world.h"

namespace gsp::test {

using rt::Counter;
using rt::kMillisecond;
using rt::kSecond;

namespace {

HandProgram& with_timer(HandProgram& p) {
    p.set_rtds(1);
    p.finish();
    return p;
}

constexpr uint64_t kTimewait = 32 * kSecond;  // longer than a BYE can be repeated

using Times = std::vector<uint64_t>;

}  // namespace

TEST(Calls, ThousandCallsSucceed) {
    HandProgram uac(true, uac_steps()), uas(false, uas_steps(kTimewait));
    World world;
    world.client_config.rate.rate = 100;
    world.client_config.rate.max_calls = 1000;
    world.start(&with_timer(uac), &uas);
    world.run_to_end();
    EXPECT_EQ(world.client_count(Counter::SuccessfulCall), 1000u);
    EXPECT_EQ(world.client_count(Counter::FailedCall), 0u);
    EXPECT_EQ(world.client_count(Counter::Retransmissions), 0u);
    EXPECT_EQ(world.client_count(Counter::MessagesSent), 3000u);
    EXPECT_EQ(world.client_count(Counter::MessagesReceived), 3000u);
    EXPECT_EQ(world.client_count(Counter::CallsOffered), 1000u);
    EXPECT_EQ(world.client_count(Counter::CallsLate), 0u);
    EXPECT_EQ(world.server_count(Counter::IncomingCall), 1000u);
    const rt::Statistics& s = world.client().statistics();
    EXPECT_EQ(s.rtds[0].all.count(), 1000u);
    EXPECT_EQ(s.rtds[0].all.max_ns(), 200'000u);  // two links of 100 µs
    EXPECT_EQ(s.call_length.all.count(), 1000u);
    EXPECT_EQ(s.steps[0].done, 1000u);
    EXPECT_EQ(s.steps[2].done, 1000u);
    EXPECT_EQ(world.clock.now_ns / kMillisecond, 9990u);  // call 1000 is due 999 / 100 s after the first
    world.run_for(kTimewait + kSecond);
    EXPECT_EQ(world.server_count(Counter::SuccessfulCall), 1000u);
}

// Time stamps of a wall clock that is set back and forth: no call notices, and no response time is below 0 or above
// what it was.
TEST(Calls, ArrivalsThatJumpSpoilNothing) {
    HandProgram uac(true, uac_steps()), uas(false, uas_steps(kTimewait));
    World world;
    world.client_config.rate.max_calls = 300;
    world.client_config.rate.rate = 100;
    world.network.stamp = [turn = 0](uint64_t arrival_ns) mutable -> uint64_t {
        switch (turn++ % 5) {  // a call has six messages
        case 0: return 0;
        case 1: return UINT64_MAX;
        case 2: return arrival_ns / 2;
        default: return arrival_ns;
        }
    };
    world.start(&with_timer(uac), &uas);
    world.run_to_end();
    const rt::Statistics& stats = world.client().statistics();
    EXPECT_EQ(stats.counters[Counter::SuccessfulCall], 300u);
    EXPECT_EQ(stats.counters[Counter::Retransmissions], 0u);
    EXPECT_EQ(stats.rtds[0].all.count(), 300u);
    EXPECT_EQ(stats.rtds[0].all.max_ns(), 200'000u);
    EXPECT_EQ(stats.rtds[0].all.min_ns(), 0u);
}

TEST(Calls, SucceedInSpiteOfLoss) {
    for (uint64_t seed = 1; seed <= 5; ++seed) {
        HandProgram uac(true, uac_steps(100 * kMillisecond)), uas(false, uas_steps(kTimewait));
        uac.add_late(3, 4);  // a repeated 200 gets the ACK again
        rt::SimLink link;
        link.loss = 0.2;
        World world(seed, link);
        world.client_config.rate.rate = 50;
        world.client_config.rate.max_calls = 100;
        world.start(&with_timer(uac), &uas);
        world.run_to_end();
        EXPECT_EQ(world.client_count(Counter::SuccessfulCall), 100u)
            << "seed " << seed << ": " << world.last_warning(true);
        EXPECT_GT(world.client_count(Counter::Retransmissions), 20u);
    }
}

TEST(Calls, SurviveDuplicates) {
    HandProgram uac(true, uac_steps(10 * kMillisecond)), uas(false, uas_steps(kTimewait));
    uac.add_late(3, 4);
    rt::SimLink link;
    link.duplicate = 0.3;
    World world(3, link);
    world.client_config.rate.rate = 50;
    world.client_config.rate.max_calls = 200;
    world.start(&with_timer(uac), &uas);
    world.run_to_end();
    EXPECT_EQ(world.client_count(Counter::SuccessfulCall), 200u) << world.last_warning(true);
    EXPECT_EQ(world.server_count(Counter::FailedCall), 0u) << world.last_warning(false);
    EXPECT_EQ(world.server_count(Counter::IncomingCall), 200u);
}

TEST(Retransmission, InviteFollowsRfc3261) {
    HandProgram uac(true, uac_steps());
    World world;
    world.client_config.rate.max_calls = 1;
    world.start(&with_timer(uac), nullptr);
    world.run_to_end();
    EXPECT_EQ(world.times_of("INVITE", true), (Times{0, 500, 1500, 3500, 7500, 15500}));
    EXPECT_EQ(world.clock.now_ns / kMillisecond, 31500u);
    EXPECT_EQ(world.client_count(Counter::FailedMaxUDPRetrans), 1u);
    EXPECT_EQ(world.client_count(Counter::FailedCall), 1u);
    EXPECT_EQ(world.client().statistics().steps[0].timeouts, 1u);
    EXPECT_EQ(world.client().statistics().steps[0].retrans, 5u);
    for (const Sent& s : world.sent) EXPECT_EQ(s.bytes, world.sent[0].bytes);
    EXPECT_EQ(world.sent.size(), 6u);  // nothing was received: no CANCEL
}

TEST(Retransmission, NonInviteIsCappedAtT2) {
    std::vector<HandStep> steps = uac_steps();
    HandProgram bye(true, {steps[6], recv_response(200)});
    World world;
    world.client_config.rate.max_calls = 1;
    world.start(&bye, nullptr);
    world.run_to_end();
    EXPECT_EQ(world.times_of("BYE", true), (Times{0, 500, 1500, 3500, 7500, 11500, 15500, 19500, 23500, 27500}));
    EXPECT_EQ(world.clock.now_ns / kMillisecond, 31500u);
}

TEST(Retransmission, GoesToTheTimeoutStep) {
    std::vector<HandStep> steps = uac_steps();
    steps[0].go_on_timeout(8);
    steps.push_back(nop(nullptr));
    HandProgram uac(true, steps);
    World world;
    world.client_config.rate.max_calls = 1;
    world.start(&with_timer(uac), nullptr);
    world.run_to_end();
    EXPECT_EQ(world.client_count(Counter::SuccessfulCall), 1u);
    EXPECT_EQ(world.client().statistics().steps[8].done, 1u);
}

TEST(Retransmission, ProvisionalSlowsNonInviteAndStopsInvite) {
    std::vector<HandStep> steps = uac_steps();
    HandProgram uac(true, {steps[6], recv_response(100).optional(), recv_response(200)});
    HandProgram uas(
        false, {recv_request("BYE"),
                send("SIP/2.0 100 Trying\n[last_Via:]\n[last_To:]\n[last_From:]\n[last_Call-ID:]\n[last_CSeq:]\n\n"),
                pause(100 * kSecond)});
    World world;
    world.client_config.rate.max_calls = 1;
    world.passes = [](const Sent& s) { return !s.from_client || s.ms < 400; };
    world.start(&uac, &uas);
    world.run_to_end();
    // The 100 arrives after 0.2 ms: from there T2, then the doubled interval.
    EXPECT_EQ(world.times_of("BYE", true).at(1), 4001u);
    EXPECT_EQ(world.times_of("BYE", true).at(2), 5001u);
}

TEST(Retransmission, BlocksTheNextSendUntilAnswered) {
    std::vector<HandStep> steps = uac_steps();
    World world;
    world.client_config.rate.max_calls = 1;
    std::vector<HandStep> plain = {steps[6], nop(nullptr), steps[4]};  // nothing waits for the answer to the BYE
    plain[0].go_on_timeout(3);
    HandProgram blocked(true, plain);
    world.start(&blocked, nullptr);
    world.run_to_end();
    EXPECT_TRUE(world.times_of("ACK", true).empty());
    EXPECT_EQ(world.client_count(Counter::FailedMaxUDPRetrans), 1u);
}

TEST(Calls, SameSeedSameBytes) {
    auto run = [](uint64_t seed) {
        HandProgram uac(true, uac_steps(20 * kMillisecond)), uas(false, uas_steps(kTimewait));
        uac.add_late(3, 4);
        rt::SimLink link;
        link.loss = 0.1;
        link.jitter_ns = 5 * kMillisecond;
        World world(seed, link);
        world.client_config.call.call_id = "%u-%r@%s";
        world.client_config.rate.rate = 100;
        world.client_config.rate.max_calls = 100;
        world.start(&with_timer(uac), &uas);
        world.run_to_end();
        std::string all;
        for (const Sent& s : world.sent) all += std::to_string(s.ms) + s.bytes;
        return all;
    };
    EXPECT_EQ(run(7), run(7));
    EXPECT_NE(run(7), run(8));
}

}  // namespace gsp::test
