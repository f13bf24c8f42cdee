// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>

#include "runtime/base/clock.h"
#include "runtime/stats/json_writer.h"
#include "runtime/stats/log_file.h"
#include "runtime/stats/summary.h"
#include "runtime/stats/time_text.h"
#include "runtime/stats/trace.h"
#include "test/unit/runtime/stats_fixture.h"

namespace gsp::rt {
namespace {

std::string contents(const std::string& name) {
    std::ostringstream text;
    text << std::ifstream(name).rdbuf();
    return text.str();
}

class TraceTest : public testing::Test {
protected:
    TraceTest() : folder_(testing::TempDir() + "gsp_trace_" + std::to_string(getpid())) {
        std::filesystem::create_directory(folder_);
        setenv("TZ", "UTC", 1);
        tzset();
        config_.trace[TraceFile::Messages].name = folder_ + "/messages";
        config_.trace[TraceFile::Logs].name = folder_ + "/logs";
        config_.trace[TraceFile::Errors].name = folder_ + "/errors";
    }
    ~TraceTest() override { std::filesystem::remove_all(folder_); }

    std::string folder_;
    RunConfig config_;
    static constexpr uint64_t kEpoch = 1'700'000'000 * kSecond;
};

TEST_F(TraceTest, MessagesHaveSippsForm) {
    config_.trace[TraceFile::Messages].on = true;
    auto trace = Trace::open(config_, kEpoch);
    ASSERT_TRUE(trace.ok());
    EXPECT_TRUE((*trace)->on(TraceFile::Messages) && (*trace)->any());
    (*trace)->message(1'500'000, TraceKind::Sent, "UDP", "BYE x SIP/2.0\r\n\r\n");
    (*trace)->message(2'000'000, TraceKind::Received, "UDP", "SIP/2.0 200 OK\r\n\r\n");
    (*trace)->drain();
    const std::string dashes(47, '-');
    EXPECT_EQ(contents(config_.trace[TraceFile::Messages].name),
              dashes + " 2023-11-14T22:13:20.001500Z\nUDP message sent [17] bytes:\n\nBYE x SIP/2.0\r\n\r\n\n" +
                  dashes +
                  " 2023-11-14T22:13:20.002000Z\nUDP message received [18] bytes:\n\nSIP/2.0 200 OK\r\n\r\n\n");
}

TEST_F(TraceTest, ErrorsFileBeginsWithTheFirstWarning) {
    config_.trace[TraceFile::Errors].on = true;
    auto trace = Trace::open(config_, kEpoch);
    ASSERT_TRUE(trace.ok());
    (*trace)->drain();
    EXPECT_FALSE(std::filesystem::exists(config_.trace[TraceFile::Errors].name));
    (*trace)->warning(0, "first");
    (*trace)->warning(kMillisecond, "second");
    (*trace)->drain();
    EXPECT_EQ(contents(config_.trace[TraceFile::Errors].name),
              "The following events occurred:\n2023-11-14\t22:13:20.000000\t1700000000.000000: first\n"
              "2023-11-14\t22:13:20.001000\t1700000000.001000: second\n");
    EXPECT_EQ((*trace)->last_warning(), "second");
    EXPECT_EQ((*trace)->warnings(), 2u);
    EXPECT_EQ((*trace)->error_file(), config_.trace[TraceFile::Errors].name);
}

TEST_F(TraceTest, WhatIsOffWritesNothingButCountsWarnings) {
    auto trace = Trace::open(config_, kEpoch);
    ASSERT_TRUE(trace.ok());
    (*trace)->message(0, TraceKind::Sent, "UDP", "x");
    (*trace)->log(0, "x");
    (*trace)->warning(0, "kept");
    (*trace)->drain();
    EXPECT_TRUE(std::filesystem::is_empty(folder_));
    EXPECT_EQ((*trace)->last_warning(), "kept");
    EXPECT_EQ((*trace)->error_file(), "");
}

TEST_F(TraceTest, WarningsShowNoControlCharacters) {
    auto trace = Trace::open(config_, 0);
    ASSERT_TRUE(trace);
    (*trace)->warning(0, std::string_view("a\x1b[2Jb\0c\x7f\td \xc3\xa9", 14));
    EXPECT_EQ((*trace)->last_warning(), "a.[2Jb.c.\td \xc3\xa9");
}

TEST_F(TraceTest, LogsAreLines) {
    config_.trace[TraceFile::Logs].on = true;
    auto trace = Trace::open(config_, kEpoch);
    ASSERT_TRUE(trace.ok());
    (*trace)->log(0, "one");
    (*trace)->log(0, "");
    (*trace)->drain();
    EXPECT_EQ(contents(config_.trace[TraceFile::Logs].name), "one\n\n");
}

TEST_F(TraceTest, AFileThatCannotBeCreatedIsNamed) {
    config_.trace[TraceFile::Messages].on = true;
    config_.trace[TraceFile::Messages].name = folder_ + "/absent/messages";
    auto trace = Trace::open(config_, kEpoch);
    ASSERT_FALSE(trace.ok());
    EXPECT_NE(trace.error().text.find(config_.trace[TraceFile::Messages].name), std::string::npos);
}

TEST_F(TraceTest, DefaultNamesAreSipps) {
    config_.scenario_name = "uac";
    config_.pid = 12;
    config_.trace[TraceFile::Messages].name.clear();
    EXPECT_EQ(trace_file_name(config_, TraceFile::Messages), "uac_12_messages.log");
    EXPECT_EQ(trace_file_name(config_, TraceFile::Statistics), "uac_12_.csv");
    EXPECT_EQ(trace_file_name(config_, TraceFile::Counts), "uac_12_counts.csv");
    EXPECT_EQ(trace_file_name(config_, TraceFile::ErrorCodes), "uac_12_error_codes.csv");
    EXPECT_EQ(trace_file_name(config_, TraceFile::ResponseTimes), "uac_12_rtt.csv");
    EXPECT_EQ(trace_file_name(config_, TraceFile::Errors), folder_ + "/errors");
    EXPECT_EQ(default_log_stem(config_, TraceFile::Errors), "uac_12_errors");
}

TEST_F(TraceTest, NamesOfTheOtherSchemaAreSiblings) {
    config_.pid = 12;
    config_.trace.schema = TraceSchema::Gossipper;
    config_.trace[TraceFile::Errors].name.clear();
    config_.trace[TraceFile::Messages].name = "d.1/run.txt";
    EXPECT_EQ(trace_file_name(config_, TraceFile::Messages), "d.1/run.txt");
    EXPECT_EQ(trace_file_name(config_, TraceFile::Statistics), "d.1/run_stats.txt");
    EXPECT_EQ(trace_file_name(config_, TraceFile::ErrorCodes), "d.1/run_error_codes.txt");
    config_.trace[TraceFile::Errors].name = "bad";
    EXPECT_EQ(trace_file_name(config_, TraceFile::ErrorCodes), "bad_error_codes.log");
    config_.trace[TraceFile::Messages].name.clear();
    EXPECT_EQ(trace_file_name(config_, TraceFile::ResponseTimes), "gossipper_12_messages_rtt.log");
}

TEST_F(TraceTest, FilesAreSwitchedWhileTheRunGoesOn) {
    auto trace = Trace::open(config_, kEpoch);
    ASSERT_TRUE(trace.ok());
    EXPECT_FALSE((*trace)->any());
    ASSERT_TRUE((*trace)->set(TraceFile::Logs, true).ok());
    (*trace)->log(0, "on");
    ASSERT_TRUE((*trace)->set(TraceFile::Logs, false).ok());
    (*trace)->log(0, "off");
    ASSERT_TRUE((*trace)->set(TraceFile::Logs, true).ok());
    (*trace)->log(0, "on again");
    (*trace)->drain();
    EXPECT_EQ(contents(config_.trace[TraceFile::Logs].name), "on\non again\n");
}

TEST_F(TraceTest, ResponseTimesAreWrittenInBlocks) {
    const std::string name = config_.trace[TraceFile::ResponseTimes].name = folder_ + "/rtt";
    config_.trace[TraceFile::ResponseTimes].on = config_.trace[TraceFile::Logs].on = true;
    config_.trace.rtt_block = 3;
    {
        auto trace = Trace::open(config_, kEpoch);
        ASSERT_TRUE(trace.ok());
        (*trace)->response_time(kSecond, 1, "a", 1'500'000);
        (*trace)->log(0, "x");
        (*trace)->end_turn();
        while (contents(config_.trace[TraceFile::Logs].name).empty()) std::this_thread::yield();
        EXPECT_EQ(contents(name), "");
        (*trace)->drain();  // as SIGUSR2 and the end of the run do
        EXPECT_EQ(contents(name), "Date_ms;response_time_ms;rtd_no\n1000;1.5;a\n");
        (*trace)->response_time(2 * kSecond, 2, "b", 0);
    }
    EXPECT_EQ(contents(name), "Date_ms;response_time_ms;rtd_no\n1000;1.5;a\n2000;0;b\n");
}

TEST_F(TraceTest, CodesOfUnexpectedResponsesAreNewestFirst) {
    config_.trace[TraceFile::ErrorCodes] = {true, true, folder_ + "/codes"};
    auto trace = Trace::open(config_, kEpoch);
    ASSERT_TRUE(trace.ok());
    for (const uint32_t code : {404u, 486u}) (*trace)->unexpected_response(0, {1, code, "r", "id", "200"});
    EXPECT_EQ((*trace)->take_codes(), "486,404,");
    EXPECT_EQ((*trace)->take_codes(), "");
}

// The reader of the pipe takes nothing until the worker has done all its work.
TEST_F(TraceTest, ASlowDiskCostsRecordsNotTime) {
    const std::string name = config_.trace[TraceFile::Logs].name;
    ASSERT_EQ(mkfifo(name.c_str(), 0600), 0);
    const int reader = ::open(name.c_str(), O_RDONLY | O_NONBLOCK);
    ASSERT_GE(reader, 0);
    config_.trace[TraceFile::Logs].on = true;
    config_.trace.buffer_bytes = 1 << 16;
    constexpr uint64_t kRecords = 3000;
    const std::string line(999, 'x');
    uint64_t lines = 0, dropped = 0;
    auto trace = Trace::open(config_, kEpoch);
    ASSERT_TRUE(trace.ok());
    for (uint64_t i = 0; i < kRecords; ++i) {
        (*trace)->log(0, line);
        (*trace)->end_turn();
    }
    dropped = (*trace)->dropped();
    EXPECT_GT(dropped, 0u);
    fcntl(reader, F_SETFL, 0);
    std::thread end([&trace] { trace->reset(); });  // writes what is left
    std::string bytes(1 << 16, 0);
    for (ssize_t n; (n = ::read(reader, bytes.data(), bytes.size())) > 0;)
        lines += static_cast<uint64_t>(std::count(bytes.begin(), bytes.begin() + n, '\n'));
    end.join();
    ::close(reader);
    EXPECT_EQ(lines + dropped, kRecords);
}

TEST_F(TraceTest, AFullDiskIsToldOnce) {
    config_.trace[TraceFile::Messages] = {true, true, "/dev/full"};
    config_.trace[TraceFile::Logs].on = true;
    auto trace = Trace::open(config_, kEpoch);
    ASSERT_TRUE(trace.ok());
    for (int i = 0; i < 2; ++i) {
        (*trace)->message(0, TraceKind::Sent, "UDP", "x");
        (*trace)->log(0, "goes on");
        (*trace)->drain();
        ASSERT_EQ((*trace)->has_problem(), i == 0);
        const std::string problem = (*trace)->take_problem();
        EXPECT_EQ(problem.find("cannot write '/dev/full': No space left") != std::string::npos, i == 0) << problem;
    }
    EXPECT_EQ(contents(config_.trace[TraceFile::Logs].name), "goes on\ngoes on\n");
}

TEST_F(TraceTest, TimesWithAZone) {
    EXPECT_EQ(timestamp_text(kEpoch + 42'000), "2023-11-14\t22:13:20.000042\t1700000000.000042");
    setenv("TZ", "<-0330>3:30", 1);
    tzset();
    EXPECT_EQ(rfc3339_text(kEpoch), "2023-11-14T18:43:20.000000-03:30");
    EXPECT_EQ(rfc3339_nano_text(kEpoch + 7), "2023-11-14T18:43:20.000000007-03:30");
    EXPECT_EQ(date_text(kEpoch, true), rfc3339_text(kEpoch));
    EXPECT_EQ(date_text(kEpoch, false), timestamp_text(kEpoch));
    setenv("TZ", "UTC", 1);
    tzset();
    EXPECT_EQ(hms_micro_text(3725 * kSecond + 1'500'000), "01:02:05:001500");
}

TEST(JsonWriter, EscapesNestsAndSeparates) {
    JsonWriter json;
    json.begin_object();
    json.value("a\"b", "tab\t\xe9");
    json.begin_array("list");
    json.value("", uint64_t{1});
    json.value("", 0.5);
    json.end_array();
    json.begin_object("empty");
    json.end_object();
    json.value("yes", true);
    json.end_object();
    EXPECT_EQ(json.take(),
              "{\n  \"a\\\"b\": \"tab\\u0009\\u00e9\",\n  \"list\": [\n    1,\n    0.5\n  ],\n  \"empty\": {},\n  "
              "\"yes\": true\n}\n");
}

TEST(Summary, HasWhatTheRunWas) {
    StatsFixture f;
    f.config.seed = 9;
    f.statistics.counters[Counter::OutgoingCall] = 4;
    f.statistics.counters[Counter::SuccessfulCall] = 3;
    f.statistics.counters[Counter::FailedCall] = 1;
    f.statistics.now_ns = 2 * kSecond;
    f.statistics.rtds[0].record(15 * kMillisecond);
    f.statistics.steps[0].done = 4;
    f.statistics.counters[Counter::FailedTimeoutOnRecv] = 1;
    Failures failures, none;
    failures.count({GSP_RECV_TIMEOUT, 2, 0})->reason = "time-out";
    StatsFixture rx;
    rx.program.source = text_of("rx.xml");
    rx.statistics.counters[Counter::IncomingCall] = 77;
    const KneeSearch no_knee(f.config.knee, 1, 0, 0);
    const std::string json = render_summary(
        {{Part::Main, f.program, f.statistics, failures}, {Part::Rx, rx.program, rx.statistics, none}}, f.config,
        {1, "1 of 4 calls failed"}, {true, {"failed_calls 1 is above 0"}}, {}, no_knee, f.kEpoch);
    const size_t others = json.find("\"other_scenarios\"");
    ASSERT_NE(others, std::string::npos);
    for (const char* part : {"\"part\": \"rx\"", "\"scenario\": \"rx.xml\"", "\"total_calls\": 77", "\"failures\": []"})
        EXPECT_NE(json.find(part, others), std::string::npos) << part << json;
    for (const char* part : {"\"timeout\": 1", "\"pass\": false", "\"failed_calls 1 is above 0\"",
                             "\"reason\": \"time-out\"", "\"average_invite_rtt\": 15000000", "\"p999\": 15000000"})
        EXPECT_LT(json.find(part), others) << part << json;
    for (const char* part :
         {"\"schema_version\": \"gossipper_summary_v1\"", "\"seed\": 9", "\"exit_code\": 1",
          "\"exit_reason\": \"1 of 4 calls failed\"", "\"duration\": 2000000000", "\"total_calls\": 4",
          "\"success_calls\": 3", "\"success_ratio\": 0.75", "\"calls_per_second\": 2", "\"lt_20ms\": 1",
          "\"average\": 15000000", "\"label\": \"INVITE\"", "\"done\": 4"}) {
        EXPECT_NE(json.find(part), std::string::npos) << part << json;
    }
}

}  // namespace
}  // namespace gsp::rt
