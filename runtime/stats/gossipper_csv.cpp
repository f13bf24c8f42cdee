// SPDX-License-Identifier: Apache-2.0
#include "runtime/stats/gossipper_csv.h"

#include <cctype>

#include "runtime/base/clock.h"
#include "runtime/stats/time_text.h"
#include "runtime/stats/trace_format.h"

namespace gsp::rt {

namespace {

constexpr int kDecimals = 6;

class Row {
public:
    Row(const Statistics& now, const GossipperPeriod& period, uint64_t epoch_ns) : now_(now), period_(period) {
        text("timestamp", rfc3339_nano_text(epoch_ns + now.now_ns));
    }
    void text(const std::string& name, std::string value) { fields_.push_back({name, std::move(value)}); }
    void number(const std::string& name, uint64_t value) { text(name, std::to_string(value)); }
    void ratio(const std::string& name, double value) { text(name, fixed_text(value, kDecimals)); }
    void per_second(const std::string& name, uint64_t calls, uint64_t ns) {
        ratio(name, ns ? static_cast<double>(calls) * static_cast<double>(kSecond) / static_cast<double>(ns) : 0);
    }

    void calls(bool elapsed) {
        const Counters& c = now_.counters;
        const uint64_t total = total_calls(c);
        if (elapsed) number("elapsed_ms", (now_.now_ns - now_.start_ns) / kMillisecond);
        number("total_calls", total);
        number("success_calls", c[Counter::SuccessfulCall]);
        number("failed_calls", c[Counter::FailedCall]);
        number("active_calls", now_.current_calls);
        ratio("success_ratio",
              total ? static_cast<double>(c[Counter::SuccessfulCall]) / static_cast<double>(total) : 0);
        per_second("calls_per_second", total, now_.now_ns - now_.start_ns);
    }
    void retransmits() {
        number("retransmits", now_.counters[Counter::Retransmissions]);
        number("timeouts", timeouts(now_));
    }
    void interval() {
        number("interval_ms", interval_ns() / kMillisecond);
        per_second("interval_calls_per_second", total_calls(now_.counters) - total_calls(period_.counters),
                   interval_ns());
    }
    // The first timer of a scenario is what measures the INVITE.
    double invite_mean_ns() const { return now_.rtds.empty() ? 0 : now_.rtds[0].all.mean_ns(); }
    double invite_stdev_ns() const { return now_.rtds.empty() ? 0 : now_.rtds[0].all.stdev_ns(); }
    void milliseconds(const std::string& name, double ns) { ratio(name, ns / static_cast<double>(kMillisecond)); }
    void media(const std::string& prefix, const Counters& before) {
        const Counters& c = now_.counters;
        number(prefix + "rtp_packets_sent", c[Counter::RtpPacketsSent] - before[Counter::RtpPacketsSent]);
        number(prefix + "rtp_packets_received", c[Counter::RtpPacketsReceived] - before[Counter::RtpPacketsReceived]);
        number(prefix + "rtcp_sender_reports", c[Counter::RtcpSenderReports] - before[Counter::RtcpSenderReports]);
        number(prefix + "rtcp_receiver_reports",
               c[Counter::RtcpReceiverReports] - before[Counter::RtcpReceiverReports]);
        number(prefix + "rtcp_packets_received",
               c[Counter::RtcpPacketsReceived] - before[Counter::RtcpPacketsReceived]);
    }
    void failures() {
        for (const FailureClass& f : failure_classes(now_.counters)) number(std::string("failure_") + f.name, f.count);
    }
    void deltas() {
        const Counters &c = now_.counters, &before = period_.counters;
        number("delta_total_calls", total_calls(c) - total_calls(before));
        number("delta_success_calls", c[Counter::SuccessfulCall] - before[Counter::SuccessfulCall]);
        number("delta_failed_calls", c[Counter::FailedCall] - before[Counter::FailedCall]);
        number("delta_retransmits", c[Counter::Retransmissions] - before[Counter::Retransmissions]);
        number("delta_timeouts", timeouts(now_) - period_.timeouts);
        media("delta_", before);
        const auto was = failure_classes(before), is = failure_classes(c);
        for (size_t i = 0; i < is.size(); ++i)
            number(std::string("delta_failure_") + is[i].name,
                   is[i].count > was[i].count ? is[i].count - was[i].count : 0);
    }
    std::vector<CsvField> take() { return std::move(fields_); }

private:
    uint64_t interval_ns() const { return now_.now_ns - (period_.start_ns ? period_.start_ns : now_.start_ns); }

    const Statistics& now_;
    const GossipperPeriod& period_;
    std::vector<CsvField> fields_;
};

// Letters, digits and underscores.
std::string column_label(std::string_view text) {
    std::string label;
    for (const char c : text) label += std::isalnum(static_cast<unsigned char>(c)) ? c : '_';
    return label;
}

std::string label_of(const gsp_step& step) {
    const std::string_view label{step.label.ptr, step.label.len};
    const bool request = (step.flags & GSP_STEP_REQUEST) != 0;
    if (step.kind != GSP_STEP_SEND && step.kind != GSP_STEP_RECV) return "CMD";
    if (step.kind == GSP_STEP_SEND && !request) return "SIP_2_0";  // its first word
    if (!request) return "RESP_" + column_label(label);
    if (label.empty()) return step.kind == GSP_STEP_SEND ? "SEND" : "RECV";
    return column_label(label);
}

}  // namespace

std::vector<CsvField> gossipper_statistics(const Statistics& now, const GossipperPeriod& period, uint64_t epoch_ns) {
    Row row(now, period, epoch_ns);
    row.calls(true);
    row.retransmits();
    row.milliseconds("avg_call_ms", now.call_length.all.mean_ns());
    row.milliseconds("call_stddev_ms", now.call_length.all.stdev_ns());
    row.milliseconds("avg_invite_ms", row.invite_mean_ns());
    row.milliseconds("invite_stddev_ms", row.invite_stdev_ns());
    row.media("", {});
    row.failures();
    row.interval();
    row.deltas();
    return row.take();
}

std::vector<CsvField> gossipper_screen(const Statistics& now, const GossipperPeriod& period, uint64_t epoch_ns) {
    Row row(now, period, epoch_ns);
    row.calls(false);
    row.interval();
    row.milliseconds("avg_call_ms", now.call_length.all.mean_ns());
    row.milliseconds("avg_invite_ms", row.invite_mean_ns());
    row.retransmits();
    const auto failed = failure_classes(now.counters);
    for (size_t i = 0; i < 2; ++i) row.number(std::string("failure_") + failed[i].name, failed[i].count);
    return row.take();
}

std::vector<CsvField> gossipper_counts(const gsp_program& program, const Statistics& now, uint64_t epoch_ns) {
    std::vector<CsvField> fields = {{"timestamp", rfc3339_nano_text(epoch_ns + now.now_ns)}};
    for (uint32_t i = 0; i < program.n_steps; ++i) {
        const gsp_step& step = program.steps[i];
        const bool sends = step.kind == GSP_STEP_SEND || step.kind == GSP_STEP_SEND_CMD;
        if (!sends && step.kind != GSP_STEP_RECV && step.kind != GSP_STEP_RECV_CMD) continue;
        const std::string prefix = std::to_string(i) + "_" + label_of(step);
        fields.push_back({prefix + "_sent", std::to_string(sends ? now.steps[i].done : 0)});
        fields.push_back({prefix + "_recv", std::to_string(sends ? 0 : now.steps[i].done)});
        fields.push_back({prefix + "_unexp", std::to_string(now.steps[i].unexpected)});
    }
    return fields;
}

GossipperPeriod next_gossipper_period(const Statistics& now) {
    return {now.counters, timeouts(now), now.now_ns};
}

std::string gossipper_line(const std::vector<CsvField>& fields, std::string CsvField::*part) {
    std::string line;
    for (const CsvField& field : fields) line += (line.empty() ? "" : ",") + csv_quoted(field.*part);
    return line + '\n';
}

}  // namespace gsp::rt
