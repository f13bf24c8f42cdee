// SPDX-License-Identifier: Apache-2.0
// The gates of a run (-health_*): limits that decide about its exit code, in place of SIPp's rule that no call may have
// failed. Pure functions.
#pragma once
#include <string>
#include <vector>

#include "runtime/config.h"
#include "runtime/stats/load_verdict.h"
#include "runtime/stats/media_quality.h"

namespace gsp::rt {

struct RunTotals {  // of all scenarios
    uint64_t succeeded = 0, failed = 0, timeouts = 0;
    LoadVerdict load = {};
    const MediaQuality* media = nullptr;  // nullptr: there was none
};

struct Health {
    bool active = false;               // is there a gate?
    std::vector<std::string> reasons;  // why one did not let the run pass: metric, observed value, limit
    bool pass() const { return reasons.empty(); }
    std::string text() const;  // the verdict in one line
};

// The success ratio is that of calls that have ended; 0 if none has.
Health check_health(const HealthConfig&, const RunTotals&);

}  // namespace gsp::rt
