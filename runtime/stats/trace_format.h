// SPDX-License-Identifier: Apache-2.0
// Text of the records of a run, in SIPp's forms or those of -trace_schema gossipper. Each function appends to `out`;
// pure functions, called on the writer's thread. What a record's `text` and `value` hold is said at each.
#pragma once
#include <string>

#include "runtime/stats/trace_record.h"

namespace gsp::rt {

struct TraceStyle {
    TraceSchema schema = TraceSchema::Sipp;
    bool rfc3339 = false;
    std::string delimiter = ";";
    uint64_t epoch_ns = 0;  // Clock::epoch_ns()
};

using TraceFormat = void(const TraceRecord&, const TraceStyle&, std::string& out);

TraceFormat format_message;        // transport, bytes; kind: Sent, Received, Unexpected; Text: a line of its own
TraceFormat format_short_message;  // Call-ID, start line and header fields; kind: Sent, Received, …Command
TraceFormat format_error;          // the text
TraceFormat format_line;           // the text, a line end follows
TraceFormat format_text;           // the text, as it stands
TraceFormat format_error_code;  // kind Text: a row; UnexpectedCode: reason, Call-ID, what was expected; value: the code
TraceFormat
    format_call_record;  // Call-ID, why it has failed, "" if it succeeded, StreamReports, file of its packets; value: its length in ns
TraceFormat format_response_time;  // name of the timer; value: ns

// What a file begins with, however it is opened; "" if that is nothing or comes as its first record.
std::string trace_header(TraceFile, const TraceStyle&);

std::string csv_quoted(std::string_view field);  // RFC 4180, only if need be

}  // namespace gsp::rt
