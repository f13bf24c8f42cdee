// SPDX-License-Identifier: Apache-2.0
// Plan and truth: what a run that cannot keep up says of itself, profiles of the rate, random gaps, mixed scenarios.
#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "test/sim/world.h"

namespace gsp::test {

using rt::Bottleneck;
using rt::Counter;
using rt::kMillisecond;
using rt::kSecond;
using rt::Part;

namespace {

struct PlannedLoad : ::testing::Test {
    PlannedLoad() {
        for (HandProgram* each : {&uac, &other, &holding, &also_holding, &uas}) {
            each->set_rtds(1);
            each->finish();
        }
        rate().limit = 0;
    }
    rt::RateConfig& rate() { return world.client_config.rate; }
    // Each message of the client takes this long to make: 3 a call.
    void make_slow(uint64_t ns, bool by_cpu = true) {
        world.passes = [this, ns, by_cpu](const Sent& s) {
            if (!s.from_client) return true;
            world.clock.now_ns += ns;
            if (by_cpu) world.clock.used_cpu_ns += ns;
            return true;
        };
    }
    void run_for(uint64_t ns) {
        world.start(&uac, &uas);
        world.run_for(ns);
        world.client().close_plan();
    }
    void expect_all_accounted_for() {
        const rt::LoadSample t = world.client().load_verdict().total;
        EXPECT_EQ(t.offered, t.started + t.refused + t.dropped);
    }
    uint64_t count(Counter c) { return world.client_count(c); }
    std::vector<uint64_t> invites() const { return world.times_of("INVITE", true); }

    HandProgram uac{true, uac_steps()}, other{true, uac_steps()}, uas{false, uas_steps(kSecond)};
    HandProgram holding{true, uac_steps(kSecond)}, also_holding{true, uac_steps(kSecond)};
    World world;
};

}  // namespace

TEST_F(PlannedLoad, ThreeTimesTooMuchForTheCpu) {
    rate().rate = 1000;
    make_slow(kMillisecond);
    run_for(5 * kSecond);
    const rt::LoadVerdict verdict = world.client().load_verdict();
    EXPECT_FALSE(verdict.kept_up);
    EXPECT_EQ(verdict.cause, Bottleneck::Cpu) << verdict.text();
    EXPECT_EQ(verdict.from_ns, 0u);
    EXPECT_GT(verdict.cpu_share, 0.9);
    EXPECT_GT(verdict.start_lag_p99_ns, kSecond);
    expect_all_accounted_for();
    // All that was planned until then, and no more.
    EXPECT_EQ(count(Counter::CallsOffered), world.clock.now_ns / kMillisecond + 1);
    EXPECT_GT(count(Counter::CallsDropped), 1000u);
}

TEST_F(PlannedLoad, HalfOfWhatItCanIsNoProblem) {
    rate().rate = 160;
    make_slow(kMillisecond);
    run_for(5 * kSecond);
    const rt::LoadVerdict verdict = world.client().load_verdict();
    EXPECT_TRUE(verdict.kept_up) << verdict.text();
    EXPECT_NEAR(verdict.cpu_share, 0.48, 0.02);
    EXPECT_EQ(verdict.behind, 0u);
    expect_all_accounted_for();
    EXPECT_EQ(count(Counter::CallsOffered), world.clock.now_ns * 160 / kSecond + 1);
}

TEST_F(PlannedLoad, WhoSleepsIsLateWithoutUsingCpu) {
    rate().rate = 1000;
    make_slow(kMillisecond, false);
    run_for(5 * kSecond);
    EXPECT_EQ(world.client().load_verdict().cause, Bottleneck::StartLag);
    expect_all_accounted_for();
}

// … also when the run is over before its first second is.
TEST_F(PlannedLoad, WhoIsStoppedWithABacklogWasBehind) {
    rate().rate = 1000;
    world.client_config.rate.max_sched_loops = 1;
    world.start(&uac, &uas);
    world.clock.now_ns += 100 * kMillisecond;
    world.client().turn();
    world.client().close_plan();
    EXPECT_EQ(count(Counter::CallsOffered), 101u);
    EXPECT_EQ(count(Counter::CallsDropped), 100u);
    EXPECT_EQ(world.client().load_verdict().cause, Bottleneck::StartLag);
}

TEST_F(PlannedLoad, ThreeTimesTheLimit) {
    rate().rate = 30;
    rate().limit = 10;
    world.start(&holding, &uas);
    world.run_for(10 * kSecond);
    world.client().close_plan();
    const rt::LoadVerdict verdict = world.client().load_verdict();
    EXPECT_EQ(verdict.cause, Bottleneck::Limit) << verdict.text();
    EXPECT_EQ(verdict.total.offered, 301u);
    EXPECT_NEAR(static_cast<double>(verdict.total.refused), 200, 10);
    expect_all_accounted_for();
}

TEST_F(PlannedLoad, ItsVerdictBeginsWhereTheTroubleDid) {
    rate().rate = 100;
    make_slow(kMillisecond);
    world.start(&uac, &uas);
    world.run_for(10 * kSecond);
    world.client().set_rate(1000, world.clock.now_ns);
    world.run_for(5 * kSecond);
    world.client().close_plan();
    const rt::LoadVerdict verdict = world.client().load_verdict();
    EXPECT_EQ(verdict.cause, Bottleneck::Cpu);
    EXPECT_NEAR(static_cast<double>(verdict.from_ns), 10e9, 1.1e9);
    expect_all_accounted_for();
}

TEST_F(PlannedLoad, ChangesOfTheRateForgetNoCall) {
    rate().rate = 1000;
    make_slow(kMillisecond);
    world.start(&uac, &uas);
    world.run_for(2 * kSecond);
    const uint64_t planned = (world.clock.now_ns + kMillisecond - 1) / kMillisecond;  // before now
    EXPECT_LT(count(Counter::CallsOffered), planned);
    world.client().set_rate(0, world.clock.now_ns);
    world.run_for(10 * kSecond);  // the backlog is worked off
    EXPECT_EQ(count(Counter::OutgoingCall), planned);
    EXPECT_EQ(count(Counter::CallsOffered), planned);
}

TEST_F(PlannedLoad, APauseDropsWhatWasDue) {
    rate().rate = 1000;
    make_slow(kMillisecond);
    world.start(&uac, &uas);
    world.run_for(2 * kSecond);
    world.client().set_paused(true);
    EXPECT_GT(count(Counter::CallsDropped), 1000u);
    const uint64_t offered = count(Counter::CallsOffered);
    world.run_for(2 * kSecond);
    EXPECT_EQ(count(Counter::CallsOffered), offered);
    world.client().set_paused(false);
    world.run_for(10 * kMillisecond);
    expect_all_accounted_for();
}

TEST_F(PlannedLoad, ResponseTimesCountFromThePlanToo) {
    rate().rate = 1000;
    rate().max_calls = 1000;
    make_slow(kMillisecond);
    world.start(&uac, &uas);
    world.run_to_end();
    const rt::Statistics& s = world.client().statistics();
    const rt::Timing& invite = s.rtds[0];
    EXPECT_EQ(invite.all.count(), 1000u);
    EXPECT_EQ(invite.from_plan.count(), 1000u);
    EXPECT_GT(s.start_lag.max_ns(), kSecond / 2);
    EXPECT_NEAR(invite.from_plan.mean_ns(), invite.all.mean_ns() + s.start_lag.mean_ns(), 1);
}

TEST_F(PlannedLoad, AClosedLoopHasNoPlan) {
    rate().users = 3;
    run_for(2 * kSecond);
    const rt::Timing& invite = world.client().statistics().rtds[0];
    EXPECT_GT(invite.all.count(), 0u);
    EXPECT_EQ(invite.from_plan.count(), 0u);
    EXPECT_TRUE(world.client().load_verdict().kept_up);
}

TEST_F(PlannedLoad, AProfileIsFollowedAndEndsTheRun) {
    rate().profile = {{0, 0}, {10 * kSecond, 100}, {10 * kSecond, 20}, {15 * kSecond, 20}};
    world.start(&uac, &uas);
    world.run_for(5 * kSecond);
    EXPECT_NEAR(world.client().rate(), 50, 0.01);
    EXPECT_EQ(invites().size(), 125u);  // half of 5 s, 50 / s
    world.run_to_end();
    EXPECT_EQ(world.clock.now_ns / kSecond, 15u);
    EXPECT_NEAR(static_cast<double>(invites().size()), 500 + 100, 1);
    EXPECT_EQ(invites()[49], static_cast<uint64_t>(std::sqrt(10.0) * 1000));  // 50 = 5 t²
    expect_all_accounted_for();
}

TEST_F(PlannedLoad, OrGoesOnBehindItsProfile) {
    rate().profile = {{0, 10}, {2 * kSecond, 10}, {2 * kSecond, 50}};
    rate().quit_at_highest = false;
    world.start(&uac, &uas);
    world.run_for(4 * kSecond - kMillisecond);
    EXPECT_EQ(invites().size(), 20u + 100u);
}

TEST_F(PlannedLoad, PoissonHasExponentialGapsFromTheSeed) {
    rate().rate = 200;
    rate().arrival = rt::Arrival::Poisson;
    run_for(50 * kSecond);
    const std::vector<uint64_t> starts = invites();
    EXPECT_NEAR(static_cast<double>(starts.size()), 10'000, 400);  // four standard deviations
    double squares = 0;
    for (size_t i = 1; i < starts.size(); ++i) squares += std::pow(static_cast<double>(starts[i] - starts[i - 1]), 2);
    EXPECT_NEAR(squares / static_cast<double>(starts.size() - 1), 2 * 25, 6);  // twice the square of the mean, 5 ms
    World again;
    again.client_config.rate = rate();
    again.start(&uac, &uas);
    again.run_for(50 * kSecond);
    EXPECT_EQ(again.times_of("INVITE", true), starts);
}

TEST_F(PlannedLoad, PoissonFollowsTheRate) {
    rate().arrival = rt::Arrival::Poisson;
    rate().rate = 100, rate().increase = 200, rate().increase_every_ns = 10 * kSecond;
    run_for(20 * kSecond);
    EXPECT_NEAR(static_cast<double>(invites().size()), 1000 + 3000, 250);
}

TEST_F(PlannedLoad, ScenariosShareTheCallsByWeight) {
    rate().rate = 100;
    rate().max_calls = 1000;
    world.client_also = {{&other, 3}};
    world.start(&uac, &uas);
    world.run_to_end();
    const rt::Statistics &first = world.client().statistics(), &second = world.client().statistics(rt::also(0));
    EXPECT_EQ(first.counters[Counter::SuccessfulCall] + second.counters[Counter::SuccessfulCall], 1000u);
    EXPECT_NEAR(static_cast<double>(second.counters[Counter::OutgoingCall]), 750, 55);
    EXPECT_EQ(second.steps[0].done, second.counters[Counter::OutgoingCall]);
    EXPECT_EQ(second.counters[Counter::CallsOffered], second.counters[Counter::OutgoingCall]);
    std::set<std::string> ids;
    for (const Sent& s : world.sent)
        if (s.first_line().starts_with("INVITE")) ids.insert(s.bytes.substr(s.bytes.find("Call-ID")));
    EXPECT_EQ(ids.size(), 1000u);
}

TEST_F(PlannedLoad, TheLimitIsThatOfAllScenarios) {
    rate().rate = 100;
    rate().limit = 10;
    world.client_also = {{&also_holding, 1}};
    world.start(&holding, &uas);
    for (int i = 0; i < 20; ++i) {
        world.run_for(150 * kMillisecond);
        EXPECT_LE(world.client().statistics().current_calls + world.client().statistics(rt::also(0)).current_calls,
                  10u);
    }
    world.client().quit(rt::Quit::Soft);
    world.run_to_end();
    expect_all_accounted_for();
    EXPECT_EQ(world.client().statistics(rt::also(0)).current_calls, 0u);
}

// The client can make 333 calls a second, 3 messages of a millisecond each.
TEST_F(PlannedLoad, TheKneeIsWhereTheGeneratorEnds) {
    rate().rate = 50;
    world.client_config.knee.on = true;
    make_slow(kMillisecond);
    world.start(&uac, &uas);
    world.run_to_end();
    const rt::KneeSearch& search = world.client().knee();
    ASSERT_TRUE(search.over());
    EXPECT_GT(search.knee(), 250);
    EXPECT_LE(search.knee(), 334);
    const std::vector<rt::KneeStage>& stages = search.stages();
    ASSERT_GE(stages.size(), 4u);
    EXPECT_EQ(stages[0].started, 500u);
    EXPECT_EQ(stages[2].rate, 200);
    EXPECT_EQ(stages[3].rate, 400);
    EXPECT_EQ(stages[3].broken, "CPU");
    EXPECT_NE(rt::render_knee(search).find("All conditions held up to a rate of "), std::string::npos);
    expect_all_accounted_for();
}

// The network loses an INVITE that follows another one within its millisecond, so from 1000 / s on.
TEST_F(PlannedLoad, TheKneeIsWhereThePeerEnds) {
    rate().rate = 400;
    world.client_config.knee.on = true;
    world.client_config.knee.stage_ns = kSecond;
    uint64_t last_ms = UINT64_MAX;
    world.passes = [&](const Sent& s) {
        if (!s.from_client || !s.first_line().starts_with("INVITE")) return true;
        const bool dropped = s.ms == last_ms;
        last_ms = s.ms;
        return !dropped;
    };
    world.start(&uac, &uas);
    world.run_to_end();
    const rt::KneeSearch& search = world.client().knee();
    EXPECT_EQ(search.stages()[0].broken, "");
    EXPECT_EQ(search.stages()[1].broken, "");
    EXPECT_EQ(search.stages()[2].rate, 1600);
    EXPECT_EQ(search.stages()[2].broken, "retransmissions");
    EXPECT_NEAR(search.knee(), 1000, 60);
}

TEST_F(PlannedLoad, AStageThatTheMachineHasSpoiltIsRepeated) {
    rate().rate = 100, rate().highest = 200;
    world.client_config.knee.on = true;
    world.client_config.knee.stage_ns = kSecond;
    int late = 0;
    world.passes = [&](const Sent& s) {
        if (s.from_client && s.ms < 500 && late++ < 5) world.clock.now_ns += 50 * kMillisecond;
        return true;
    };
    world.start(&uac, &uas);
    world.run_to_end();
    const std::vector<rt::KneeStage>& stages = world.client().knee().stages();
    ASSERT_EQ(stages.size(), 3u);
    EXPECT_EQ(stages[0].broken, "start lag");
    EXPECT_EQ(stages[1].rate, 100);
    EXPECT_EQ(stages[1].broken, "");
    EXPECT_EQ(world.client().knee().knee(), 200);
}

TEST_F(PlannedLoad, TheKneeMayBeALatency) {
    rate().rate = 100, rate().highest = 300;
    world.client_config.knee.on = true;
    world.client_config.knee.stage_ns = kSecond;
    world.client_config.knee.p99_ns = 10 * kMillisecond;
    world.start(&uac, &uas);
    world.run_to_end();
    EXPECT_EQ(world.client().knee().knee(), 300);  // and no further
    EXPECT_EQ(world.client().knee().stages().size(), 3u);
    World slow(1, {.delay_ns = 20 * kMillisecond});
    slow.client_config.rate = rate(), slow.client_config.knee = world.client_config.knee;
    slow.start(&uac, &uas);
    slow.run_to_end();
    EXPECT_EQ(slow.client().knee().knee(), 0);
    for (const rt::KneeStage& stage : slow.client().knee().stages()) EXPECT_EQ(stage.broken, "p99");
    EXPECT_NE(rt::render_knee(slow.client().knee()).find("held at no rate"), std::string::npos);
}

}  // namespace gsp::test
