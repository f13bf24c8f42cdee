// SPDX-License-Identifier: Apache-2.0
// What extended reports say of one source beyond RFC 3550: jitter within a report's interval, and how losses come in
// bursts (RFC 3611 4.6, 4.7.2, A.2). Nothing allocates.
#pragma once
#include <cstdint>

#include "runtime/media/rtcp_xr.h"

namespace gsp::rt {

// Of packets in the order of their numbers, once it is known whether they have come.
class BurstMeter {
public:
    void settle(bool arrived_in_time) {
        if (arrived_in_time) [[likely]]
            ++run_;
        else
            miss();
    }
    // Fills in densities and lengths; `packet_ms`: what a packet carries.
    void put(XrVoipMetrics&, double packet_ms) const;

private:
    void miss();
    static constexpr uint32_t kGapMin = 16;
    // Names of A.2: transitions between (1) a gap, packet there, (2) a burst, there, (3) a burst, lost, (4) a gap,
    // lost.
    uint64_t c11_ = 0, c13_ = 0, c14_ = 0, c22_ = 0, c23_ = 0, c33_ = 0;
    uint64_t run_ = 0;     // packets since the last loss
    uint32_t losses_ = 1;  // of the burst; 1: that one may lie in a gap
};

class IntervalMeter {
public:
    void time(double jitter_ticks);  // how much longer or shorter a packet took than the one before
    void duplicate() { ++duplicate_; }
    void put(XrStatistics&) const;  // what it knows
    void reset() { *this = {}; }

private:
    uint64_t n_ = 0;
    double sum_ = 0, sum_of_squares_ = 0, least_ = 0, most_ = 0;
    uint32_t duplicate_ = 0;
};

}  // namespace gsp::rt
