// SPDX-License-Identifier: Apache-2.0
#include "runtime/stats/health.h"

#include "runtime/stats/time_text.h"

namespace gsp::rt {

std::string Health::text() const {
    if (pass()) return "health gates passed";
    std::string all;
    for (const std::string& reason : reasons) all += (all.empty() ? "health gate failed: " : "; ") + reason;
    return all;
}

Health check_health(const HealthConfig& config, const RunTotals& run) {
    Health health;
    const auto no_more = [&](const char* metric, uint64_t value, int64_t limit) {
        if (limit < 0) return;
        health.active = true;
        if (value <= static_cast<uint64_t>(limit)) return;
        health.reasons.push_back(std::string(metric) + " " + std::to_string(value) + " is above " +
                                 std::to_string(limit));
    };
    if (config.min_success_ratio > 0) {
        health.active = true;
        const uint64_t ended = run.succeeded + run.failed;
        const double ratio = ended ? static_cast<double>(run.succeeded) / static_cast<double>(ended) : 0;
        if (ratio < config.min_success_ratio)
            health.reasons.push_back("success_ratio " + fixed_text(ratio, 6) + " is below " +
                                     fixed_text(config.min_success_ratio, 6));
    }
    no_more("failed_calls", run.failed, config.max_failed_calls);
    no_more("timeouts", run.timeouts, config.max_timeouts);
    if (config.generator) {
        health.active = true;
        if (!run.load.kept_up) health.reasons.push_back("the generator " + run.load.text());
    }
    return health;
}

}  // namespace gsp::rt
