// SPDX-License-Identifier: Apache-2.0
#include "runtime/media/xr_meter.h"

#include <algorithm>
#include <cmath>

namespace gsp::rt {

// RFC 3611 A.2: a loss behind 16 packets or more without one ends a burst.
void BurstMeter::miss() {
    if (run_ >= kGapMin) {
        ++(losses_ == 1 ? c14_ : c13_);
        losses_ = 1;
        c11_ += run_;
    } else {
        ++losses_;
        if (run_ == 0)
            ++c33_;
        else
            ++c23_, c22_ += run_ - 1;
    }
    run_ = 0;
}

void BurstMeter::put(XrVoipMetrics& out, double packet_ms) const {
    const auto number = [](uint64_t n) { return static_cast<double>(n); };
    const auto byte = [](double share) { return static_cast<uint8_t>(std::clamp(256 * share, 0.0, 255.0)); };
    const auto ms = [](double value) { return static_cast<uint16_t>(std::clamp(value, 0.0, 65535.0)); };
    const double c31 = number(c13_), c32 = number(c23_);  // as often out of a state as into it
    const double of_burst = c31 + c32 + number(c33_), of_gap = number(c11_ + c14_);
    const double p32 = of_burst > 0 ? c32 / of_burst : 0;
    const double p23 = c22_ + c23_ > 0 ? 1 - number(c22_) / number(c22_ + c23_) : 1;
    const double all = number(c11_ + c14_ + c13_ + c22_ + c23_ + c33_) + c31 + c32;
    const bool bursts = c13_ + c23_ + c33_ > 0;
    out.burst_density = bursts ? byte(p23 / (p23 + p32)) : 0;
    out.gap_density = of_gap > 0 ? byte(number(c14_) / of_gap) : 0;
    const double changes = std::max(1.0, number(c13_));
    const double gap = number(c11_ + c14_ + c13_) * packet_ms / changes;
    out.gap_ms = ms(bursts ? gap : (all + number(run_)) * packet_ms);
    out.burst_ms = bursts ? ms(all * packet_ms / changes - gap) : uint16_t{0};
}

void IntervalMeter::time(double jitter_ticks) {
    least_ = n_ ? std::min(least_, jitter_ticks) : jitter_ticks;
    most_ = std::max(most_, jitter_ticks);
    sum_ += jitter_ticks;
    sum_of_squares_ += jitter_ticks * jitter_ticks;
    ++n_;
}

void IntervalMeter::put(XrStatistics& out) const {
    const auto ticks = [](double value) { return static_cast<uint32_t>(std::clamp(value, 0.0, 4294967295.0)); };
    const double n = std::max(1.0, static_cast<double>(n_)), mean = sum_ / n;
    out.duplicate = duplicate_;
    out.jitter_min = ticks(least_);
    out.jitter_max = ticks(most_);
    out.jitter_mean = ticks(mean);
    out.jitter_deviation = ticks(std::sqrt(std::max(0.0, sum_of_squares_ / n - mean * mean)));
}

}  // namespace gsp::rt
