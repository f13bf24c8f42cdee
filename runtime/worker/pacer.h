// SPDX-License-Identifier: Apache-2.0
// When calls start. Open loop: calls are due by a plan (rate_plan.h), whether or not the calls before them could start;
// every due call is either started, refused or dropped, and accounted for. Closed loop (users): a fixed number of calls
// is kept open. No I/O; one worker owns it.
#pragma once
#include <cstdint>
#include <deque>
#include <vector>

#include "runtime/abi/gsp_abi.h"
#include "runtime/config.h"
#include "runtime/scenarios.h"
#include "runtime/worker/rate_plan.h"

namespace gsp::rt {

class Pacer {
public:
    // `seed`: of -arrival poisson. Rates, users and limits are the run's; of calls and users the seat has its share.
    Pacer(const RateConfig&, uint64_t default_duration_ns, uint64_t seed, uint64_t now_ns, Seat = {});

    void begin(uint64_t now_ns) { plan_.begin(now_ns); }  // before the first call: the plan counts from now
    // Open loop. next_planned_ns(): when the next call is due; UINT64_MAX: never. take() moves on to the one after it.
    uint64_t next_planned_ns() const { return paused_ || closed_loop_ ? UINT64_MAX : plan_.next_ns(); }
    void take() { plan_.take(); }
    uint64_t due(uint64_t now_ns) const {  // calls that are due and not yet taken
        return next_planned_ns() > now_ns ? 0 : plan_.due(now_ns);
    }
    uint64_t end_ns() const { return plan_.end_ns(); }  // of a profile that ends the run; UINT64_MAX: never

    // Closed loop. take_user(): an id whose call may start now, 0: none; release_user() when that call has ended.
    bool closed_loop() const { return closed_loop_; }
    bool user_waits() const { return !paused_ && open_users_ < seat_.share(users_) && !idle_users_.empty(); }
    uint32_t take_user();
    void release_user(uint32_t id);

    // A new rate takes effect at once: the way already covered towards the next call counts, calls that are due stay
    // so.
    void set_rate(double calls_per_period, uint64_t now_ns);
    void set_users(uint32_t users);
    void set_limit(uint32_t limit) { limit_ = limit, limit_is_computed_ = false; }
    void set_paused(bool paused, uint64_t now_ns);  // what is due when a pause ends is forgotten
    double rate(uint64_t now_ns) const { return plan_.rate_at(now_ns); }
    double calls_per_second(uint64_t now_ns) const {
        return rate(now_ns) * static_cast<double>(kSecond) / static_cast<double>(period_ns_);
    }
    uint32_t users() const { return users_; }
    uint32_t limit() const { return limit_; }  // of simultaneous calls; 0: none
    bool paused() const { return paused_; }

private:
    void compute_limit(uint64_t now_ns);

    const Seat seat_;
    uint64_t period_ns_, default_duration_ns_;
    RatePlan plan_;
    uint32_t limit_ = 0;
    bool limit_is_computed_;
    bool paused_ = false;
    bool closed_loop_;
    uint32_t users_ = 0, known_users_ = 0, open_users_ = 0;
    std::deque<uint32_t> idle_users_;
    std::vector<uint32_t> retired_users_;  // there are fewer users now: their ids are the next that come back
};

// SIPp's scenario duration, from which the default limit of simultaneous calls is computed: its pauses, at least -d and
// one second.
uint64_t default_duration_ns(const gsp_program&, uint64_t pause_ns);
uint64_t longest_duration_ns(const Scenarios&, uint64_t pause_ns);  // of those that place calls

}  // namespace gsp::rt
