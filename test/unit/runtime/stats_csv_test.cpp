// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <ctime>
#include <fstream>
#include <map>
#include <sstream>

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

TEST(Csv, AScenarioWithoutTimersHas72Columns) {
    StatsFixture f;
    f.statistics.rtds.clear();
    f.statistics.user_counters.clear();
    const auto fields = csv_fields(f.program, f.statistics, {}, false, f.kEpoch);
    ASSERT_EQ(fields.size(), 72u);
    EXPECT_EQ(fields[0].name, "StartTime");
    EXPECT_EQ(fields[5].name, "TargetRate");
    EXPECT_EQ(fields[11].name, "OutgoingCall(C)");
    EXPECT_EQ(fields[12].name, "TotalCallCreated");
    EXPECT_EQ(fields[13].name, "CurrentCall");
    EXPECT_EQ(fields[17].name, "FailedCall(C)");
    EXPECT_EQ(fields[71].name, "CallLengthStDev(C)");
}

TEST(Csv, TimersCountersAndRepartitionsFollow) {
    StatsFixture f;
    const auto fields = csv_fields(f.program, f.statistics, {}, false, f.kEpoch);
    std::string names;
    for (size_t i = 67; i < fields.size(); ++i) names += " " + fields[i].name;
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
    auto v = by_name(csv_fields(f.program, f.statistics, period, false, f.kEpoch));
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

TEST(Csv, WithUsersTheTargetIsTheirNumber) {
    StatsFixture f;
    f.statistics.target_rate = 5;
    EXPECT_EQ(by_name(csv_fields(f.program, f.statistics, {}, true, f.kEpoch))["TargetRate"], "5");
}

TEST(Csv, FileHasItsHeaderOnceAndPeriodsStartWithEachRow) {
    StatsFixture f;
    const std::string name = testing::TempDir() + "gsp_stats_" + std::to_string(getpid()) + ".csv";
    f.config.trace.stat_file = name;
    auto file = StatisticsFile::open(f.program, f.config, f.kEpoch);
    ASSERT_TRUE(file.ok()) << file.error().text;
    f.statistics.counters[Counter::OutgoingCall] = 3;
    ASSERT_TRUE((*file)->row(f.statistics).ok());
    f.statistics.counters[Counter::OutgoingCall] = 5;
    ASSERT_TRUE((*file)->row(f.statistics).ok());

    std::ifstream in(name);
    std::vector<std::vector<std::string>> rows;
    for (std::string line; std::getline(in, line);) {
        EXPECT_EQ(line.back(), ';');
        rows.emplace_back();
        std::istringstream fields(line);
        for (std::string field; std::getline(fields, field, ';');) rows.back().push_back(field);
    }
    unlink(name.c_str());
    ASSERT_EQ(rows.size(), 3u);
    EXPECT_EQ(rows[0][10] + " " + rows[1][10] + " " + rows[2][10], "OutgoingCall(P) 3 2");
    EXPECT_EQ(rows[0][11] + " " + rows[1][11] + " " + rows[2][11], "OutgoingCall(C) 3 5");
}

TEST(Csv, AFileThatCannotBeCreatedIsNamed) {
    StatsFixture f;
    f.config.trace.stat_file = "/nonexistent/folder/x.csv";
    const auto file = StatisticsFile::open(f.program, f.config, f.kEpoch);
    ASSERT_FALSE(file.ok());
    EXPECT_NE(file.error().text.find("/nonexistent/folder/x.csv"), std::string::npos);
}

}  // namespace
}  // namespace gsp::rt
