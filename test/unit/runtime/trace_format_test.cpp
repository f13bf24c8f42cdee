// SPDX-License-Identifier: Apache-2.0
#include "runtime/stats/trace_format.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <ctime>

#include "runtime/base/clock.h"
#include "runtime/stats/call_debug.h"
#include "runtime/stats/gossipper_csv.h"
#include "runtime/stats/periodic_files.h"
#include "test/unit/runtime/stats_fixture.h"

namespace gsp::rt {
namespace {

constexpr uint64_t kEpoch = 1'700'000'000 * kSecond;
constexpr std::string_view kInvite = "INVITE sip:b SIP/2.0\r\nCall-ID: x\r\nCSEQ:  7 INVITE\r\nVia: v";

class TraceFormatTest : public testing::Test {
protected:
    TraceFormatTest() {
        setenv("TZ", "UTC", 1);
        tzset();
        sipp.epoch_ns = ours.epoch_ns = kEpoch;
        ours.schema = TraceSchema::Gossipper;
    }
    static std::string text_of(TraceFormat* format, const TraceStyle& style, const TraceRecord& record) {
        std::string out;
        format(record, style, out);
        return out;
    }
    TraceStyle sipp, ours;
};

TEST_F(TraceFormatTest, AnUnexpectedMessageHasNoTime) {
    EXPECT_EQ(text_of(format_message, sipp,
                      {TraceFile::Messages, TraceKind::Unexpected, kEpoch, 0, 0, {"UDP", "BYE x\r\n\r\n"}}),
              std::string(47, '-') + "\nUnexpected UDP message received:\n\nBYE x\r\n\r\n\n");
}

TEST_F(TraceFormatTest, ANoteIsALineOfItsOwn) {
    EXPECT_EQ(text_of(format_message, sipp,
                      {TraceFile::Messages, TraceKind::Text, kEpoch, 0, 0, {"UDP message lost (recv)."}}),
              "UDP message lost (recv).\n");
}

TEST_F(TraceFormatTest, CallRecords) {
    TraceRecord record{TraceFile::CallRecords, TraceKind::Text, kEpoch, 4, 1'999'999, {"a\"@h", "", {}, {}, "b.xml"}};
    const std::string media = R"("media":{"RTPPacketsSent":0,"RTPOctetsSent":0,"RTPPacketsReceived":0,)"
                              R"("RTCPSenderReports":0,"RTCPReceiverReports":0,"RTCPPacketsReceived":0,)"
                              R"("RTCPReportBlocks":0,"RTCPMaxFractionLost":0,"RTCPMaxJitter":0,"RTCPMinJitter":0,)"
                              R"("RTCPJitterSum":0,"RTCPJitterSamples":0,"RTPRecvMaxCumulativeLost":0,)"
                              R"("RTPRecvInterarrivalJitterPeak":0}})"
                              "\n";
    EXPECT_EQ(text_of(format_call_record, sipp, record),
              R"({"schema_version":"gossipper_call_record_v1","call_id":"a\"@h","call_number":4,"scenario":"b.xml","success":true,)"
              R"("duration_ms":1,"error":"",)" +
                  media);
    record.text[1] = "unexpected message";
    EXPECT_EQ(text_of(format_call_record, ours, record),
              R"({"schema_version":"gossipper_call_record_v1","call_id":"a\"@h","call_number":4,"scenario":"b.xml","success":false,)"
              R"("duration_ms":1,"error":"unexpected message",)" +
                  media);
}

TEST_F(TraceFormatTest, ShortMessages) {
    TraceRecord record{TraceFile::ShortMessages, TraceKind::Sent, kEpoch + 1000, 3, 0, {"id@h", kInvite}};
    EXPECT_EQ(text_of(format_short_message, sipp, record),
              "2023-11-14\t22:13:20.000001\t1700000000.000001\tS\tid@h\tCSeq:7 INVITE\tINVITE sip:b SIP/2.0\n");
    EXPECT_EQ(text_of(format_short_message, ours, record), "2023-11-14T22:13:20.000001000Z,send,3,sip,INVITE,id@h\n");
    record.kind = TraceKind::Received;
    record.text[1] = "SIP/2.0 404 Not, Found\r\n";
    sipp.rfc3339 = true;
    EXPECT_EQ(text_of(format_short_message, sipp, record),
              "2023-11-14T22:13:20.000001Z\tR\tid@h\tCSeq:\tSIP/2.0 404 Not, Found\n");
    EXPECT_EQ(text_of(format_short_message, ours, record),
              "2023-11-14T22:13:20.000001000Z,recv,3,sip,\"404 Not, Found\",id@h\n");
    record.kind = TraceKind::SentCommand;
    record.text[1] = "Call-ID: id@h\r\nX";
    EXPECT_EQ(text_of(format_short_message, sipp, record), "");
    EXPECT_EQ(text_of(format_short_message, ours, record),
              "2023-11-14T22:13:20.000001000Z,sendCmd,3,cmd,Call-ID: id@h,id@h\n");
}

TEST_F(TraceFormatTest, ResponseTimesHaveAllTheirDigits) {
    TraceRecord record{TraceFile::ResponseTimes, TraceKind::Text, kEpoch + 36'001'000, 5, 12'345'678, {"inv"}};
    EXPECT_EQ(text_of(format_response_time, sipp, record), "36.001;12.345;inv\n");
    EXPECT_EQ(text_of(format_response_time, ours, record), "2023-11-14T22:13:20.036001000Z,5,inv,12\n");
    record.time_ns = kEpoch + 12'345'678'901'000;
    record.value = 200 * kMillisecond;
    sipp.delimiter = ",";
    EXPECT_EQ(text_of(format_response_time, sipp, record), "12345678.901,200,inv\n");
}

TEST_F(TraceFormatTest, ErrorsLinesAndCodes) {
    EXPECT_EQ(text_of(format_error, sipp, {TraceFile::Errors, TraceKind::Text, kEpoch, 0, 0, {"why"}}),
              "2023-11-14\t22:13:20.000000\t1700000000.000000: why\n");
    EXPECT_EQ(text_of(format_line, sipp, {TraceFile::Logs, TraceKind::Text, 0, 0, 0, {"l"}}), "l\n");
    EXPECT_EQ(text_of(format_error_code, sipp, {TraceFile::ErrorCodes, TraceKind::Text, 0, 0, 0, {"row\n"}}), "row\n");
    EXPECT_EQ(
        text_of(format_error_code, ours,
                {TraceFile::ErrorCodes, TraceKind::UnexpectedCode, kEpoch, 4, 486, {"Busy \"Here\"", "id", "200"}}),
        "2023-11-14T22:13:20.000000000Z,4,486,\"Busy \"\"Here\"\"\",id,200\n");
}

TEST_F(TraceFormatTest, Headers) {
    EXPECT_EQ(trace_header(TraceFile::Errors, sipp), "The following events occurred:\n");
    EXPECT_EQ(trace_header(TraceFile::ResponseTimes, sipp), "Date_ms;response_time_ms;rtd_no\n");
    EXPECT_EQ(trace_header(TraceFile::ShortMessages, sipp) + trace_header(TraceFile::ErrorCodes, sipp), "");
    EXPECT_EQ(trace_header(TraceFile::ResponseTimes, ours), "timestamp,call,name,value_ms\n");
    EXPECT_EQ(trace_header(TraceFile::ShortMessages, ours), "timestamp,direction,call,proto,summary,call_id\n");
    EXPECT_EQ(trace_header(TraceFile::ErrorCodes, ours), "timestamp,call,code,reason,call_id,expected\n");
}

TEST_F(TraceFormatTest, CallDebugKeepsWhatACallDidUntilItsFrameIsUsedAgain) {
    CallDebug debug;
    debug.begin(2);
    debug.note(2, kEpoch, false, "Starting call a\n");
    debug.note(2, kEpoch, true, "more\n");
    const std::string head = std::string(79, '-') + "\nCall debugging information for call a:\n";
    EXPECT_EQ(debug.entry(2, "a"), head +
                                       "2023-11-14\t22:13:20.000000\t1700000000.000000 Starting call a\n"
                                       "2023-11-14T22:13:20.000000Z more\n");
    debug.begin(2);
    EXPECT_EQ(debug.entry(2, "a"), head);
}

// The contracts of that tool, as its importers read them.
constexpr const char* kGossipperStatistics =
    "timestamp,elapsed_ms,total_calls,success_calls,failed_calls,active_calls,success_ratio,calls_per_second,"
    "retransmits,"
    "timeouts,avg_call_ms,call_stddev_ms,avg_invite_ms,invite_stddev_ms,rtp_packets_sent,rtp_packets_received,"
    "rtcp_sender_reports,rtcp_receiver_reports,rtcp_packets_received,failure_timeout,failure_unexpected_sip,"
    "failure_transport_error,failure_parse_error,failure_scenario_error,failure_cancelled,interval_ms,"
    "interval_calls_per_second,delta_total_calls,delta_success_calls,delta_failed_calls,delta_retransmits,delta_"
    "timeouts,"
    "delta_rtp_packets_sent,delta_rtp_packets_received,delta_rtcp_sender_reports,delta_rtcp_receiver_reports,"
    "delta_rtcp_packets_received,delta_failure_timeout,delta_failure_unexpected_sip,delta_failure_transport_error,"
    "delta_failure_parse_error,delta_failure_scenario_error,delta_failure_cancelled\n";

TEST_F(TraceFormatTest, GossipperColumns) {
    StatsFixture f;
    EXPECT_EQ(gossipper_line(gossipper_statistics(f.statistics, {}, kEpoch), &CsvField::name), kGossipperStatistics);
    EXPECT_EQ(
        gossipper_line(gossipper_screen(f.statistics, {}, kEpoch), &CsvField::name),
        "timestamp,total_calls,success_calls,failed_calls,active_calls,success_ratio,calls_per_second,interval_ms,"
        "interval_calls_per_second,avg_call_ms,avg_invite_ms,retransmits,timeouts,failure_timeout,"
        "failure_unexpected_sip\n");
    EXPECT_EQ(gossipper_line(gossipper_counts(f.program, f.statistics, kEpoch), &CsvField::name),
              "timestamp,0_INVITE_sent,0_INVITE_recv,0_INVITE_unexp,1_RESP_180_sent,1_RESP_180_recv,1_RESP_180_unexp,"
              "2_RESP_200_sent,2_RESP_200_recv,2_RESP_200_unexp,3_ACK_sent,3_ACK_recv,3_ACK_unexp\n");
}

TEST_F(TraceFormatTest, GossipperValuesAndDeltas) {
    StatsFixture f;
    Counters& c = f.statistics.counters;
    c[Counter::OutgoingCall] = 8;
    c[Counter::SuccessfulCall] = 2;
    c[Counter::FailedCall] = 6;
    c[Counter::FailedTimeoutOnRecv] = 1;
    c[Counter::FailedUnexpectedMessage] = 2;
    c[Counter::RtpPacketsSent] = 9;
    c[Counter::RtpPacketsReceived] = 7;
    f.statistics.steps[2].timeouts = 1;
    f.statistics.now_ns = 4 * kSecond;
    f.statistics.rtds[0].record(3 * kMillisecond);
    GossipperPeriod period;
    period.counters[Counter::OutgoingCall] = 5;
    period.counters[Counter::RtpPacketsSent] = 4;
    period.start_ns = 2 * kSecond;
    const std::string row = gossipper_line(gossipper_statistics(f.statistics, period, kEpoch), &CsvField::value);
    EXPECT_EQ(row,
              "2023-11-14T22:13:24.000000000Z,4000,8,2,6,0,0.250000,2.000000,0,1,0.000000,0.000000,3.000000,0.000000,"
              "9,7,0,0,0,1,2,0,0,0,3,2000,1.500000,3,2,6,0,1,5,7,0,0,0,1,2,0,0,0,3\n");
    const std::string first = gossipper_line(gossipper_statistics(f.statistics, {}, kEpoch), &CsvField::value);
    EXPECT_NE(first.find(",4000,2.000000,8,2,6,"), std::string::npos) << first;  // interval = elapsed, deltas = totals
}

}  // namespace
}  // namespace gsp::rt
