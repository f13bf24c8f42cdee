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

namespace {

void check_media(const HealthConfig& config, const MediaQuality& media, Health& health) {
    const auto gate = [&](const char* metric, double limit, double value, bool most, int decimals) {
        if (limit <= 0) return;
        health.active = true;
        if (most ? value <= limit : value >= limit) return;
        health.reasons.push_back(std::string(metric) + " " + fixed_text(value, decimals) + " is " +
                                 (most ? "above " : "below ") + fixed_text(limit, decimals));
    };
    const auto number = [](uint64_t n) { return static_cast<double>(n); };
    gate("rtcp_max_fraction_lost", config.max_rtcp_fraction_lost, number(media.sum[StreamValue::RemoteFraction]) / 256,
         true, 6);
    gate("rtcp_max_jitter_ts", number(config.max_rtcp_jitter_ts), number(media.sum[StreamValue::RemoteJitter]), true,
         0);
    gate("rtp_packets_received", number(config.min_rtp_packets), number(media.sum[StreamValue::PacketsReceived]), false,
         0);
    gate("per_call_min_rtp_packets_received", number(config.min_rtp_packets_of_call), number(media.least_packets),
         false, 0);
}

}  // namespace

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
    check_media(config, run.media ? *run.media : MediaQuality(), health);
    return health;
}

}  // namespace gsp::rt
