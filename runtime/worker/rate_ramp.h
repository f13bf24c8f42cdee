// SPDX-License-Identifier: Apache-2.0
// -rate_increase: the rate grows in steps, up to the highest one. No I/O; one worker owns it.
#pragma once
#include <algorithm>
#include <cstdint>

#include "runtime/config.h"

namespace gsp::rt {

class RateRamp {
public:
    // `default_every_ns`: what holds without -rate_interval.
    RateRamp(const RateConfig& config, uint64_t default_every_ns, uint64_t now_ns)
        : config_(config), every_ns_(config.increase_every_ns ? config.increase_every_ns : default_every_ns) {
        if (config.increase && every_ns_) due_ns_ = now_ns + every_ns_;
    }
    uint64_t due_ns() const { return due_ns_; }  // UINT64_MAX: never

    struct Step {
        double rate;
        bool ends_run;  // it would have been above the highest
    };
    Step take(double rate) {  // once it is due; `rate` is the present one
        due_ns_ += every_ns_;
        const double next = rate + config_.increase, highest = config_.highest;
        if (!config_.highest || next <= highest) return {next, false};
        return {highest, config_.quit_at_highest};
    }

private:
    const RateConfig& config_;
    uint64_t every_ns_;
    uint64_t due_ns_ = UINT64_MAX;
};

}  // namespace gsp::rt
