// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cstdlib>
#include <ctime>
#include <map>

#include "runtime/stats/csv.h"
#include "test/unit/runtime/stats_fixture.h"

namespace gsp::rt {
namespace {

std::map<std::string, std::string> by_name(const std::vector<CsvField>& fields) {
    std::map<std::string, std::string> map;
    for (const CsvField& f : fields) map[f.name] = f.value;
    EXPECT_EQ(map.size(), fields.size());  // no name twice
    return map;
}

TEST(Csv, AScenarioWithoutTimersHas72ColumnsOfSipp) {
    StatsFixture f;
    f.statistics.rtds.clear();
    f.statistics.user_counters.clear();
    const auto fields = csv_fields(f.program, f.statistics, {}, {f.kEpoch});
    ASSERT_GT(fields.size(), 72u);
    EXPECT_EQ(fields[0].name, "StartTime");
    EXPECT_EQ(fields[5].name, "TargetRate");
    EXPECT_EQ(fields[11].name, "OutgoingCall(C)");
    EXPECT_EQ(fields[12].name, "TotalCallCreated");
    EXPECT_EQ(fields[13].name, "CurrentCall");
    EXPECT_EQ(fields[17].name, "FailedCall(C)");
    EXPECT_EQ(fields[71].name, "CallLengthStDev(C)");
    EXPECT_EQ(fields[72].name, "CallsOffered(P)");
}

TEST(Csv, TimersCountersAndRepartitionsFollow) {
    StatsFixture f;
    const auto fields = csv_fields(f.program, f.statistics, {}, {f.kEpoch});
    std::string names;
    for (size_t i = 67; fields[i].name != "CallsOffered(P)"; ++i) names += " " + fields[i].name;
    EXPECT_EQ(names.substr(1),
              "WatchdogMinor(C) ResponseTime1(P) ResponseTime1(C) ResponseTime1StDev(P) ResponseTime1StDev(C) "
              "CallLength(P) CallLength(C) "
              "CallLengthStDev(P) CallLengthStDev(C) GenericCounter7(P) GenericCounter7(C) ResponseTimeRepartition1 "
              "ResponseTimeRepartition1_<10 ResponseTimeRepartition1_<20 ResponseTimeRepartition1_>=20");
}

TEST(Csv, ValuesAreFormattedAsSippDoes) {
    StatsFixture f;
    f.statistics.counters[Counter::OutgoingCall] = 30;
    f.statistics.counters[Counter::IncomingCall] = 1;
    f.statistics.current_calls = 4;
    f.statistics.now_ns = 3725 * kSecond;
    f.statistics.target_rate = 12.5;
    for (const uint64_t ms : {5, 12, 100}) f.statistics.rtds[0].record(ms * kMillisecond + 999);
    CsvPeriod period;
    period.counters[Counter::OutgoingCall] = 10;
    period.start_ns = 3715 * kSecond;
    auto v = by_name(csv_fields(f.program, f.statistics, period, {f.kEpoch}));
    EXPECT_EQ(v["ElapsedTime(P)"], "00:00:10");
    EXPECT_EQ(v["ElapsedTime(C)"], "01:02:05");
    EXPECT_EQ(v["TargetRate"], "12.500");
    EXPECT_EQ(v["CallRate(P)"], "2.100");
    EXPECT_EQ(v["CallRate(C)"], "0.008");
    EXPECT_EQ(v["OutgoingCall(P)"], "20");
    EXPECT_EQ(v["TotalCallCreated"], "31");
    EXPECT_EQ(v["CurrentCall"], "4");
    EXPECT_EQ(v["ResponseTime1(P)"], "00:00:00:039000");
    EXPECT_EQ(v["ResponseTimeRepartition1"], "");
    EXPECT_EQ(
        v["ResponseTimeRepartition1_<10"] + v["ResponseTimeRepartition1_<20"] + v["ResponseTimeRepartition1_>=20"],
        "111");
}

TEST(Csv, LoadAndMediaStandBehindAllOfSipps) {
    StatsFixture f;
    Counters& c = f.statistics.counters;
    c[Counter::CallsOffered] = 30, c[Counter::CallsRefusedLimit] = 4, c[Counter::RtpPacketsLost] = 6;
    CsvPeriod period;
    period.counters[Counter::CallsOffered] = 10;
    auto v = by_name(csv_fields(f.program, f.statistics, period, {f.kEpoch}));
    EXPECT_EQ(v["CallsOffered(P)"] + " " + v["CallsOffered(C)"], "20 30");
    EXPECT_EQ(v["CallsRefusedLimit(P)"] + v["CallsDropped(C)"] + v["CallsLate(C)"] + v["RtpPacketsLost(P)"], "4006");
    EXPECT_EQ(v["RtpMos(C)"] + v["RtpJitter(P)"], "");  // nothing was heard
    c[Counter::RtpStreamsReceived] = 4, c[Counter::RtpJitterMicroseconds] = 5000;
    c[Counter::RtpStreamsRated] = 2, c[Counter::RtpMosHundredths] = 841;
    period.counters[Counter::RtpStreamsReceived] = 3, period.counters[Counter::RtpJitterMicroseconds] = 3000;
    v = by_name(csv_fields(f.program, f.statistics, period, {f.kEpoch}));
    EXPECT_EQ(v["RtpJitter(P)"] + " " + v["RtpJitter(C)"], "2.000 1.250");
    EXPECT_EQ(v["RtpMos(C)"], "4.21");
}

TEST(Csv, WithUsersTheTargetIsTheirNumber) {
    StatsFixture f;
    f.statistics.target_rate = 5;
    EXPECT_EQ(by_name(csv_fields(f.program, f.statistics, {}, {f.kEpoch, true}))["TargetRate"], "5");
}

TEST(Csv, ADelimiterStandsBehindEachField) {
    const std::vector<CsvField> fields = {{"a", "1"}, {"b", ""}};
    EXPECT_EQ(csv_line(fields, &CsvField::name, ";"), "a;b;\n");
    EXPECT_EQ(csv_line(fields, &CsvField::value, "::"), "1::::\n");
}

TEST(Csv, TimesAsRfc3339) {
    setenv("TZ", "UTC", 1);
    tzset();
    StatsFixture f;
    const auto fields = csv_fields(f.program, f.statistics, {}, {f.kEpoch, false, true});
    EXPECT_EQ(fields[0].value, "2023-11-14T22:13:20.000000Z");
}

std::string names_of(const std::vector<CsvField>& fields) {
    std::string names;
    for (size_t i = 2; i < fields.size(); ++i) names += (names.empty() ? "" : " ") + fields[i].name;
    return names;
}

TEST(Counts, ColumnsAreSipps) {
    StatsFixture f;
    f.steps[0].retrans_ms = 500;
    f.steps[1].flags |= GSP_STEP_HIDE;
    const auto fields = count_fields(f.program, f.statistics, false, {f.kEpoch});
    EXPECT_EQ(fields[0].name + " " + fields[1].name, "CurrentTime ElapsedTime");
    EXPECT_EQ(names_of(fields),
              "0_INVITE_Sent 0_INVITE_Retrans 0_INVITE_Timeout 2_200_Recv 2_200_Retrans 2_200_Timeout 2_200_Unexp "
              "3_ACK_Sent 3_ACK_Retrans 4_Pause_Sessions 4_Pause_Unexp 5_Pause_Sessions 5_Pause_Unexp");
}

TEST(Counts, LossHasAColumnWhenThereIsSome) {
    StatsFixture f;
    EXPECT_FALSE(loses_messages(f.program, f.config));
    f.steps[3].lost = 1;
    EXPECT_TRUE(loses_messages(f.program, f.config));
    const std::string names = names_of(count_fields(f.program, f.statistics, true, {}));
    EXPECT_NE(names.find("0_INVITE_Lost 1_180_Recv"), std::string::npos) << names;
    EXPECT_NE(names.find("2_200_Lost 3_ACK_Sent"), std::string::npos) << names;
    EXPECT_EQ(names.find("Pause_Lost"), std::string::npos) << names;
}

TEST(Counts, ValuesAreThoseOfTheSteps) {
    StatsFixture f;
    f.statistics.now_ns = 1'234'567'890;
    f.statistics.steps[0] = {7, 1, 0, 0, 0};
    f.statistics.steps[4].done = 9;  // a nop has no sessions
    f.statistics.steps[5] = {6, 0, 0, 2, 0};
    auto v = by_name(count_fields(f.program, f.statistics, false, {}));
    EXPECT_EQ(v["ElapsedTime"], "00:00:01:234000");
    EXPECT_EQ(
        v["0_INVITE_Sent"] + v["0_INVITE_Retrans"] + v["4_Pause_Sessions"] + v["5_Pause_Sessions"] + v["5_Pause_Unexp"],
        "71062");
}

TEST(Timing, RepartitionsMayBeginAnew) {
    StatsFixture f;
    Timing& timing = f.statistics.rtds[0];
    timing.record(5 * kMillisecond);
    timing.clear_repartition();
    EXPECT_EQ(timing.classes, (std::vector<uint64_t>{0, 0, 0}));
    EXPECT_EQ(timing.all.count(), 1u);
}

}  // namespace
}  // namespace gsp::rt
