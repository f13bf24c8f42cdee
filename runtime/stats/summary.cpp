// SPDX-License-Identifier: Apache-2.0
#include "runtime/stats/summary.h"

#include "runtime/base/clock.h"
#include "runtime/stats/json_writer.h"
#include "runtime/stats/time_text.h"

namespace gsp::rt {

namespace {

std::string text(const gsp_text& t) {
    return {t.ptr, t.len};
}

void latency(JsonWriter& json, const std::string& key, const Histogram& h) {
    json.begin_object(key);
    json.value("count", h.count());
    json.value("average", static_cast<uint64_t>(h.mean_ns()));
    json.value("min", h.min_ns());
    json.value("max", h.max_ns());
    json.value("stddev", static_cast<uint64_t>(h.stdev_ns()));
    json.value("p50", h.percentile_ns(50));
    json.value("p90", h.percentile_ns(90));
    json.value("p99", h.percentile_ns(99));
    json.value("p999", h.percentile_ns(99.9));
    json.end_object();
}

void timing(JsonWriter& json, const std::string& key, const Timing& t) {
    latency(json, key, t.all);
    if (t.borders.empty()) return;
    json.begin_object(key + "_repartition");
    for (size_t i = 0; i < t.borders.size(); ++i) json.value("lt_" + std::to_string(t.borders[i]) + "ms", t.classes[i]);
    json.value("ge_" + std::to_string(t.borders.back()) + "ms", t.classes.back());
    json.end_object();
}

void calls(JsonWriter& json, const Statistics& s) {
    const Counters& c = s.counters;
    const uint64_t started = c[Counter::IncomingCall] + c[Counter::OutgoingCall], elapsed = s.now_ns - s.start_ns;
    json.value("duration", elapsed);
    json.value("total_calls", started);
    json.value("success_calls", c[Counter::SuccessfulCall]);
    json.value("failed_calls", c[Counter::FailedCall]);
    json.value("active_calls", s.current_calls);
    json.value("peak_calls", s.peak_calls);
    json.value("success_ratio",
               started ? static_cast<double>(c[Counter::SuccessfulCall]) / static_cast<double>(started) : 0.0);
    json.value(
        "calls_per_second",
        elapsed ? static_cast<double>(started) * static_cast<double>(kSecond) / static_cast<double>(elapsed) : 0.0);
    json.begin_object("load");
    json.value("offered", c[Counter::CallsOffered]);
    json.value("started", c[Counter::OutgoingCall]);
    json.value("late", c[Counter::CallsLate]);
    json.value("refused_by_limit", c[Counter::CallsRefusedLimit]);
    json.value("dropped", c[Counter::CallsDropped]);
    json.value("target_rate", s.target_rate);
    json.value("kernel_drops", s.kernel_drops);
    json.value("late_turns", s.late_turns);
    json.end_object();
    json.value("retransmits", c[Counter::Retransmissions]);
    json.value("messages_sent", c[Counter::MessagesSent]);
    json.value("messages_received", c[Counter::MessagesReceived]);
}

void counters(JsonWriter& json, const gsp_program& program, const Statistics& s) {
    json.begin_object("statistics");
    for (size_t i = 0; i < static_cast<size_t>(Counter::Count); ++i) {
        const auto id = static_cast<Counter>(i);
        json.value(counter_name(id), s.counters[id]);
    }
    json.end_object();
    json.begin_object("counters");
    for (size_t i = 0; i < s.user_counters.size(); ++i) json.value(text(program.counters[i].name), s.user_counters[i]);
    json.end_object();
}

void steps(JsonWriter& json, const gsp_program& program, const Statistics& s) {
    constexpr const char* kKinds[] = {"send", "recv", "pause", "nop", "timewait"};
    json.begin_array("steps");
    for (uint32_t i = 0; i < program.n_steps; ++i) {
        const StepCounters& c = s.steps[i];
        json.begin_object();
        json.value("index", uint64_t{i});
        json.value("kind", kKinds[program.steps[i].kind]);
        json.value("label", text(program.steps[i].label));
        json.value("line", uint64_t{program.steps[i].line});
        json.value("done", c.done);
        json.value("retransmits", c.retrans);
        json.value("timeouts", c.timeouts);
        json.value("unexpected", c.unexpected);
        json.value("lost", c.lost);
        json.end_object();
    }
    json.end_array();
}

}  // namespace

std::string render_summary(const gsp_program& program, const RunConfig& config, const Statistics& s,
                           const SummaryEnd& end, uint64_t epoch_ns) {
    JsonWriter json;
    json.begin_object();
    json.value("schema_version", "gossipper_summary_v1");
    json.value("tool_version", GSP_VERSION);
    json.value("scenario", config.scenario_name);
    json.value("seed", config.seed);
    json.value("exit_code", static_cast<uint64_t>(end.exit_code));
    json.value("exit_reason", end.reason);
    json.value("started_at", rfc3339_text(epoch_ns + s.start_ns));
    json.value("finished_at", rfc3339_text(epoch_ns + s.now_ns));
    calls(json, s);
    counters(json, program, s);
    timing(json, "call_length", s.call_length);
    latency(json, "start_lag", s.start_lag);
    json.begin_object("rtd");
    for (size_t i = 0; i < s.rtds.size(); ++i) timing(json, text(program.rtds[i].name), s.rtds[i]);
    json.end_object();
    steps(json, program, s);
    json.end_object();
    return json.take();
}

}  // namespace gsp::rt
