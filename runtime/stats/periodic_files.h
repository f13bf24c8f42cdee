// SPDX-License-Identifier: Apache-2.0
// The files that get a row every -fd: statistics, counts, codes of unexpected responses. Owned by the run, on the
// loop's thread; what is written goes to the writer of the traces.
#pragma once
#include <functional>
#include <string>

#include "runtime/stats/csv.h"
#include "runtime/stats/gossipper_csv.h"
#include "runtime/stats/trace.h"

namespace gsp::rt {

class PeriodicFiles {
public:
    // `epoch_ns` is Clock::epoch_ns(); `take_codes`: Trace::take_codes() of all workers. All references must outlive it.
    PeriodicFiles(const gsp_program&, const RunConfig&, Trace&, uint64_t epoch_ns,
                  std::function<std::string()> take_codes);

    bool wanted() const;            // is one of them on?
    void start(const Statistics&);  // names, and SIPp's first row
    // A row of each; the caller then clears the period of the timings.
    void row(const Statistics&);
    void restart_period(const Statistics& now);  // the counts were set to zero
    int rows_at_end() const { return gossipper() ? 1 : 2; }
    void screen_row(const Statistics&);  // -trace_schema gossipper has a table in place of screens

private:
    void sipp_rows(const Statistics&);
    void gossipper_rows(const Statistics&);
    bool gossipper() const { return config_.trace.schema == TraceSchema::Gossipper; }

    const gsp_program& program_;
    const RunConfig& config_;
    Trace& trace_;
    const std::function<std::string()> take_codes_;
    const CsvStyle style_;
    const bool with_loss_;
    CsvPeriod period_;
    GossipperPeriod gossipper_period_, screen_period_;
};

}  // namespace gsp::rt
