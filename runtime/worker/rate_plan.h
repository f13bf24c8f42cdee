// SPDX-License-Identifier: Apache-2.0
// When calls are due: the rate over time, linear by pieces, and the points of time that follow from it. A call is due
// once the rate, integrated since the call before it, has reached 1 (-arrival uniform) or an exponential random number
// of mean 1 (poisson, also right while the rate changes). What was due before a change of the rate stays due. Workers
// share the calls of a plan: of a uniform one each takes every n-th, of a poisson one each has arrivals of its own at
// its share of the rate. No I/O; the pacer owns it.
#pragma once
#include <cstddef>
#include <cstdint>
#include <vector>

#include "runtime/base/rng.h"
#include "runtime/base/seat.h"
#include "runtime/config.h"

namespace gsp::rt {

class RatePlan {
public:
    RatePlan(const RateConfig&, uint64_t seed, uint64_t now_ns, Seat = {});

    void begin(uint64_t now_ns);                   // before the first call is taken: the plan counts from now
    uint64_t next_ns() const { return next_ns_; }  // UINT64_MAX: never
    void take();                                   // moves on to the call after it
    // Calls of this seat that are due and not yet taken; with poisson the number to be expected.
    uint64_t due(uint64_t now_ns) const;

    double rate_at(uint64_t now_ns) const;       // calls per period
    double highest(uint64_t now_ns) const;       // of now and later
    uint64_t end_ns() const { return end_ns_; }  // when a profile is over that ends the run; UINT64_MAX: never
    // From now on, also in place of what is left of a profile.
    void set_rate(double calls_per_period, uint64_t now_ns);
    // Forgets what was due before; the next call is due now.
    void skip_to(uint64_t now_ns);

private:
    struct Piece {
        double start_ns, rate, slope;  // calls per period; … and ns
    };
    double gap();
    double first_gap(double rate);
    double calls_until(size_t piece, double end_ns) const;  // within the piece
    void find_next();

    Seat seat_;
    double period_ns_;
    Arrival arrival_;
    Rng rng_;
    std::vector<Piece> pieces_;
    size_t at_ = 0;     // the piece of the next call
    double ahead_ = 0;  // calls from its start to the next call
    uint64_t next_ns_ = 0, end_ns_ = UINT64_MAX;
};

}  // namespace gsp::rt
