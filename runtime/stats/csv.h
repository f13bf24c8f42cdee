// SPDX-License-Identifier: Apache-2.0
// Columns of SIPp's statistics files: -trace_stat, with periodic (P) and cumulative (C) values and columns of our own
// behind them, and -trace_counts. Pure functions.
#pragma once
#include <string>
#include <vector>

#include "runtime/abi/gsp_abi.h"
#include "runtime/config.h"
#include "runtime/stats/counters.h"

namespace gsp::rt {

struct CsvField {
    std::string name, value;
};

// What the periodic columns start from.
struct CsvPeriod {
    Counters counters;
    std::vector<uint64_t> user_counters;
    uint64_t start_ns = 0;
};

// How times and rates are written. `epoch_ns` is Clock::epoch_ns().
struct CsvStyle {
    uint64_t epoch_ns = 0;
    bool users_mode = false, rfc3339 = false;
};

// All columns of a row of -trace_stat, in SIPp's order, then our own: counters of load and media, and means over the
// streams of ended calls, RtpJitter (ms) and RtpMos.
std::vector<CsvField> csv_fields(const gsp_program&, const Statistics&, const CsvPeriod&, const CsvStyle&);
// … of -trace_counts. `with_loss`: some messages are lost on purpose.
std::vector<CsvField> count_fields(const gsp_program&, const Statistics&, bool with_loss, const CsvStyle&);
// The two columns that rows of -trace_counts and -trace_error_codes begin with.
std::vector<CsvField> time_fields(const Statistics&, const CsvStyle&);

// A line of names or of values; the delimiter stands behind each, also the last one.
std::string csv_line(const std::vector<CsvField>&, std::string CsvField::*part, const std::string& delimiter);

}  // namespace gsp::rt
