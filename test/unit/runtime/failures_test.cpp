// SPDX-License-Identifier: Apache-2.0
// What -explain_failures keeps and how it is told; the gates; the line of -stat_period.
#include "runtime/stats/failures.h"

#include <gtest/gtest.h>

#include "runtime/stats/health.h"
#include "runtime/stats/progress.h"
#include "test/unit/runtime/stats_fixture.h"

namespace gsp::rt {
namespace {

LadderEvent event_of(uint64_t ms, LadderKind kind, uint32_t step, uint32_t cseq, std::string_view text) {
    LadderEvent event{ms * kMillisecond, step, kind, {}, {}};
    if (ladder_name(event).starts_with("sent"))
        std::memcpy(event.cseq, (" " + std::to_string(cseq) + " INVITE").c_str(), sizeof event.cseq - 4);
    else
        event.set_cseq(cseq);
    event.set_text(text);
    return event;
}

TEST(Ladders, KeepTheFirstAndTheLastEventsOfALongCall) {
    Ladders ladders(true);
    ladders.begin(3);
    for (uint32_t i = 0; i < 100; ++i) *ladders.next(3) = event_of(i, LadderKind::Sent, i, 0, "");
    const Ladder ladder = ladders.of(3);
    ASSERT_EQ(ladder.events.size(), 24u);
    EXPECT_EQ(ladder.first_part, 6u);
    EXPECT_EQ(ladder.left_out, 76u);
    EXPECT_EQ(ladder.events[5].step, 5u);
    for (uint32_t i = 6; i < 24; ++i) EXPECT_EQ(ladder.events[i].step, 76 + i);
}

TEST(Ladders, OneInFourPlacesGoesToTheNewestCall) {
    Ladders ladders(true);
    for (uint32_t call = 0; call < 512 + 128 + 1; ++call) ladders.begin(call);
    const auto recorded = [&](uint32_t call) { return ladders.next(call) != nullptr; };
    EXPECT_FALSE(recorded(0));
    EXPECT_FALSE(recorded(127));
    EXPECT_TRUE(recorded(128));
    EXPECT_TRUE(recorded(511));
    EXPECT_FALSE(recorded(512)) << "the first that took over a place has lost it again";
    EXPECT_TRUE(recorded(513));
    EXPECT_TRUE(recorded(640));
    ladders.end(300);
    ladders.begin(641);
    EXPECT_TRUE(recorded(513)) << "there was a free place";
    EXPECT_TRUE(ladders.of(641).events.empty());
}

TEST(Ladders, RecordNothingWhenTheyAreOff) {
    Ladders ladders(false);
    ladders.begin(0);
    EXPECT_EQ(ladders.next(0), nullptr);
    ladders.end(0);
    EXPECT_TRUE(ladders.of(0).events.empty());
}

TEST(LadderText, IsTheFirstLineWithoutTheVersion) {
    const auto text = [](std::string_view message) {
        return ladder_text(event_of(0, LadderKind::Sent, 0, 0, message));
    };
    EXPECT_EQ(text("BYE sip:a@b SIP/2.0\r\nVia: SIP/2.0/UDP c"), "BYE sip:a@b");
    EXPECT_EQ(text("SIP/2.0 486 Busy Here\r\nVia: SIP/2.0/UDP c"), "486 Busy Here");
    EXPECT_EQ(text("SIP/2.0 200 S\r\n"), "200 S");
    EXPECT_EQ(text("INVITE sip:abcd@127.0.0.1:5060 SIP/2.0\r\n"), "INVITE sip:abcd@127.0.0.1:5060")
        << "cut in the version";
    EXPECT_EQ(text("INVITE sip:service@127.0.0.1:15060 SIP/2.0\r\n"), "INVITE sip:service@127.0.0.1:15060");
    EXPECT_EQ(text("INVITE sip:service@[2001:db8::1]:15060 SIP/2.0\r\n"), "INVITE sip:service@[2001:db8::1]:..");
    EXPECT_EQ(text(""), "");
}

TEST(LadderCSeq, IsTheNumber) {
    LadderEvent event = event_of(0, LadderKind::Received, 0, 4'000'000'000, "");
    EXPECT_EQ(ladder_cseq(event), 4'000'000'000u);
    event.kind = LadderKind::Sent;
    const auto sent = [&](const char* text) {
        std::memcpy(event.cseq, text, sizeof event.cseq);
        return ladder_cseq(event);
    };
    EXPECT_EQ(sent(" 1 INVITE\r\nV"), 1u);
    EXPECT_EQ(sent(" 4000000000 I"), 4'000'000'000u);
    EXPECT_EQ(sent("     400000000"), 0u) << "cut: not known";
    EXPECT_EQ(sent(" [cseq] INVIT"), 0u);
}

TEST(Failures, CountABoundedNumberOfKinds) {
    Failures failures;
    for (uint32_t step = 0; step < Failures::kMostKinds; ++step) EXPECT_EQ(failures.count({1, step, 0})->count, 1u);
    EXPECT_EQ(failures.count({1, 7, 0})->count, 2u);
    EXPECT_EQ(failures.count({2, 7, 0}), nullptr);
    EXPECT_EQ(failures.total(), Failures::kMostKinds + 2);
    EXPECT_EQ(failures.kinds().size(), Failures::kMostKinds);
    failures.clear();
    EXPECT_EQ(failures.total(), 0u);
    EXPECT_EQ(failures.count({2, 7, 0})->count, 1u);
}

struct FailureReport : testing::Test {
    FailureReport() {
        fixture.program.source = text_of("mine.xml");
        for (uint32_t i = 0; i < fixture.steps.size(); ++i) fixture.steps[i].line = 10 * i;
        Failure& busy = *failures.count({GSP_UNEXPECTED, 1, 486});
        busy.reason = "unexpected message";
        busy.arrived = "486 Busy\x1b Here";
        busy.acceptable = {1, 2};
        busy.why = "none has the status 486";
        busy.example = {7,
                        kSecond,
                        3 * kSecond,
                        "7@host",
                        {{event_of(1000, LadderKind::Sent, 0, 1, "INVITE sip:b SIP/2.0\r\n"),
                          event_of(1500, LadderKind::SentAgain, 0, 1, "INVITE sip:b SIP/2.0\r\n"),
                          event_of(2000, LadderKind::ReceivedLost, 1, 1, "SIP/2.0 180 Ringing\r\n"),
                          event_of(2001, LadderKind::Pause, 5, 0, ""),
                          event_of(3000, LadderKind::Unexpected, 1, 1, "SIP/2.0 486 Busy Here\r\n"),
                          event_of(3000, LadderKind::SentDefault, GSP_NONE, 1, "ACK sip:b SIP/2.0\r\n")},
                         2,
                         9}};
    }
    std::string report(size_t most) const { return explain_failures({{fixture.program, failures}}, most); }
    StatsFixture fixture;
    Failures failures;
};

TEST_F(FailureReport, ShowsWhatWasAcceptableAndACall) {
    EXPECT_EQ(report(3),
              "---------------------------------- Failures -----------------------------------\n"
              "  1 call: unexpected message in step 1 `180` (mine.xml:10): 486 Busy. Here\n"
              "    acceptable: `180` (mine.xml:10), `200` (mine.xml:20); none has the status\n"
              "      486\n"
              "    call 7, Call-ID 7@host\n"
              "         ms  here                                  peer  CSeq  step\n"
              "      0.000  | INVITE sip:b ------------------------->|     1     0\n"
              "    500.000  | INVITE sip:b ------------------------->|     1     0  again\n"
              "        ...  | 9 events left out                      |\n"
              "   1000.000  |x-------------------------- 180 Ringing |     1     1  lost\n"
              "   1001.000  | pause                                  |           5\n"
              "   2000.000  |<------------------------ 486 Busy Here |     1     1  unexpected\n"
              "   2000.000  | ACK sip:b ---------------------------->|     1        by default\n"
              "   2000.000  | the call has failed                    |\n");
}

TEST_F(FailureReport, TheMostFrequentKindsComeFirst) {
    for (int i = 0; i < 2; ++i) failures.count({GSP_ABORTED, 99, 0})->reason = "the run was stopped";
    const std::string text = report(1);
    EXPECT_NE(text.find("  2 calls: the run was stopped at the end\n"
                        "    (no call of this kind was recorded: too many at a time)\n"
                        "  1 call of other kinds: -explain_failures NUMBER shows more\n"),
              std::string::npos)
        << text;
    EXPECT_EQ(text.find("486"), std::string::npos);
}

TEST_F(FailureReport, WithoutFailuresThereIsNone) {
    EXPECT_EQ(report(0), "");
    failures.clear();
    EXPECT_EQ(report(3), "");
}

TEST(Health, WithoutGatesItIsNotActive) {
    const Health health = check_health({}, {0, 100, 100});
    EXPECT_FALSE(health.active);
    EXPECT_TRUE(health.pass());
}

TEST(Health, ReasonsNameMetricValueAndLimit) {
    const Health health = check_health({0.9, 0, 2}, {8, 2, 3});
    EXPECT_TRUE(health.active);
    EXPECT_EQ(health.text(),
              "health gate failed: success_ratio 0.800000 is below 0.900000; failed_calls 2 is above 0; timeouts 3 is "
              "above 2");
}

TEST(Health, TheGeneratorMustHaveKeptUp) {
    RunTotals run{8, 2, 0};
    HealthConfig gates;
    gates.generator = true;
    EXPECT_TRUE(check_health(gates, run).active);
    EXPECT_TRUE(check_health(gates, run).pass());
    run.load.kept_up = false;
    run.load.cause = Bottleneck::Cpu;
    run.load.seconds = run.load.behind = 9;
    EXPECT_EQ(check_health(gates, run).text(),
              "health gate failed: the generator was the bottleneck from 0.0 s on: CPU; 9 of 9 s behind, CPU 0%, start "
              "lag p99 0.00 ms");
    EXPECT_FALSE(check_health({}, run).active);
}

TEST(Health, LimitsThemselvesPass) {
    const Health health = check_health({0.8, 2, 3}, {8, 2, 3});
    EXPECT_TRUE(health.active && health.pass());
    EXPECT_EQ(health.text(), "health gates passed");
}

TEST(Health, OfMedia) {
    HealthConfig gates;
    gates.max_rtcp_fraction_lost = 0.25;
    gates.max_rtcp_jitter_ts = 80;
    gates.min_rtp_packets = 10;
    gates.min_rtp_packets_of_call = 5;
    MediaQuality media;
    media.sum[StreamValue::RemoteFraction] = 64;
    media.sum[StreamValue::RemoteJitter] = 80;
    media.sum[StreamValue::PacketsReceived] = 10;
    media.add_call(5);
    RunTotals run;
    run.media = &media;
    EXPECT_TRUE(check_health(gates, run).active);
    EXPECT_EQ(check_health(gates, run).text(), "health gates passed");
    media.sum[StreamValue::RemoteFraction] = 128;
    media.sum[StreamValue::RemoteJitter] = 81;
    media.sum[StreamValue::PacketsReceived] = 9;
    media.add_call(4);
    EXPECT_EQ(
        check_health(gates, run).text(),
        "health gate failed: rtcp_max_fraction_lost 0.500000 is above 0.250000; rtcp_max_jitter_ts 81 is above 80; "
        "rtp_packets_received 9 is below 10; per_call_min_rtp_packets_received 4 is below 5");
    EXPECT_EQ(check_health(gates, {}).reasons.size(), 2u);  // no media at all
}

TEST(Health, ARunWithoutCallsHasNotSucceeded) {
    EXPECT_FALSE(check_health({0.1, -1, -1}, {}).pass());
}

TEST(Progress, IsOneLine) {
    StatsFixture f;
    f.statistics.counters[Counter::IncomingCall] = 3;
    f.statistics.counters[Counter::OutgoingCall] = 1;
    f.statistics.counters[Counter::SuccessfulCall] = 2;
    f.statistics.counters[Counter::FailedCall] = 1;
    f.statistics.counters[Counter::Retransmissions] = 5;
    f.statistics.counters[Counter::RtpPacketsSent] = 7;
    f.statistics.counters[Counter::RtpPacketsReceived] = 8;
    f.statistics.counters[Counter::RtcpSenderReports] = 1;
    f.statistics.counters[Counter::RtcpReceiverReports] = 2;
    f.statistics.counters[Counter::RtcpPacketsReceived] = 3;
    f.statistics.current_calls = 1;
    f.statistics.steps[0].timeouts = 6;
    f.statistics.now_ns = 8 * kSecond;
    f.statistics.rtds[0].record(kMillisecond);
    f.statistics.call_length.record(20 * kMillisecond);
    EXPECT_EQ(progress_line(f.statistics),
              "calls=4 success=2 failed=1 active=1 cps=0.50 avg_call=20.000ms avg_invite=1.000ms retransmits=5 "
              "timeouts=6 rtp_sent=7 rtp_recv=8 rtcp_sr=1 rtcp_rr=2 rtcp_in=3\n");
}

}  // namespace
}  // namespace gsp::rt
