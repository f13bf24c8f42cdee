// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <sstream>

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
        config_.trace.message_file = folder_ + "/messages";
        config_.trace.log_file = folder_ + "/logs";
        config_.trace.error_file = folder_ + "/errors";
    }
    ~TraceTest() override { std::filesystem::remove_all(folder_); }

    std::string folder_;
    RunConfig config_;
    static constexpr uint64_t kEpoch = 1'700'000'000 * kSecond;
};

TEST_F(TraceTest, MessagesHaveSippsForm) {
    config_.trace.messages = true;
    auto trace = Trace::open(config_, kEpoch);
    ASSERT_TRUE(trace.ok());
    EXPECT_TRUE((*trace)->messages_on());
    (*trace)->message(1'500'000, true, "UDP", "BYE x SIP/2.0\r\n\r\n");
    (*trace)->message(2'000'000, false, "UDP", "SIP/2.0 200 OK\r\n\r\n");
    (*trace)->flush();
    const std::string dashes(47, '-');
    EXPECT_EQ(contents(config_.trace.message_file),
              dashes + " 2023-11-14T22:13:20.001500Z\nUDP message sent [17] bytes:\n\nBYE x SIP/2.0\r\n\r\n\n" +
                  dashes +
                  " 2023-11-14T22:13:20.002000Z\nUDP message received [18] bytes:\n\nSIP/2.0 200 OK\r\n\r\n\n");
}

TEST_F(TraceTest, ErrorsFileBeginsWithTheFirstWarning) {
    config_.trace.errors = true;
    auto trace = Trace::open(config_, kEpoch);
    ASSERT_TRUE(trace.ok());
    (*trace)->flush();
    EXPECT_FALSE(std::filesystem::exists(config_.trace.error_file));
    (*trace)->warning(0, "first");
    (*trace)->warning(kMillisecond, "second");
    (*trace)->flush();
    EXPECT_EQ(contents(config_.trace.error_file),
              "The following events occurred:\n2023-11-14\t22:13:20.000000\t1700000000.000000: first\n"
              "2023-11-14\t22:13:20.001000\t1700000000.001000: second\n");
    EXPECT_EQ((*trace)->last_warning(), "second");
    EXPECT_EQ((*trace)->warnings(), 2u);
    EXPECT_EQ((*trace)->error_file(), config_.trace.error_file);
}

TEST_F(TraceTest, WhatIsOffWritesNothingButCountsWarnings) {
    auto trace = Trace::open(config_, kEpoch);
    ASSERT_TRUE(trace.ok());
    (*trace)->message(0, true, "UDP", "x");
    (*trace)->log("x");
    (*trace)->warning(0, "kept");
    (*trace)->flush();
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
    config_.trace.logs = true;
    auto trace = Trace::open(config_, kEpoch);
    ASSERT_TRUE(trace.ok());
    (*trace)->log("one");
    (*trace)->log("");
    (*trace)->flush();
    EXPECT_EQ(contents(config_.trace.log_file), "one\n\n");
}

TEST_F(TraceTest, AFileThatCannotBeCreatedIsNamed) {
    config_.trace.messages = true;
    config_.trace.message_file = folder_ + "/absent/messages";
    auto trace = Trace::open(config_, kEpoch);
    ASSERT_FALSE(trace.ok());
    EXPECT_NE(trace.error().text.find(config_.trace.message_file), std::string::npos);
}

TEST_F(TraceTest, DefaultNamesAreSipps) {
    config_.scenario_name = "uac";
    config_.pid = 12;
    EXPECT_EQ(log_file_name(config_, "", "messages.log"), "uac_12_messages.log");
    EXPECT_EQ(log_file_name(config_, "", ".csv"), "uac_12_.csv");
    EXPECT_EQ(log_file_name(config_, "given", ".csv"), "given");
}

TEST_F(TraceTest, TimesWithAZone) {
    EXPECT_EQ(timestamp_text(kEpoch + 42'000), "2023-11-14\t22:13:20.000042\t1700000000.000042");
    setenv("TZ", "<-0330>3:30", 1);
    tzset();
    EXPECT_EQ(rfc3339_text(kEpoch), "2023-11-14T18:43:20.000000-03:30");
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
    const std::string json = render_summary(f.program, f.config, f.statistics, {1, "1 of 4 calls failed"}, f.kEpoch);
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
