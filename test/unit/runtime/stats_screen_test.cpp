// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "runtime/stats/screen.h"
#include "test/unit/runtime/stats_fixture.h"

namespace gsp::rt {
namespace {

struct ScreenTest : testing::Test {
    std::string show(int key) {
        return render_screen(key, {fixture.program, fixture.config, fixture.statistics, period, state, fixture.kEpoch});
    }
    StatsFixture fixture;
    ScreenPeriod period;
    ScreenState state;
};

void expect_line(const std::string& screen, const std::string& line) {
    EXPECT_NE(screen.find("\n" + line + "\n"), std::string::npos) << line << "\nis not in\n" << screen;
}

TEST_F(ScreenTest, ClientShowsItsStepsFromLeftToRight) {
    fixture.statistics.steps[0] = {20, 3, 1, 0, 0};
    fixture.statistics.steps[1] = {18, 1, 0, 2, 0};
    fixture.statistics.steps[5] = {17, 0, 0, 4, 0};
    const std::string screen = show(1);
    expect_line(screen, "                                    Messages  Retrans   Timeout   Unexpected-Msg");
    expect_line(screen, "0 :      INVITE ---------->         20        3         1");
    expect_line(screen, "1 :         180 <----------         18        1         0         2");
    expect_line(screen, "2 :         200 <----------  E-RTD1 0         0         0         0");
    expect_line(screen, "3 :         ACK ---------->         0         0");
    expect_line(screen, "4 :      [ NOP ]");
    expect_line(screen, "5 :       Pause [    20.0s]         17                            4\n");
}

TEST_F(ScreenTest, MediaIsShownWhenThereIsSome) {
    EXPECT_EQ(show(1).find("RTP"), std::string::npos);
    Counters& c = fixture.statistics.counters;
    c[Counter::RtpPacketsSent] = 1000;
    c[Counter::RtpBytesSent] = 172'000;
    c[Counter::RtpPacketsLate] = 3;
    c[Counter::RtpPacketsReceived] = 998;
    c[Counter::RtpSendErrors] = 2;
    period.last.counters[Counter::RtpBytesSent] = 72'000;
    fixture.statistics.now_ns = 10 * kSecond;
    period.start_ns = 8 * kSecond;
    std::string screen = show(1);
    expect_line(screen, "  1000 RTP packets sent (3 late)          50.000 kB/s of RTP out");
    expect_line(screen, "  998 RTP packets received                0.000 kB/s of RTP in");
    expect_line(screen, "  2 RTP packets not sent");
    EXPECT_EQ(screen.find("echo"), std::string::npos);
    fixture.config.media.echo = true;
    c[Counter::RtpEchoPackets] = 12;
    screen = show(1);
    expect_line(screen, "  12 RTP packets echoed, 1st stream       0.000 kB/s of RTP echo");
    expect_line(screen, "  0 RTP packets echoed, 2nd stream        0.000 kB/s of RTP echo");
}

TEST_F(ScreenTest, ServerIsMirrored) {
    fixture.program.flags = 0;
    EXPECT_EQ(step_title(fixture.program, 0), "0 :  <---------- INVITE     ");
    EXPECT_EQ(step_title(fixture.program, 2), "2 :  ----------> 200         E-RTD1 ");
    EXPECT_EQ(step_title(fixture.program, 5), "5 :  [    20.0s] Pause");
}

TEST_F(ScreenTest, PausesAreShownInSippsUnits) {
    struct Case {
        double ms;
        const char* text;
    };
    for (const Case& c : {Case{0, "[      0ms]"},
                          {9999, "[   9999ms]"},
                          {10'000, "[    10.0s]"},
                          {59'950, "[    59.9s]"},
                          {90'000, "[     1:30]"},
                          {180'000, "[     3:00]"},
                          {3'723'000, "[  1:02:03]"}}) {
        fixture.steps[5].pause_ms = c.ms;
        EXPECT_NE(step_title(fixture.program, 5).find(c.text), std::string::npos)
            << c.ms << step_title(fixture.program, 5);
    }
    fixture.steps[5].pause_ms = -1;  // -d
    fixture.config.call.pause_ns = 200 * kMillisecond;
    EXPECT_NE(show(1).find("Pause [    200ms]"), std::string::npos);
}

TEST_F(ScreenTest, HiddenStepsAreLeftOutAndLossHasAColumn) {
    fixture.steps[1].flags |= GSP_STEP_HIDE;
    fixture.config.call.lost = 10;
    fixture.statistics.steps[3].lost = 6;
    const std::string screen = show(1);
    EXPECT_EQ(screen.find(" 180 "), std::string::npos);
    EXPECT_NE(screen.find("Unexp.    Lost"), std::string::npos);
    expect_line(screen, "3 :         ACK ---------->         0         0                             6");
}

TEST_F(ScreenTest, HeaderOfAClient) {
    state.remote = "127.0.0.1:5070";
    state.transport = "UDP";
    state.local_port = 5060;
    state.rate = 20;
    state.limit = 60;
    fixture.statistics.now_ns = 1210 * kMillisecond;
    fixture.statistics.current_calls = 3;
    fixture.statistics.counters[Counter::OutgoingCall] = 20;
    fixture.statistics.counters[Counter::CallsOffered] = 23;
    fixture.statistics.counters[Counter::CallsRefusedLimit] = 3;
    const std::string screen = show(1);
    expect_line(screen, "  20.0(0 ms)/1.000s   5060       1.21 s           20  127.0.0.1:5070(UDP)");
    expect_line(screen, "  23 offered = 20 started (0 late) + 3 refused by limit + 0 dropped");
    EXPECT_NE(screen.find("\n  3 calls (limit 60)   "), std::string::npos);
    state.users = 5;
    expect_line(show(1), "  5 (0 ms)   5060       1.21 s           20  127.0.0.1:5070(UDP)");
}

TEST_F(ScreenTest, TitlesAreSipps) {
    EXPECT_EQ(show(1).substr(0, 80),
              "------------------------------ Scenario Screen -------- [1-9]: Change Screen --\n");
    EXPECT_EQ(show(2).substr(0, 80),
              "----------------------------- Statistics Screen ------- [1-9]: Change Screen --\n");
    EXPECT_EQ(show(3).substr(0, 80),
              "---------------------------- Repartition Screen ------- [1-9]: Change Screen --\n");
}

TEST_F(ScreenTest, FooterSaysTheState) {
    EXPECT_NE(show(1).find("[q]: Soft exit"), std::string::npos);
    state.paused = true;
    EXPECT_NE(show(1).find("Paused"), std::string::npos);
    state.soft_quit = true;
    EXPECT_NE(show(2).find("Waiting for active calls to end"), std::string::npos);
    state.ended = true;
    EXPECT_NE(show(2).find(" Test Terminated --"), std::string::npos);
}

TEST_F(ScreenTest, LastWarningIsCutAtSixtyCharacters) {
    const std::string text(80, 'x');
    fixture.statistics.last_warning = text;
    expect_line(show(1), "Last Error: " + std::string(60, 'x') + "...");
}

TEST_F(ScreenTest, StatisticsHavePeriodicAndCumulativeValues) {
    fixture.statistics.counters[Counter::OutgoingCall] = 30;
    period.last.counters[Counter::OutgoingCall] = 10;
    fixture.statistics.counters[Counter::FailedCall] = 2;
    fixture.statistics.counters[Counter::FailedMaxUDPRetrans] = 2;
    fixture.statistics.now_ns = 10 * kSecond;
    period.start_ns = 8 * kSecond;
    fixture.statistics.rtds[0].record(5 * kMillisecond);
    const std::string screen = show(2);
    expect_line(screen, "  Elapsed Time           | 00:00:02:000000           | 00:00:10:000000");
    expect_line(screen, "  Call Rate              |   10.000 cps              |    3.000 cps");
    expect_line(screen, "  Outgoing calls created |       20                  |       30");
    expect_line(screen, "  Total Calls created    |                           |       30");
    expect_line(screen, "  Failed call            |        2                  |        2");
    EXPECT_NE(screen.find("FailedMaxUDPRetrans"), std::string::npos);
    EXPECT_EQ(screen.find("FailedTcpConnect"), std::string::npos);
    expect_line(screen, "  Response Time 1        | 00:00:00:005000           | 00:00:00:005000");
    expect_line(screen, "    ms: p50 5.00  p90 5.00  p99 5.00  p99.9 5.00  max 5.00");
}

TEST_F(ScreenTest, TimesCountFromThePlanToo) {
    fixture.statistics.rtds[0].record(5 * kMillisecond);
    fixture.statistics.rtds[0].from_plan.record(5 * kSecond);
    fixture.statistics.start_lag.record(4995 * kMillisecond);
    const std::string screen = show(2);
    expect_line(screen, "    ms: from plan p50 5000  p90 5000  p99 5000  p99.9 5000  max 5000");
    expect_line(screen, "  Start lag              |                           | 00:00:04:995000");
    expect_line(screen, "    ms: p50 4995  p90 4995  p99 4995  p99.9 4995  max 4995");
}

TEST(Verdict, IsToldInLinesOfTheScreen) {
    LoadVerdict verdict;
    EXPECT_EQ(render_verdict(verdict), "");
    verdict.seconds = 60;
    EXPECT_EQ(render_verdict(verdict), "");  // a server that kept up: there was no plan
    verdict.total.offered = 600;
    EXPECT_EQ(render_verdict(verdict), "Generator kept up: 0 of 60 s behind, start lag p99 0.00 ms, CPU at most 0%\n");
    verdict.kept_up = false;
    verdict.cause = Bottleneck::SendBuffer;
    verdict.from_ns = 12 * kSecond;
    verdict.evidence.congestion = 1000;
    EXPECT_EQ(render_verdict(verdict),
              "Generator was the bottleneck from 12.0 s on: socket buffer (sent); 0 of 60 s\n"
              "  behind, CPU 0%, start lag p99 0.00 ms, 1000 sends that waited\n");
}

TEST_F(ScreenTest, PeriodicMeanIsThatOfThePeriod) {
    fixture.statistics.rtds[0].record(10 * kMillisecond);
    period.last = fixture.statistics;
    fixture.statistics.rtds[0].record(30 * kMillisecond);
    expect_line(show(2), "  Response Time 1        | 00:00:00:030000           | 00:00:00:020000");
}

TEST_F(ScreenTest, RepartitionNamesItsClasses) {
    fixture.statistics.rtds[0].record(15 * kMillisecond);
    const std::string screen = show(3);
    expect_line(screen, "    ms: p50 15.00  p90 15.00  p99 15.00  p99.9 15.00  max 15.00");
    expect_line(screen, "             0 ms <= n <         10 ms :          0");
    expect_line(screen, "            10 ms <= n <         20 ms :          1");
    expect_line(screen, "                   n >=         20 ms :          0");
    expect_line(screen, "  <No repartition defined>");
}

TEST_F(ScreenTest, AllScreensHaveEveryTimerOnce) {
    fixture.statistics.rtds.resize(2);
    gsp_rtd rtds[] = {fixture.rtd, {text_of("two"), nullptr, 0}};
    fixture.program.rtds = rtds;
    const std::string all =
        render_all_screens({fixture.program, fixture.config, fixture.statistics, period, state, fixture.kEpoch});
    for (const char* text :
         {"Scenario Screen", "Statistics Screen", "Repartition 2 Screen", "Average Response Time Repartition 1",
          "Average Response Time Repartition two", "Average Call Length Repartition"}) {
        EXPECT_NE(all.find(text), std::string::npos) << text;
        EXPECT_EQ(all.find(text), all.rfind(text)) << text;
    }
}

}  // namespace
}  // namespace gsp::rt
