// SPDX-License-Identifier: Apache-2.0
// SIPp's statistics file (-trace_stat): one row of periodic (P) and cumulative (C) values at the start, every -fd, and
// two at the end. Owned by the run, written on the loop's thread. A full disk shows as a failed row().
#pragma once
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "runtime/abi/gsp_abi.h"
#include "runtime/base/result.h"
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

// All columns of a row, in SIPp's order.
std::vector<CsvField> csv_fields(const gsp_program&, const Statistics&, const CsvPeriod&, bool users_mode,
                                 uint64_t epoch_ns);

class StatisticsFile {
public:
    // `epoch_ns` is Clock::epoch_ns(). An existing file is overwritten.
    static Result<std::unique_ptr<StatisticsFile>> open(const gsp_program&, const RunConfig&, uint64_t epoch_ns);
    // Appends a row and starts the next period of the counters; the caller then clears the period of the timings.
    void restart_period(const Statistics& now);  // the counts were set to zero
    Result<void> row(const Statistics&);

private:
    struct Closer {
        void operator()(std::FILE* f) const { std::fclose(f); }
    };
    StatisticsFile(const gsp_program& program, const RunConfig& config, uint64_t epoch_ns)
        : program_(program), config_(config), epoch_ns_(epoch_ns) {}
    void write_line(const std::vector<CsvField>&, std::string CsvField::*part);

    const gsp_program& program_;
    const RunConfig& config_;
    uint64_t epoch_ns_;
    std::string name_;
    std::unique_ptr<std::FILE, Closer> file_;
    CsvPeriod period_;
    bool header_written_ = false;
};

}  // namespace gsp::rt
