// SPDX-License-Identifier: Apache-2.0
// The result of a run as JSON (-summary_json), for scripts. All durations are whole nanoseconds, times RFC 3339.
#pragma once
#include <string>
#include <vector>

#include "runtime/abi/gsp_abi.h"
#include "runtime/config.h"
#include "runtime/scenarios.h"
#include "runtime/stats/counters.h"
#include "runtime/stats/failures.h"
#include "runtime/stats/health.h"
#include "runtime/stats/knee.h"

namespace gsp::rt {

struct SummaryEnd {
    int exit_code;
    std::string reason;  // why that code
};

struct SummaryPart {  // a scenario of the run
    Part part;
    const gsp_program& program;
    const Statistics& statistics;
    const Failures& failures;
};

// `parts`: all scenarios, the main one first: the document is about it, the others are in its `other_scenarios`.
std::string render_summary(const std::vector<SummaryPart>& parts, const RunConfig&, const SummaryEnd&, const Health&,
                           const LoadVerdict&, const KneeSearch&, uint64_t epoch_ns);

}  // namespace gsp::rt
