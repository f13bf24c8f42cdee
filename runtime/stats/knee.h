// SPDX-License-Identifier: Apache-2.0
// -find_knee: the highest rate that a peer bears. Stages of constant load, each followed by a time without new calls in
// which its own end: the rate is doubled as long as the conditions hold, then the gap is halved. No I/O; one worker
// owns it.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/histogram.h"
#include "runtime/config.h"
#include "runtime/stats/load_verdict.h"

namespace gsp::rt {

struct KneeSample {  // since the start of the run, over all scenarios that place calls
    LoadSample load;
    uint64_t failed = 0, retransmissions = 0;
    uint64_t current_calls = 0;  // now
    Histogram response;          // of the first timer, from the planned start
    void add(const KneeSample&);  // of another worker
};

struct KneeStage {
    double rate;  // calls per period
    uint64_t started, failed, retransmissions, p99_ns;
    std::string_view broken;  // the condition that did not hold; empty: all held
};

class KneeSearch {
public:
    // `highest` 0: none.
    KneeSearch(const KneeConfig&, double rate, double highest, uint64_t now_ns);

    bool on() const { return config_.on; }
    bool over() const { return over_; }
    uint64_t due_ns() const { return due_ns_; }  // UINT64_MAX: never
    // Once it is due: the rate from now on; nothing: as it is.
    std::optional<double> step(const KneeSample& now);
    const std::vector<KneeStage>& stages() const { return stages_; }
    double knee() const { return low_; }  // 0: at no rate that was tried

private:
    KneeStage judge_stage(const KneeSample& now) const;
    bool choose_next(bool held);

    const KneeConfig& config_;
    const double highest_;
    double rate_, low_ = 0, high_ = 0;  // calls per period; high_ 0: all rates have held
    bool draining_ = false, over_ = false;
    uint32_t repeats_ = 0;  // of the stage
    uint64_t due_ns_ = UINT64_MAX;
    KneeSample start_;                        // of the stage
    Bottleneck lagging_ = Bottleneck::Count;  // of the generator in the stage
    std::vector<KneeStage> stages_;
};

// The curve and the knee, in lines of the screens' width; "" if none was searched.
std::string render_knee(const KneeSearch&);

}  // namespace gsp::rt
