// SPDX-License-Identifier: Apache-2.0
#include "runtime/worker/rate_plan.h"

#include <algorithm>
#include <cmath>

namespace gsp::rt {

RatePlan::RatePlan(const RateConfig& config, uint64_t seed, uint64_t now_ns, Seat seat)
    : seat_(seat),
      period_ns_(static_cast<double>(std::max<uint64_t>(config.period_ns, 1))),
      arrival_(config.arrival),
      rng_(seed) {
    const auto now = static_cast<double>(now_ns);
    for (size_t i = 0; i + 1 < config.profile.size(); ++i) {
        const RatePoint &from = config.profile[i], &to = config.profile[i + 1];
        const auto start = static_cast<double>(from.ns), length = static_cast<double>(to.ns) - start;
        if (length > 0) pieces_.push_back({now + start, from.rate, (to.rate - from.rate) / length});
    }
    if (config.profile.empty()) {
        pieces_.push_back({now, config.rate, 0});
    } else {
        const RatePoint& last = config.profile.back();
        if (config.quit_at_highest) end_ns_ = now_ns + last.ns;
        pieces_.push_back({now + static_cast<double>(last.ns), config.quit_at_highest ? 0 : last.rate, 0});
    }
    ahead_ = first_gap(pieces_.front().rate);
    find_next();
}

void RatePlan::begin(uint64_t now_ns) {
    const double later = static_cast<double>(now_ns) - pieces_.front().start_ns;
    for (Piece& piece : pieces_) piece.start_ns += later;
    if (end_ns_ != UINT64_MAX) end_ns_ = static_cast<uint64_t>(pieces_.back().start_ns);
    find_next();
}

double RatePlan::gap() {
    return seat_.of * (arrival_ == Arrival::Uniform ? 1 : -std::log1p(-rng_.uniform()));
}

// The first call is due at once, unless there is no rate yet.
double RatePlan::first_gap(double rate) {
    return arrival_ == Arrival::Poisson ? gap() : seat_.index + (rate > 0 ? 0.0 : 1.0);
}

double RatePlan::calls_until(size_t piece, double end_ns) const {
    const Piece& p = pieces_[piece];
    const double ns = std::max(end_ns - p.start_ns, 0.0);
    return (p.rate + p.slope * ns / 2) * ns / period_ns_;
}

void RatePlan::find_next() {
    for (; at_ + 1 < pieces_.size(); ++at_) {
        const double calls = calls_until(at_, pieces_[at_ + 1].start_ns);
        if (ahead_ < calls) break;
        ahead_ -= calls;
    }
    const Piece& p = pieces_[at_];
    double at = INFINITY;
    if (p.slope == 0) {
        if (p.rate > 0) at = p.start_ns + ahead_ * period_ns_ / p.rate;
    } else {
        const double root = p.rate * p.rate + 2 * p.slope * ahead_ * period_ns_;
        const double divisor = p.rate + std::sqrt(std::max(root, 0.0));
        at = p.start_ns + (divisor > 0 ? 2 * ahead_ * period_ns_ / divisor : 0);
    }
    next_ns_ = at >= 1.8e19 ? UINT64_MAX : at <= 0 ? 0 : static_cast<uint64_t>(std::ceil(at));
}

void RatePlan::take() {
    ahead_ += gap();
    find_next();
}

uint64_t RatePlan::due(uint64_t now_ns) const {
    if (next_ns_ > now_ns) return 0;
    const auto now = static_cast<double>(now_ns);
    double calls = 0;
    for (size_t i = at_; i < pieces_.size(); ++i)
        calls += calls_until(i, i + 1 < pieces_.size() ? std::min(now, pieces_[i + 1].start_ns) : now);
    const double behind = std::max(calls - ahead_, 0.0) / seat_.of;
    // Of a call that the last moment of a piece would bring, the next piece decides.
    return static_cast<uint64_t>(rate_at(now_ns) > 0 ? std::floor(behind) + 1 : std::ceil(behind));
}

double RatePlan::rate_at(uint64_t now_ns) const {
    const auto now = static_cast<double>(now_ns);
    size_t i = 0;
    while (i + 1 < pieces_.size() && pieces_[i + 1].start_ns <= now) ++i;
    return pieces_[i].rate + pieces_[i].slope * std::max(now - pieces_[i].start_ns, 0.0);
}

double RatePlan::highest(uint64_t now_ns) const {
    double highest = rate_at(now_ns);
    for (size_t i = 1; i < pieces_.size(); ++i) {
        if (pieces_[i].start_ns < static_cast<double>(now_ns)) continue;
        const Piece& before = pieces_[i - 1];
        highest =
            std::max({highest, pieces_[i].rate, before.rate + before.slope * (pieces_[i].start_ns - before.start_ns)});
    }
    return highest;
}

void RatePlan::set_rate(double calls_per_period, uint64_t now_ns) {
    const auto now = static_cast<double>(now_ns);
    for (; at_ > 0 && pieces_[at_].start_ns >= now; --at_) ahead_ += calls_until(at_ - 1, pieces_[at_].start_ns);
    while (!pieces_.empty() && pieces_.back().start_ns >= now) pieces_.pop_back();
    pieces_.push_back({now, std::max(calls_per_period, 0.0), 0});
    end_ns_ = UINT64_MAX;
    find_next();
}

void RatePlan::skip_to(uint64_t now_ns) {
    const auto now = static_cast<double>(now_ns);
    const double rate = rate_at(now_ns);
    for (at_ = 0; at_ + 1 < pieces_.size() && pieces_[at_ + 1].start_ns <= now;) ++at_;
    pieces_[at_].rate = rate;
    pieces_[at_].start_ns = now;
    ahead_ = first_gap(rate);
    find_next();
}

}  // namespace gsp::rt
