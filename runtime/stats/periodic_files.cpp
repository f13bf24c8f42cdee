// SPDX-License-Identifier: Apache-2.0
#include "runtime/stats/periodic_files.h"

namespace gsp::rt {

PeriodicFiles::PeriodicFiles(const gsp_program& program, const RunConfig& config, Trace& trace, uint64_t epoch_ns,
                             std::function<std::string()> take_codes)
    : program_(program),
      config_(config),
      trace_(trace),
      take_codes_(std::move(take_codes)),
      style_{epoch_ns, config.rate.users != 0, config.trace.rfc3339},
      with_loss_(loses_messages(program, config)) {}

bool PeriodicFiles::wanted() const {
    const auto on = [this](TraceFile file) { return config_.trace[file].on; };
    return on(TraceFile::Statistics) || on(TraceFile::Counts) || on(TraceFile::ErrorCodes) ||
           (gossipper() && on(TraceFile::Screens));
}

void PeriodicFiles::start(const Statistics& now) {
    constexpr auto kName = &CsvField::name;
    if (gossipper()) {
        trace_.text(TraceFile::Statistics, now.now_ns,
                    gossipper_line(gossipper_statistics(now, {}, style_.epoch_ns), kName));
        trace_.text(TraceFile::Counts, now.now_ns,
                    gossipper_line(gossipper_counts(program_, now, style_.epoch_ns), kName));
        trace_.text(TraceFile::Screens, now.now_ns, gossipper_line(gossipper_screen(now, {}, style_.epoch_ns), kName));
        return;
    }
    const std::string& delimiter = config_.trace.stat_delimiter;
    trace_.text(TraceFile::Statistics, now.now_ns,
                csv_line(csv_fields(program_, now, period_, style_), kName, delimiter));
    trace_.text(TraceFile::Counts, now.now_ns,
                csv_line(count_fields(program_, now, with_loss_, style_), kName, delimiter));
    period_.start_ns = now.start_ns;
    row(now);
}

void PeriodicFiles::row(const Statistics& now) {
    gossipper() ? gossipper_rows(now) : sipp_rows(now);
}

void PeriodicFiles::sipp_rows(const Statistics& now) {
    constexpr auto kValue = &CsvField::value;
    const std::string& delimiter = config_.trace.stat_delimiter;
    if (trace_.on(TraceFile::Statistics))
        trace_.text(TraceFile::Statistics, now.now_ns,
                    csv_line(csv_fields(program_, now, period_, style_), kValue, delimiter));
    if (trace_.on(TraceFile::Counts))
        trace_.text(TraceFile::Counts, now.now_ns,
                    csv_line(count_fields(program_, now, with_loss_, style_), kValue, delimiter));
    if (trace_.on(TraceFile::ErrorCodes)) {
        std::string line = csv_line(time_fields(now, style_), kValue, delimiter);
        line.insert(line.size() - 1, take_codes_());
        trace_.text(TraceFile::ErrorCodes, now.now_ns, line);
    }
    restart_period(now);
}

void PeriodicFiles::restart_period(const Statistics& now) {
    period_ = {now.counters, now.user_counters, now.now_ns};
    gossipper_period_ = screen_period_ = next_gossipper_period(now);
}

void PeriodicFiles::gossipper_rows(const Statistics& now) {
    constexpr auto kValue = &CsvField::value;
    if (trace_.on(TraceFile::Statistics))
        trace_.text(TraceFile::Statistics, now.now_ns,
                    gossipper_line(gossipper_statistics(now, gossipper_period_, style_.epoch_ns), kValue));
    if (trace_.on(TraceFile::Counts))
        trace_.text(TraceFile::Counts, now.now_ns,
                    gossipper_line(gossipper_counts(program_, now, style_.epoch_ns), kValue));
    gossipper_period_ = next_gossipper_period(now);
    screen_row(now);
}

void PeriodicFiles::screen_row(const Statistics& now) {
    if (!trace_.on(TraceFile::Screens)) return;
    trace_.text(TraceFile::Screens, now.now_ns,
                gossipper_line(gossipper_screen(now, screen_period_, style_.epoch_ns), &CsvField::value));
    screen_period_ = next_gossipper_period(now);
}

}  // namespace gsp::rt
