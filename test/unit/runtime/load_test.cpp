// SPDX-License-Identifier: Apache-2.0
// When calls are planned, and the verdict on how that went.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <vector>

#include "runtime/base/clock.h"
#include "runtime/stats/load_verdict.h"
#include "runtime/worker/rate_plan.h"

namespace gsp::rt {
namespace {

std::vector<uint64_t> times(RatePlan& plan, size_t n) {  // ms
    std::vector<uint64_t> all;
    for (; all.size() < n; plan.take()) all.push_back(plan.next_ns() / kMillisecond);
    return all;
}

RateConfig profile_of(std::vector<RatePoint> points) {
    RateConfig config;
    config.profile = std::move(points);
    return config;
}

TEST(RatePlan, UniformGapsHaveNoRoundingErrorThatGrows) {
    RateConfig config;
    config.rate = 3;
    RatePlan plan(config, 1, 0);
    for (int i = 0; i < 3'000'000; ++i) plan.take();
    EXPECT_EQ(plan.next_ns(), 1'000'000 * kSecond);
}

TEST(RatePlan, RisingAndFallingRates) {
    const RateConfig config = profile_of({{0, 0}, {2 * kSecond, 4}, {4 * kSecond, 0}});
    RatePlan plan(config, 1, 0);
    EXPECT_EQ(plan.highest(0), 4);
    EXPECT_EQ(plan.rate_at(kSecond), 2);
    EXPECT_EQ(plan.rate_at(3 * kSecond), 2);
    EXPECT_EQ(plan.rate_at(9 * kSecond), 0);
    EXPECT_EQ(plan.end_ns(), 4 * kSecond);
    // 8 calls in all: t² = k up to 2 s, then the mirror image; the last one is due when the rate is 0.
    EXPECT_EQ(times(plan, 7), (std::vector<uint64_t>{1000, 1414, 1732, 2000, 2267, 2585, 3000}));
}

TEST(RatePlan, CountsFromItsBeginning) {
    const RateConfig config = profile_of({{0, 2}, {kSecond, 2}, {kSecond, 4}, {2 * kSecond, 4}});
    RatePlan plan(config, 1, 0);
    plan.begin(7 * kSecond);
    EXPECT_EQ(plan.end_ns(), 9 * kSecond);
    EXPECT_EQ(times(plan, 4), (std::vector<uint64_t>{7000, 7500, 8000, 8250}));
}

TEST(RatePlan, StepsAndTimesWithoutCalls) {
    const RateConfig config =
        profile_of({{0, 2}, {kSecond, 2}, {kSecond, 0}, {5 * kSecond, 0}, {5 * kSecond, 4}, {6 * kSecond, 4}});
    RatePlan plan(config, 1, 0);
    plan.take(), plan.take();
    EXPECT_EQ(plan.next_ns(), 5 * kSecond);
    EXPECT_EQ(plan.rate_at(3 * kSecond), 0);
    plan = RatePlan(config, 1, 0);
    EXPECT_EQ(times(plan, 6), (std::vector<uint64_t>{0, 500, 5000, 5250, 5500, 5750}));
    EXPECT_EQ(plan.next_ns(), UINT64_MAX);
}

TEST(RatePlan, ARateThatIsSetReplacesTheProfile) {
    const RateConfig config = profile_of({{0, 1}, {10 * kSecond, 1}, {10 * kSecond, 100}, {20 * kSecond, 100}});
    RatePlan plan(config, 1, 0);
    plan.take();
    plan.set_rate(2, kSecond / 2);
    EXPECT_EQ(times(plan, 3), (std::vector<uint64_t>{750, 1250, 1750}));
    EXPECT_EQ(plan.end_ns(), UINT64_MAX);
    EXPECT_EQ(plan.highest(kSecond), 2);
}

// The next call lies in the second piece, but what has been covered of the first one counts.
TEST(RatePlan, ARateThatIsSetKeepsTheWayCoveredInEarlierPieces) {
    const RateConfig config =
        profile_of({{0, 1}, {500 * kMillisecond, 1}, {500 * kMillisecond, 0.1}, {60 * kSecond, 0.1}});
    RatePlan plan(config, 1, 0);
    plan.take();
    EXPECT_EQ(plan.next_ns(), 5500 * kMillisecond);
    plan.set_rate(1, 250 * kMillisecond);
    EXPECT_EQ(plan.next_ns(), kSecond);
}

TEST(RatePlan, WhatWasDueStaysDueWhenTheRateChanges) {
    RateConfig config;
    config.rate = 10;
    RatePlan plan(config, 1, 0);
    plan.set_rate(1, kSecond);
    plan.set_rate(0, 2 * kSecond);
    EXPECT_EQ(plan.due(60 * kSecond), 11u);  // 0 … 0.9, and 1 or 2 s
    EXPECT_EQ(times(plan, 10), (std::vector<uint64_t>{0, 100, 200, 300, 400, 500, 600, 700, 800, 900}));
}

TEST(RatePlan, SkippingForgetsWhatWasDue) {
    RateConfig config;
    RatePlan plan(config, 1, 0);
    EXPECT_EQ(plan.due(10 * kSecond), 101u);
    plan.skip_to(10 * kSecond);
    EXPECT_EQ(plan.due(10 * kSecond), 1u);
    EXPECT_EQ(times(plan, 2), (std::vector<uint64_t>{10'000, 10'100}));
}

// A second of load in which the generator kept up, changed by `change`, `n` times.
struct Watch {
    LoadSample now{.time_ns = 0};
    LoadWatch watch{now};
    template <class Change>
    void seconds(int n, Change change) {
        for (int i = 0; i < n; ++i) {
            now.time_ns += kSecond, now.cpu_ns += kSecond / 2;
            now.offered += 1000, now.started += 1000, now.received += 3000, now.sent += 3000;
            change(now);
            watch.note(now);
            now.overdue = false;
        }
    }
    void good_seconds(int n) {
        seconds(n, [](LoadSample&) {});
    }
};

struct Rule {
    const char* name;
    void (*change)(LoadSample&);
    Bottleneck cause;  // Count: kept up
};

const Rule kRules[] = {
    {"FewLate", [](LoadSample& s) { s.late += 10; }, Bottleneck::Count},
    {"Late", [](LoadSample& s) { s.late += 11; }, Bottleneck::StartLag},
    {"Overdue", [](LoadSample& s) { s.overdue = true; }, Bottleneck::StartLag},
    {"LateAndBusy", [](LoadSample& s) { s.late += 11, s.cpu_ns += kSecond * 2 / 5; }, Bottleneck::Cpu},
    {"Busy", [](LoadSample& s) { s.cpu_ns += kSecond * 2 / 5; }, Bottleneck::Count},
    {"Full", [](LoadSample& s) { s.cpu_ns += kSecond / 2; }, Bottleneck::Cpu},
    {"Refused", [](LoadSample& s) { s.refused += 1; }, Bottleneck::Limit},
    {"KernelDrops", [](LoadSample& s) { s.kernel_drops += 1, s.refused += 1; }, Bottleneck::ReceiveBuffer},
    {"FewWaited", [](LoadSample& s) { s.congestion += 30; }, Bottleneck::Count},
    {"MediaLate", [](LoadSample& s) { s.media_sent += 10'000, s.media_late += 101; }, Bottleneck::Media},
    {"FewMediaLate", [](LoadSample& s) { s.media_sent += 10'000, s.media_late += 100; }, Bottleneck::Count},
    {"MediaUnsent", [](LoadSample& s) { s.media_unsent += 1, s.late += 11; }, Bottleneck::Media},
    {"Waited", [](LoadSample& s) { s.congestion += 31; }, Bottleneck::SendBuffer},
};

class LoadRules : public ::testing::TestWithParam<Rule> {};

TEST_P(LoadRules, Hold) {
    Watch w;
    w.good_seconds(3);
    w.seconds(2, GetParam().change);
    w.good_seconds(100);
    const LoadVerdict v = w.watch.verdict();
    EXPECT_EQ(v.cause, GetParam().cause) << v.text();
    EXPECT_EQ(v.kept_up, GetParam().cause == Bottleneck::Count);
    EXPECT_EQ(v.from_ns, v.kept_up ? 0 : 3 * kSecond);
    EXPECT_EQ(v.seconds, 105u);
}
INSTANTIATE_TEST_SUITE_P(Load, LoadRules, ::testing::ValuesIn(kRules), [](const auto& p) { return p.param.name; });

TEST(LoadVerdict, OneSecondInTenMayBeBad) {
    Watch w;
    const auto late = [](LoadSample& s) { s.late += 500; };
    w.good_seconds(8);
    w.seconds(1, late);
    EXPECT_FALSE(w.watch.verdict().kept_up);
    EXPECT_EQ(w.watch.verdict().from_ns, 8 * kSecond);
    w.good_seconds(1);
    EXPECT_TRUE(w.watch.verdict().kept_up);
    EXPECT_EQ(w.watch.verdict().text(), "kept up: 1 of 10 s behind, start lag p99 0.00 ms, CPU at most 50%");
    w.seconds(1, late);
    EXPECT_FALSE(w.watch.verdict().kept_up);  // 2 of 11
}

TEST(LoadVerdict, ARunOfMomentsIsNotFull) {
    LoadWatch watch({});
    watch.note({.time_ns = 3 * kMillisecond, .cpu_ns = 3 * kMillisecond, .offered = 9, .started = 9});
    EXPECT_TRUE(watch.verdict().kept_up);
    LoadWatch longer({});
    longer.note({.time_ns = kSecond / 2, .cpu_ns = kSecond / 2, .offered = 9, .started = 9});
    EXPECT_EQ(longer.verdict().cause, Bottleneck::Cpu);
}

TEST(LoadVerdict, SecondsWithoutLoadDoNotCount) {
    LoadWatch watch({});
    for (uint64_t s = 1; s < 10; ++s) watch.note({.time_ns = s * kSecond, .cpu_ns = s * kSecond});
    EXPECT_EQ(watch.verdict().seconds, 0u);
    EXPECT_EQ(watch.verdict().text(), "no load to judge by");
}

TEST(LoadVerdict, HasItsEvidence) {
    Watch w;
    w.good_seconds(2);
    w.seconds(2,
              [](LoadSample& s) { s.late += 400, s.refused += 20, s.late_turns += 3, s.cpu_ns += kSecond * 9 / 20; });
    const LoadVerdict v = w.watch.verdict();
    EXPECT_EQ(v.evidence.late, 800u);
    EXPECT_EQ(v.text(),
              "was the bottleneck from 2.0 s on: CPU; 2 of 4 s behind, CPU 95%, start lag p99 0.00 ms, 800 calls late, "
              "40 refused by limit, 6 late turns");
}

TEST(LoadVerdict, TellsWhatThisMachineHasLostBesides) {
    Watch w;
    w.good_seconds(2);
    LoadVerdict v = w.watch.verdict();
    v.machine = {.in_errors = 30, .receive_buffer = 25, .send_buffer = 4};
    v.total.kernel_drops = 7;
    EXPECT_EQ(
        v.text(),
        "kept up: 0 of 2 s behind, start lag p99 0.00 ms, CPU at most 50%, 34 UDP datagrams lost on this machine, "
        "7 of them by this run");
}

// ---- the kernel's count of losses --------------------

constexpr const char* kSnmp =
    "Tcp: RtoAlgorithm InErrs\nTcp: 1 77\n"
    "Udp: InDatagrams NoPorts InErrors OutDatagrams RcvbufErrors SndbufErrors InCsumErrors\n"
    "Udp: 1000 2 30 900 25 4 5\n"
    "UdpLite: InDatagrams InErrors\nUdpLite: 1 99\n";
constexpr const char* kSnmp6 =
    "Ip6InReceives  7\nUdp6InErrors    \t3\nUdp6RcvbufErrors\t2\nUdp6SndbufErrors\t1\nUdpLite6InErrors\t88\n";

TEST(UdpLosses, AreReadFromBothFiles) {
    const UdpLosses both = parse_udp_losses(kSnmp, kSnmp6);
    EXPECT_EQ(both.in_errors, 33u);
    EXPECT_EQ(both.receive_buffer, 27u);
    EXPECT_EQ(both.send_buffer, 5u);
    EXPECT_EQ(parse_udp_losses(kSnmp, "").all(), 34u);
}

TEST(UdpLosses, WhatCannotBeReadIsNothing) {
    for (const char* text : {"", "\n", "Udp:", "Udp: InErrors\n", "Udp: InErrors\nUdp:\n", "Udp: InErrors\nUdp: x\n",
                             "Udp: 1 2\nUdp: InErrors\n", "Udp6InErrors\n", "Udp6InErrors 1 2\n"}) {
        EXPECT_EQ(parse_udp_losses(text, text).all(), 0u) << text;
    }
    EXPECT_EQ(UdpLossWatch("/nowhere").losses().all(), 0u);
}

TEST(UdpLosses, AreThoseSinceTheStart) {
    const std::filesystem::path folder = ::testing::TempDir() + "gsp_udp_losses";
    std::filesystem::create_directories(folder);
    const auto write = [&](const char* errors) {
        std::ofstream(folder / "snmp") << "Udp: RcvbufErrors InErrors\nUdp: 5 " << errors << "\n";
    };
    write("10");
    const UdpLossWatch watch(folder);
    EXPECT_EQ(watch.losses().in_errors, 0u);
    write("17");
    EXPECT_EQ(watch.losses().in_errors, 7u);
    EXPECT_EQ(watch.losses().receive_buffer, 0u);
    write("3");
    EXPECT_EQ(watch.losses().in_errors, 0u) << "the kernel's count began anew";
    std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace gsp::rt
