// SPDX-License-Identifier: Apache-2.0
#include "runtime/worker/pacer.h"

#include <algorithm>

namespace gsp::rt {

uint64_t default_duration_ns(const gsp_program& program, uint64_t pause_ns) {
    double total = 0;
    for (uint32_t i = 0; i < program.n_steps; ++i) {
        const gsp_step& step = program.steps[i];
        if (step.kind != GSP_STEP_PAUSE && step.kind != GSP_STEP_TIMEWAIT) continue;
        if (step.pause_ms >= 0)
            total += step.pause_ms * static_cast<double>(kMillisecond);
        else if (!(step.flags & GSP_STEP_DYNAMIC_PAUSE))
            total += static_cast<double>(pause_ns);
        else
            total += step.longest_ms * static_cast<double>(kMillisecond);
    }
    return std::max({static_cast<uint64_t>(std::min(total, 1e18)), pause_ns, kSecond});
}

uint64_t longest_duration_ns(const Scenarios& scenarios, uint64_t pause_ns) {
    uint64_t longest = default_duration_ns(scenarios.main, pause_ns);
    for (const auto& each : scenarios.also) longest = std::max(longest, default_duration_ns(*each.program, pause_ns));
    return longest;
}

Pacer::Pacer(const RateConfig& config, uint64_t default_duration_ns, uint64_t seed, uint64_t now_ns, Seat seat)
    : seat_(seat),
      period_ns_(std::max<uint64_t>(config.period_ns, 1)),
      default_duration_ns_(default_duration_ns),
      plan_(config, seed, now_ns, seat),
      limit_is_computed_(!config.limit),
      closed_loop_(config.users != 0) {
    if (config.limit) limit_ = *config.limit;
    if (closed_loop_) set_users(config.users);
    compute_limit(now_ns);
}

void Pacer::compute_limit(uint64_t now_ns) {
    if (!limit_is_computed_) return;
    double periods = static_cast<double>(default_duration_ns_) / static_cast<double>(period_ns_);
    limit_ = closed_loop_ ? 0 : static_cast<uint32_t>(std::clamp(3 * plan_.highest(now_ns) * periods, 1.0, 4e9));
}

void Pacer::set_rate(double calls_per_period, uint64_t now_ns) {
    plan_.set_rate(calls_per_period, now_ns);
    compute_limit(now_ns);
}

void Pacer::set_paused(bool paused, uint64_t now_ns) {
    if (paused_ && !paused) plan_.skip_to(now_ns);
    paused_ = paused;
}

void Pacer::set_users(uint32_t users) {
    users_ = users;
    const uint32_t own = seat_.share(users);
    while (open_users_ + idle_users_.size() > own && !idle_users_.empty()) {
        retired_users_.push_back(idle_users_.back());
        idle_users_.pop_back();
    }
    while (open_users_ + idle_users_.size() < own && !retired_users_.empty()) {
        idle_users_.push_back(retired_users_.back());
        retired_users_.pop_back();
    }
    if (open_users_ + idle_users_.size() >= own) return;
    const auto fresh = static_cast<uint32_t>(own - open_users_ - idle_users_.size());
    known_users_ += fresh;
    for (uint32_t i = 1; i <= fresh; ++i) idle_users_.push_back(seat_.dealt(known_users_ - i));
}

uint32_t Pacer::take_user() {
    if (!user_waits()) return 0;
    uint32_t id = idle_users_.front();
    idle_users_.pop_front();
    ++open_users_;
    return id;
}

void Pacer::release_user(uint32_t id) {
    --open_users_;
    if (open_users_ + idle_users_.size() < seat_.share(users_))
        idle_users_.push_back(id);
    else
        retired_users_.push_back(id);
}

}  // namespace gsp::rt
