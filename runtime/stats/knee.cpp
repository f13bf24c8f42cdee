// SPDX-License-Identifier: Apache-2.0
#include "runtime/stats/knee.h"

#include <algorithm>

#include "runtime/base/clock.h"
#include "runtime/stats/screen_text.h"
#include "runtime/stats/time_text.h"

namespace gsp::rt {

namespace {

constexpr uint64_t kLook = 100 * kMillisecond;  // between two looks whether the calls of a stage have ended
constexpr double kCloseEnough = 1.05;           // of the two rates between which the knee is
constexpr size_t kMostStages = 40;
constexpr uint32_t kMostRepeats = 2;  // of a stage in which the machine was late, which tells nothing about the peer

bool above(uint64_t part, uint64_t all, double percent) {
    return static_cast<double>(part) * 100 > percent * static_cast<double>(all);
}

}  // namespace

KneeSearch::KneeSearch(const KneeConfig& config, double rate, double highest, uint64_t now_ns)
    : config_(config), highest_(highest), rate_(highest > 0 ? std::min(rate, highest) : rate) {
    if (config.on) due_ns_ = now_ns + config.stage_ns;
}

KneeStage KneeSearch::judge_stage(const KneeSample& now) const {
    const LoadSample load = now.load - start_.load;
    KneeStage stage{rate_,
                    load.started,
                    now.failed - start_.failed,
                    now.retransmissions - start_.retransmissions,
                    now.response.percentile_since_ns(start_.response, 99),
                    {}};
    if (lagging_ != Bottleneck::Count)
        stage.broken = bottleneck_text(lagging_);
    else if (above(stage.failed, stage.started, config_.failed_percent))
        stage.broken = "failed calls";
    else if (above(stage.retransmissions, load.sent, config_.retrans_percent))
        stage.broken = "retransmissions";
    else if (config_.p99_ns && stage.p99_ns > config_.p99_ns)
        stage.broken = "p99";
    return stage;
}

// false: the knee is found.
bool KneeSearch::choose_next(bool held) {
    (held ? low_ : high_) = rate_;
    if (stages_.size() == kMostStages || (held && rate_ == highest_)) return false;
    if (high_ == 0) {
        rate_ = highest_ > 0 ? std::min(rate_ * 2, highest_) : rate_ * 2;
        return true;
    }
    rate_ = (low_ + high_) / 2;
    return low_ == 0 ? rate_ >= 1 : high_ > low_ * kCloseEnough;
}

void KneeSample::add(const KneeSample& other) {
    load.add(other.load);
    failed += other.failed;
    retransmissions += other.retransmissions;
    current_calls += other.current_calls;
    response.merge(other.response);
}

std::optional<double> KneeSearch::step(const KneeSample& now) {
    if (!draining_) {
        draining_ = true;
        lagging_ = judge(now.load - start_.load);
        due_ns_ = now.load.time_ns + kLook;
        return 0;
    }
    due_ns_ = now.load.time_ns + kLook;
    if (now.current_calls) return {};
    stages_.push_back(judge_stage(now));
    const bool again = lagging_ == Bottleneck::StartLag && repeats_ < kMostRepeats;
    repeats_ = again ? repeats_ + 1 : 0;
    if (!again && !choose_next(stages_.back().broken.empty())) {
        over_ = true;
        due_ns_ = UINT64_MAX;
        return {};
    }
    draining_ = false;
    start_ = now;
    due_ns_ = now.load.time_ns + config_.stage_ns;
    return rate_;
}

std::string render_knee(const KneeSearch& search) {
    if (!search.on()) return {};
    Lines lines;
    lines.add(rule("Knee"));
    lines.add("      Rate     Calls    Failed   Retrans     p99 ms");
    std::vector<KneeStage> curve = search.stages();
    std::sort(curve.begin(), curve.end(), [](const KneeStage& a, const KneeStage& b) { return a.rate < b.rate; });
    for (const KneeStage& stage : curve)
        lines.add(pad_left(fixed_text(stage.rate, 1), 10) + pad_left(std::to_string(stage.started), 10) +
                  pad_left(std::to_string(stage.failed), 10) + pad_left(std::to_string(stage.retransmissions), 10) +
                  pad_left(milliseconds(static_cast<double>(stage.p99_ns)), 11) + "  " + std::string(stage.broken));
    lines.add(search.knee() > 0 ? "All conditions held up to a rate of " + fixed_text(search.knee(), 1) +
                                      (search.over() ? "" : ", as far as the search came")
                                : "The conditions held at no rate that was tried");
    return lines.take();
}

}  // namespace gsp::rt
