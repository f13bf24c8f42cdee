// SPDX-License-Identifier: Apache-2.0
// The counters of a run and of its steps. One writer (the worker), plain stores; readers on the same thread. Those of
// several workers are added up from copies (worker/crew.h).
#pragma once
#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "runtime/abi/gsp_abi.h"
#include "runtime/base/histogram.h"
#include "runtime/config.h"

namespace gsp::rt {

enum class Counter : uint16_t {
#define COUNTER(id) id,
#define OWN_COUNTER(id) id,
#include "runtime/abi/counters.def"
    Count,
    None = 0xffff
};
std::string_view counter_name(Counter);
bool is_sipp_counter(Counter);  // a column of SIPp's statistics file

struct Counters {
    std::array<uint64_t, static_cast<size_t>(Counter::Count)> v{};
    uint64_t& operator[](Counter c) { return v[static_cast<size_t>(c)]; }
    uint64_t operator[](Counter c) const { return v[static_cast<size_t>(c)]; }
};

uint64_t total_calls(const Counters&);  // in and out

// SIPp's reasons for failed calls in the six classes of -trace_schema gossipper and the JSON summary.
struct FailureClass {
    const char* name;
    uint64_t count;
};
std::array<FailureClass, 6> failure_classes(const Counters&);

std::string_view step_kind(uint32_t kind);  // of a gsp_step_kind: its element, "send"

struct StepCounters {  // SIPp's columns: nb_sent / nb_recv / sessions in `done`
    uint64_t done = 0, retrans = 0, timeouts = 0, unexpected = 0, lost = 0;
    void add(const StepCounters& other) {
        done += other.done, retrans += other.retrans, timeouts += other.timeouts;
        unexpected += other.unexpected, lost += other.lost;
    }
};

struct Timing {                     // a response time or the call length
    Histogram all;                  // since the start
    Histogram from_plan;            // … counted from the planned time of the call; only of open loop
    std::vector<uint32_t> borders;  // repartition, ms
    std::vector<uint64_t> classes;  // borders.size() + 1
    // Since the last statistics row (SIPp's periodic columns):
    uint64_t period_count = 0;
    double period_sum_ns = 0, period_sum_squares = 0;
    void record(uint64_t ns);
    void add(const Timing&);  // of another worker
    void clear();
    void clear_repartition();
    void clear_period() { period_count = 0, period_sum_ns = 0, period_sum_squares = 0; }
};

// Everything that screens, CSV and JSON are made of; the worker fills it.
struct Statistics {
    Counters counters;
    std::vector<StepCounters> steps;
    std::vector<Timing> rtds;
    Timing call_length;
    std::vector<uint64_t> user_counters;  // counter="name", by index of gsp_program.counters
    Histogram start_lag;                  // planned start → real start
    uint64_t current_calls = 0, peak_calls = 0, peak_ns = 0;
    uint64_t start_ns = 0, now_ns = 0, end_ns = 0;
    double target_rate = 0;  // calls per second, or users
    uint64_t kernel_drops = 0;
    uint32_t open_sockets = 1;
    uint64_t late_turns = 0;        // loop turns that took longer than 10 ms
    std::string_view last_warning;  // empty: none

    void add(const Statistics&);  // of another worker; last_warning stays
    void reset();                 // all zero but for the current calls and the start
};

uint64_t timeouts(const Statistics&);  // of all steps

// Does anything lose messages on purpose (`lost`, -lost)? Then steps have a column for it.
bool loses_messages(const gsp_program&, const RunConfig&);

}  // namespace gsp::rt
