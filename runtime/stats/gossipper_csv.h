// SPDX-License-Identifier: Apache-2.0
// Columns of -trace_schema gossipper: the CSV contracts of that tool. Its importers find columns by name. Pure
// functions.
#pragma once
#include <string>
#include <vector>

#include "runtime/abi/gsp_abi.h"
#include "runtime/stats/csv.h"

namespace gsp::rt {

// What intervals and deltas start from.
struct GossipperPeriod {
    Counters counters;
    uint64_t timeouts = 0;
    uint64_t start_ns = 0;
};

// -trace_stat, -trace_screen, -trace_counts. `epoch_ns` is Clock::epoch_ns().
std::vector<CsvField> gossipper_statistics(const Statistics&, const GossipperPeriod&, uint64_t epoch_ns);
std::vector<CsvField> gossipper_screen(const Statistics&, const GossipperPeriod&, uint64_t epoch_ns);
std::vector<CsvField> gossipper_counts(const gsp_program&, const Statistics&, uint64_t epoch_ns);

GossipperPeriod next_gossipper_period(const Statistics&);
std::string gossipper_line(const std::vector<CsvField>&, std::string CsvField::*part);  // commas between fields

}  // namespace gsp::rt
