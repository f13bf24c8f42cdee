// SPDX-License-Identifier: Apache-2.0
#include "runtime/stats/counters.h"

#include <algorithm>

#include "runtime/base/clock.h"

namespace gsp::rt {

namespace {

struct CounterInfo {
    std::string_view name;
    bool sipp;
};

constexpr CounterInfo kCounters[] = {
#define COUNTER(id) {#id, true},
#define OWN_COUNTER(id) {#id, false},
#include "runtime/abi/counters.def"
};

}  // namespace

std::string_view counter_name(Counter c) {
    return kCounters[static_cast<size_t>(c)].name;
}

bool is_sipp_counter(Counter c) {
    return kCounters[static_cast<size_t>(c)].sipp;
}

bool loses_messages(const gsp_program& program, const RunConfig& config) {
    return config.call.lost > 0 || std::any_of(program.steps, program.steps + program.n_steps,
                                               [](const gsp_step& step) { return step.lost > 0; });
}

void Timing::clear_repartition() {
    std::fill(classes.begin(), classes.end(), 0);
}

void Timing::clear() {
    all.clear();
    clear_repartition();
    clear_period();
}

void Statistics::reset() {
    counters = {};
    std::fill(steps.begin(), steps.end(), StepCounters{});
    for (Timing& rtd : rtds) rtd.clear();
    call_length.clear();
    std::fill(user_counters.begin(), user_counters.end(), 0);
    start_lag.clear();
    peak_calls = current_calls;
    peak_ns = now_ns;
    late_turns = 0;
}

void Timing::record(uint64_t ns) {
    all.record(ns);
    ++period_count;
    const auto value = static_cast<double>(ns);
    period_sum_ns += value;
    period_sum_squares += value * value;
    if (classes.empty()) return;
    // SIPp compares whole milliseconds: a class holds the values below its border.
    const uint64_t ms = ns / kMillisecond;
    const auto border = std::upper_bound(borders.begin(), borders.end(), ms);
    ++classes[static_cast<size_t>(border - borders.begin())];
}

}  // namespace gsp::rt
