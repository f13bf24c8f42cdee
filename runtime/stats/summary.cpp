// SPDX-License-Identifier: Apache-2.0
#include "runtime/stats/summary.h"

#include <algorithm>

#include "runtime/base/clock.h"
#include "runtime/stats/json_writer.h"
#include "runtime/stats/summary_media.h"
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
    if (t.from_plan.count()) latency(json, key + "_from_plan", t.from_plan);
    if (t.borders.empty()) return;
    json.begin_object(key + "_repartition");
    for (size_t i = 0; i < t.borders.size(); ++i) json.value("lt_" + std::to_string(t.borders[i]) + "ms", t.classes[i]);
    json.value("ge_" + std::to_string(t.borders.back()) + "ms", t.classes.back());
    json.end_object();
}

void calls(JsonWriter& json, const Statistics& s) {
    const Counters& c = s.counters;
    const uint64_t started = total_calls(c), elapsed = s.now_ns - s.start_ns;
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
    json.value("timeouts", timeouts(s));
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
    json.begin_object("failure_classes");
    for (const FailureClass& c : failure_classes(s.counters)) json.value(c.name, c.count);
    json.end_object();
    json.begin_object("counters");
    for (size_t i = 0; i < s.user_counters.size(); ++i) json.value(text(program.counters[i].name), s.user_counters[i]);
    json.end_object();
}

void describe(JsonWriter& json, const gsp_program& program, uint32_t step) {
    const gsp_step& s = program.steps[step];
    json.value("label", text(s.label));
    json.value("file", text(s.file.len ? s.file : program.source));
    json.value("line", uint64_t{s.line});
}

void steps(JsonWriter& json, const gsp_program& program, const Statistics& s) {
    json.begin_array("steps");
    for (uint32_t i = 0; i < program.n_steps; ++i) {
        const StepCounters& c = s.steps[i];
        json.begin_object();
        json.value("index", uint64_t{i});
        json.value("kind", step_kind(program.steps[i].kind));
        describe(json, program, i);
        json.value("done", c.done);
        json.value("retransmits", c.retrans);
        json.value("timeouts", c.timeouts);
        json.value("unexpected", c.unexpected);
        json.value("lost", c.lost);
        json.end_object();
    }
    json.end_array();
}

void ladder(JsonWriter& json, const LadderOfCall& example) {
    json.begin_object("example");
    json.value("call_number", example.number);
    json.value("call_id", example.call_id);
    if (!example.pcap.empty()) json.value("media_pcap", example.pcap);
    json.value("left_out", example.ladder.left_out);
    json.begin_array("events");
    for (const LadderEvent& event : example.ladder.events) {
        json.begin_object();
        json.value("after", event.time_ns - example.start_ns);
        json.value("what", ladder_name(event));
        json.value("text", ladder_text(event));
        if (const uint32_t cseq = ladder_cseq(event)) json.value("cseq", uint64_t{cseq});
        if (event.step != GSP_NONE) json.value("step", uint64_t{event.step});
        json.end_object();
    }
    json.end_array();
    json.end_object();
}

void failures(JsonWriter& json, const SummaryPart& part, size_t most) {
    json.begin_array("failures");
    for (const auto& [program, failure] : most_frequent({{part.program, part.failures}}, most)) {
        json.begin_object();
        json.value("count", failure->count);
        json.value("reason", failure->reason);
        json.value("step", uint64_t{failure->key.step});
        if (failure->key.step < program->n_steps) describe(json, *program, failure->key.step);
        json.value("arrived", failure->arrived);
        json.begin_array("acceptable");
        for (const uint32_t step : failure->acceptable) {
            json.begin_object();
            json.value("step", uint64_t{step});
            describe(json, *program, step);
            json.end_object();
        }
        json.end_array();
        json.value("why", failure->why);
        ladder(json, failure->example);
        json.end_object();
    }
    json.end_array();
}

// What is told of each scenario.
void scenario(JsonWriter& json, const SummaryPart& part, size_t most_failures) {
    const Statistics& s = part.statistics;
    calls(json, s);
    counters(json, part.program, s);
    json.value("average_call_latency", static_cast<uint64_t>(s.call_length.all.mean_ns()));
    // The first timer of a scenario is what measures the INVITE.
    if (!s.rtds.empty()) json.value("average_invite_rtt", static_cast<uint64_t>(s.rtds[0].all.mean_ns()));
    timing(json, "call_length", s.call_length);
    latency(json, "start_lag", s.start_lag);
    json.begin_object("rtd");
    for (size_t i = 0; i < s.rtds.size(); ++i) timing(json, text(part.program.rtds[i].name), s.rtds[i]);
    json.end_object();
    steps(json, part.program, s);
    failures(json, part, most_failures);
}

const char* part_name(Part part) {
    return part == Part::Rx ? "rx" : part == Part::OutOfCall ? "out_of_call" : "also";
}

void other_scenarios(JsonWriter& json, const std::vector<SummaryPart>& parts, size_t most_failures) {
    json.begin_array("other_scenarios");
    for (const SummaryPart& part : parts) {
        if (part.part == Part::Main) continue;
        json.begin_object();
        json.value("part", part_name(part.part));
        json.value("scenario", text(part.program.source));
        scenario(json, part, most_failures);
        json.end_object();
    }
    json.end_array();
}

void transport(JsonWriter& json, const NetConfig& net) {
    json.begin_object("transport");
    json.value("mode", std::string(net.mode.name));
    json.value("protocol", std::string(net.mode.row().token));
    if (net.mode.is_tls()) {
        json.value("verifies_peers", net.tls.verifies());
        json.value("tls_skip_verify", net.tls.skip_verify);
    }
    json.end_object();
}

void health(JsonWriter& json, const Health& health) {
    if (!health.active) return;
    json.begin_object("health");
    json.value("active", true);
    json.value("pass", health.pass());
    json.begin_array("reasons");
    for (const std::string& reason : health.reasons) json.value("", reason);
    json.end_array();
    json.end_object();
}

void load(JsonWriter& json, const char* key, const LoadSample& s) {
    json.begin_object(key);
    json.value("duration", s.time_ns);
    json.value("offered", s.offered);
    json.value("started", s.started);
    json.value("late", s.late);
    json.value("refused_by_limit", s.refused);
    json.value("dropped", s.dropped);
    json.value("late_turns", s.late_turns);
    json.value("congestion", s.congestion);
    json.value("kernel_drops", s.kernel_drops);
    json.value("media_sent", s.media_sent);
    json.value("media_late", s.media_late);
    json.value("media_unsent", s.media_unsent);
    json.end_object();
}

void verdict(JsonWriter& json, const LoadVerdict& v) {
    json.begin_object("verdict");
    json.value("generator", !v.seconds ? "no_load" : v.kept_up ? "kept_up" : "bottleneck");
    if (!v.kept_up) {
        json.value("cause", bottleneck_name(v.cause));
        json.value("from", v.from_ns);
    }
    json.value("text", v.text());
    json.value("seconds", v.seconds);
    json.value("seconds_behind", v.behind);
    json.value("cpu_share", v.cpu_share);
    json.value("start_lag_p99", v.start_lag_p99_ns);
    load(json, "total", v.total);
    load(json, "behind", v.evidence);
    json.begin_object("machine_udp");
    json.value("in_errors", v.machine.in_errors);
    json.value("receive_buffer_errors", v.machine.receive_buffer);
    json.value("send_buffer_errors", v.machine.send_buffer);
    json.value("by_others", v.machine.all() - std::min(v.machine.all(), v.total.kernel_drops));
    json.end_object();
    json.end_object();
}

void knee(JsonWriter& json, const KneeSearch& search) {
    if (!search.on()) return;
    json.begin_object("knee");
    json.value("found", search.over());
    json.value("rate", search.knee());
    json.begin_array("stages");
    for (const KneeStage& stage : search.stages()) {
        json.begin_object();
        json.value("rate", stage.rate);
        json.value("started", stage.started);
        json.value("failed", stage.failed);
        json.value("retransmits", stage.retransmissions);
        json.value("p99", stage.p99_ns);
        json.value("broken", stage.broken);
        json.end_object();
    }
    json.end_array();
    json.end_object();
}

}  // namespace

std::string render_summary(const std::vector<SummaryPart>& parts, const RunConfig& config, const SummaryEnd& end,
                           const Health& gates, const LoadVerdict& load, const KneeSearch& search, uint64_t epoch_ns) {
    const Statistics& s = parts[0].statistics;
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
    transport(json, config.net);
    health(json, gates);
    verdict(json, load);
    knee(json, search);
    write_media(json, s);
    scenario(json, parts[0], config.report.failures);
    other_scenarios(json, parts, config.report.failures);
    json.end_object();
    return json.take();
}

}  // namespace gsp::rt
