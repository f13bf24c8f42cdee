// SPDX-License-Identifier: Apache-2.0
#include "runtime/stats/counters.h"

#include <algorithm>
#include <span>

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

uint64_t sum(const Counters& c, std::span<const Counter> which) {
    uint64_t total = 0;
    for (const Counter counter : which) total += c[counter];
    return total;
}

// The classes of failed calls, in the order of failure_classes(); parse_error has no counter of its own here.
constexpr Counter kTimeout[] = {Counter::FailedMaxUDPRetrans, Counter::FailedTimeoutOnRecv,
                                Counter::FailedTimeoutOnSend};
constexpr Counter kUnexpected[] = {Counter::FailedUnexpectedMessage};
constexpr Counter kTransport[] = {Counter::FailedCannotSendMessage, Counter::FailedTcpConnect, Counter::FailedTcpClosed,
                                  Counter::FailedCmdNotSent, Counter::FailedOutboundCongestion, Counter::FailedIce,
                                  Counter::FailedMediaLate};
constexpr Counter kScenario[] = {
    Counter::FailedCallRejected,      Counter::FailedRegexpDoesntMatch,   Counter::FailedRegexpShouldntMatch,
    Counter::FailedRegexpHdrNotFound, Counter::FailedTestDoesntMatch,     Counter::FailedTestShouldntMatch,
    Counter::FailedStrcmpDoesntMatch, Counter::FailedStrcmpShouldntMatch, Counter::FailedMediaCheck};

}  // namespace

std::string_view counter_name(Counter c) {
    return kCounters[static_cast<size_t>(c)].name;
}

std::string_view step_kind(uint32_t kind) {
    constexpr const char* kKinds[] = {"send", "recv", "pause", "nop", "timewait", "sendCmd", "recvCmd"};
    return kind < std::size(kKinds) ? kKinds[kind] : "";
}

bool is_sipp_counter(Counter c) {
    return kCounters[static_cast<size_t>(c)].sipp;
}

uint64_t total_calls(const Counters& c) {
    return c[Counter::IncomingCall] + c[Counter::OutgoingCall];
}

uint64_t timeouts(const Statistics& s) {
    uint64_t total = 0;
    for (const StepCounters& step : s.steps) total += step.timeouts;
    return total;
}

std::array<FailureClass, 6> failure_classes(const Counters& c) {
    const uint64_t timeout = sum(c, kTimeout), unexpected = sum(c, kUnexpected), transport = sum(c, kTransport),
                   scenario = sum(c, kScenario), told = timeout + unexpected + transport + scenario;
    const uint64_t failed = c[Counter::FailedCall], rest = failed > told ? failed - told : 0;
    return {{{"timeout", timeout},
             {"unexpected_sip", unexpected},
             {"transport_error", transport},
             {"parse_error", 0},
             {"scenario_error", scenario},
             {"cancelled", rest}}};
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
    from_plan.clear();
    clear_repartition();
    clear_period();
}

void Timing::add(const Timing& other) {
    all.merge(other.all);
    from_plan.merge(other.from_plan);
    for (size_t i = 0; i < classes.size(); ++i) classes[i] += other.classes[i];
    period_count += other.period_count;
    period_sum_ns += other.period_sum_ns;
    period_sum_squares += other.period_sum_squares;
}

void Statistics::add(const Statistics& other) {
    for (size_t i = 0; i < counters.v.size(); ++i) counters.v[i] += other.counters.v[i];
    for (size_t i = 0; i < steps.size(); ++i) steps[i].add(other.steps[i]);
    for (size_t i = 0; i < rtds.size(); ++i) rtds[i].add(other.rtds[i]);
    call_length.add(other.call_length);
    for (size_t i = 0; i < user_counters.size(); ++i) user_counters[i] += other.user_counters[i];
    start_lag.merge(other.start_lag);
    current_calls += other.current_calls;
    if (other.peak_calls > peak_calls) peak_calls = other.peak_calls, peak_ns = other.peak_ns;
    start_ns = std::min(start_ns, other.start_ns);
    now_ns = std::max(now_ns, other.now_ns);
    end_ns = end_ns && other.end_ns ? std::max(end_ns, other.end_ns) : 0;
    kernel_drops += other.kernel_drops;
    open_sockets += other.open_sockets;
    late_turns += other.late_turns;
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
