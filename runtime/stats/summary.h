// SPDX-License-Identifier: Apache-2.0
// The result of a run as JSON (-summary_json), for scripts. All durations are whole nanoseconds, times RFC 3339.
#pragma once
#include <string>

#include "runtime/abi/gsp_abi.h"
#include "runtime/config.h"
#include "runtime/stats/counters.h"

namespace gsp::rt {

struct SummaryEnd {
    int exit_code;
    std::string reason;  // why that code
};

std::string render_summary(const gsp_program&, const RunConfig&, const Statistics&, const SummaryEnd&,
                           uint64_t epoch_ns);

}  // namespace gsp::rt
