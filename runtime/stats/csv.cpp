// SPDX-License-Identifier: Apache-2.0
#include "runtime/stats/csv.h"

#include <algorithm>
#include <cmath>
#include <string_view>

#include "runtime/base/clock.h"
#include "runtime/stats/time_text.h"

namespace gsp::rt {

namespace {

std::string_view view(const gsp_text& t) {
    return {t.ptr, t.len};
}

std::string per_second(uint64_t calls, uint64_t ns) {
    return fixed_text(ns ? static_cast<double>(calls) * static_cast<double>(kSecond) / static_cast<double>(ns) : 0, 3);
}

struct Mean {
    double mean_ns, stdev_ns;
};

Mean period_mean(const Timing& t) {
    if (t.period_count == 0) return {0, 0};
    const auto n = static_cast<double>(t.period_count);
    const double mean = t.period_sum_ns / n;
    if (t.period_count < 2) return {mean, 0};
    return {mean, std::sqrt(std::max(0.0, (t.period_sum_squares - n * mean * mean) / (n - 1)))};
}

// SIPp keeps whole milliseconds: the last three digits are always 000.
std::string duration(double ns) {
    return hms_micro_text(static_cast<uint64_t>(ns) / kMillisecond * kMillisecond);
}

constexpr Counter kOwnColumns[] = {Counter::CallsOffered,
                                   Counter::CallsLate,
                                   Counter::CallsRefusedLimit,
                                   Counter::CallsDropped,
                                   Counter::ConnectionsLost,
                                   Counter::FailedMediaCheck,
                                   Counter::FailedIce,
                                   Counter::CallsMediaLate,
                                   Counter::IceFailed,
                                   Counter::TurnFailures,
                                   Counter::RtpPacketsSent,
                                   Counter::RtpPacketsLate,
                                   Counter::RtpPacketsUnsent,
                                   Counter::RtpSendErrors,
                                   Counter::RtpStreamsUnaimed,
                                   Counter::CallsOneWayAudio,
                                   Counter::RtpPacketsReceived,
                                   Counter::RtcpPacketsReceived,
                                   Counter::SrtpErrors,
                                   Counter::DtlsFailures,
                                   Counter::RtpStreamsReceived,
                                   Counter::RtpPacketsLost,
                                   Counter::RtpPacketsReordered,
                                   Counter::RtpPacketsDuplicate,
                                   Counter::DtmfDigitsReceived};

class RowBuilder {
public:
    RowBuilder(const gsp_program& program, const Statistics& now, const CsvPeriod& period, const CsvStyle& style)
        : program_(program), now_(now), period_(period), style_(style) {}

    std::vector<CsvField> build() {
        times_and_rates();
        for (size_t i = 0; i < static_cast<size_t>(Counter::Count); ++i) {
            const auto id = static_cast<Counter>(i);
            if (!is_sipp_counter(id)) continue;
            counter(id);
            if (id != Counter::OutgoingCall) continue;
            single("TotalCallCreated", std::to_string(created(now_.counters)));
            single("CurrentCall", std::to_string(now_.current_calls));
        }
        for (size_t i = 0; i < now_.rtds.size(); ++i) mean_columns("ResponseTime" + timer_name(i), now_.rtds[i]);
        mean_columns("CallLength", now_.call_length);
        user_counters();
        for (size_t i = 0; i < now_.rtds.size(); ++i)
            repartition("ResponseTimeRepartition" + timer_name(i), now_.rtds[i]);
        repartition("CallLengthRepartition", now_.call_length);
        own_columns();
        return std::move(fields_);
    }

private:
    void single(std::string_view name, std::string value) { fields_.push_back({std::string(name), std::move(value)}); }
    void pair(std::string_view name, std::string periodic, std::string cumulative) {
        single(std::string(name) + "(P)", std::move(periodic));
        single(std::string(name) + "(C)", std::move(cumulative));
    }
    uint64_t in_period(Counter id) const { return now_.counters[id] - period_.counters[id]; }
    void counter(Counter id) {
        pair(counter_name(id), std::to_string(in_period(id)), std::to_string(now_.counters[id]));
    }
    static uint64_t created(const Counters& c) { return c[Counter::IncomingCall] + c[Counter::OutgoingCall]; }
    std::string date(uint64_t ns) const { return date_text(style_.epoch_ns + ns, style_.rfc3339); }
    std::string timer_name(size_t i) const { return std::string(view(program_.rtds[i].name)); }

    void times_and_rates() {
        const uint64_t total = now_.now_ns - now_.start_ns, period = now_.now_ns - period_.start_ns;
        single("StartTime", date(now_.start_ns));
        single("LastResetTime", date(period_.start_ns));
        single("CurrentTime", date(now_.now_ns));
        pair("ElapsedTime", hms_text(period), hms_text(total));
        single("TargetRate", fixed_text(now_.target_rate, style_.users_mode ? 0 : 3));
        pair("CallRate", per_second(created(now_.counters) - created(period_.counters), period),
             per_second(created(now_.counters), total));
    }

    void mean_columns(const std::string& name, const Timing& t) {
        const Mean p = period_mean(t);
        pair(name, duration(p.mean_ns), duration(t.all.mean_ns()));
        pair(name + "StDev", duration(p.stdev_ns), duration(t.all.stdev_ns()));
    }

    void user_counters() {
        for (size_t i = 0; i < now_.user_counters.size(); ++i) {
            const std::string name(view(program_.counters[i].name));
            const bool number = name.find_first_not_of("0123456789") == std::string::npos;
            const uint64_t before = i < period_.user_counters.size() ? period_.user_counters[i] : 0;
            pair(number ? "GenericCounter" + name : name, std::to_string(now_.user_counters[i] - before),
                 std::to_string(now_.user_counters[i]));
        }
    }

    void repartition(const std::string& name, const Timing& t) {
        if (t.borders.empty()) return;
        single(name, "");
        for (size_t i = 0; i < t.borders.size(); ++i) {
            single(name + "_<" + std::to_string(t.borders[i]), std::to_string(t.classes[i]));
        }
        single(name + "_>=" + std::to_string(t.borders.back()), std::to_string(t.classes.back()));
    }

    // Behind all of SIPp's, so that scripts that count columns find theirs.
    void own_columns() {
        for (const Counter id : kOwnColumns) counter(id);
        quotient("RtpJitter", Counter::RtpJitterMicroseconds, Counter::RtpStreamsReceived, 1000, 3);
        quotient("RtpMos", Counter::RtpMosHundredths, Counter::RtpStreamsRated, 100, 2);
    }

    // Of nothing: an empty field.
    void quotient(const char* name, Counter sum, Counter count, double unit, int decimals) {
        const auto text = [&](uint64_t total, uint64_t n) {
            return n ? fixed_text(static_cast<double>(total) / static_cast<double>(n) / unit, decimals) : std::string();
        };
        pair(name, text(in_period(sum), in_period(count)), text(now_.counters[sum], now_.counters[count]));
    }

    const gsp_program& program_;
    const Statistics& now_;
    const CsvPeriod& period_;
    const CsvStyle& style_;
    std::vector<CsvField> fields_;
};

// The columns of one step in -trace_counts: SIPp takes all that is no message for a pause.
class StepColumns {
public:
    StepColumns(std::vector<CsvField>& fields, uint32_t index, std::string_view label)
        : fields_(fields), prefix_(std::to_string(index) + "_" + std::string(label) + "_") {}
    void add(const char* name, uint64_t value) { fields_.push_back({prefix_ + name, std::to_string(value)}); }

private:
    std::vector<CsvField>& fields_;
    std::string prefix_;
};

void count_step(std::vector<CsvField>& fields, uint32_t index, const gsp_step& step, const StepCounters& c,
                bool with_loss) {
    const bool send = step.kind == GSP_STEP_SEND, message = send || step.kind == GSP_STEP_RECV;
    StepColumns columns(fields, index, message ? view(step.label) : "Pause");
    if (!message) {
        const bool waits = step.kind == GSP_STEP_PAUSE || step.kind == GSP_STEP_TIMEWAIT;
        columns.add("Sessions", waits ? c.done : 0);
        return columns.add("Unexp", c.unexpected);
    }
    columns.add(send ? "Sent" : "Recv", c.done);
    columns.add("Retrans", c.retrans);
    if (!send || step.retrans_ms) columns.add("Timeout", c.timeouts);
    if (!send) columns.add("Unexp", c.unexpected);
    if (with_loss) columns.add("Lost", c.lost);
}

}  // namespace

std::vector<CsvField> csv_fields(const gsp_program& program, const Statistics& now, const CsvPeriod& period,
                                 const CsvStyle& style) {
    return RowBuilder(program, now, period, style).build();
}

std::vector<CsvField> time_fields(const Statistics& now, const CsvStyle& style) {
    return {{"CurrentTime", date_text(style.epoch_ns + now.now_ns, style.rfc3339)},
            {"ElapsedTime", duration(static_cast<double>(now.now_ns - now.start_ns))}};
}

std::vector<CsvField> count_fields(const gsp_program& program, const Statistics& now, bool with_loss,
                                   const CsvStyle& style) {
    std::vector<CsvField> fields = time_fields(now, style);
    for (uint32_t i = 0; i < program.n_steps; ++i) {
        if (program.steps[i].flags & GSP_STEP_HIDE) continue;
        count_step(fields, i, program.steps[i], now.steps[i], with_loss);
    }
    return fields;
}

std::string csv_line(const std::vector<CsvField>& fields, std::string CsvField::*part, const std::string& delimiter) {
    std::string line;
    for (const CsvField& field : fields) line += field.*part + delimiter;
    return line + '\n';
}

}  // namespace gsp::rt
