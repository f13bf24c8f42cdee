// SPDX-License-Identifier: Apache-2.0
#include "runtime/run_session.h"

#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <utility>

#include "runtime/stats/progress.h"

namespace gsp::rt {

namespace {

constexpr const char* kHomeAndClear = "\x1b[H\x1b[2J";

bool write_file(const std::string& name, const std::string& text) {
    std::FILE* file = std::fopen(name.c_str(), "w");
    if (!file) return false;
    const bool written = std::fwrite(text.data(), 1, text.size(), file) == text.size();
    return (std::fclose(file) == 0) && written;
}

std::string calls_text(uint64_t n) {
    return std::to_string(n) + (n == 1 ? " call" : " calls");
}

}  // namespace

Session::Session(const RunConfig& config, Clock& clock, const RunText& text, Trace& trace, Crew& crew, Loop& control)
    : config_(config),
      clock_(clock),
      text_(text),
      trace_(trace),
      crew_(crew),
      loop_(control),
      console_(*this, config.rate.scale),
      periodic_(crew.program(), config, trace, clock.epoch_ns(), [&crew] { return crew.take_codes(); }),
      live_screen_(isatty(STDOUT_FILENO) != 0) {}

Result<void> Session::open() {
    const auto control = loop_.on_control(config_.net.control_ip, config_.net.control_port,
                                          [this](std::string_view bytes) { console_.datagram(bytes); });
    if (!control) {
        if (config_.net.control_port != 0) return control.error();
        warn("no control socket: " + control.error().text);
    }
    loop_.on_signals({SIGINT, SIGTERM, SIGUSR1, SIGUSR2}, [this](int signal) { on_signal(signal); });
    if (config_.read_keys) {
        keys_.emplace();
        if (keys_->readable())
            loop_.on_input(STDIN_FILENO, [this](std::string_view bytes) { console_.terminal_input(bytes); });
    }
    return {};
}

void Session::run() {
    if (config_.timeout.run_ns) loop_.every(config_.timeout.run_ns, [this] { on_timeout(); });
    if (periodic_.wanted()) {
        periodic_.start(crew_.statistics());
        crew_.clear_period();
        if (config_.trace.stat_period_ns) loop_.every(config_.trace.stat_period_ns, [this] { statistics_row(); });
    }
    if (config_.report.progress_every_ns) loop_.every(config_.report.progress_every_ns, [this] { say_progress(); });
    begin_screen_period();
    period_.start_ns = period_.last.start_ns;
    if (config_.trace.screen_period_ns) loop_.every(config_.trace.screen_period_ns, [this] { refresh_screen(); });
    if (live_screen_) {
        std::fputs(kHomeAndClear, stdout);
        draw();
    }
    crew_.run();
}

SummaryEnd Session::finish() {
    keys_.reset();
    finish_files();
    const Health gates = health();
    const SummaryEnd end = verdict(gates);
    if (live_screen_) std::fputs(kHomeAndClear, stdout);
    const ScreenSource source = screen(true);
    std::string text = render_screen(shown_screen_, source);
    if (shown_screen_ != 2) text += render_screen(2, source);
    const LoadVerdict load = load_verdict();
    text += render_verdict(load) + render_knee(crew_.knee());
    std::vector<FailuresOf> failures;
    for (const SummaryPart& part : parts()) failures.push_back({part.program, part.failures});
    text += explain_failures(failures, config_.report.failures);
    text += "Exit code " + std::to_string(end.exit_code) + ": " + end.reason + "\n";
    std::fwrite(text.data(), 1, text.size(), stdout);
    std::fflush(stdout);
    if (config_.report.progress_every_ns) say_progress();
    if (!config_.trace.summary_json.empty()) write_summary(end, gates);
    if (const uint64_t dropped = crew_.trace_records_dropped())
        std::fprintf(stderr, "%llu trace records were dropped: the disk was slower than the calls (-trace_buffer)\n",
                     static_cast<unsigned long long>(dropped));
    const uint64_t warnings = crew_.warnings();
    if (warnings > 0) std::fprintf(stderr, "%s\n", crew_.last_warning().c_str());
    if (warnings > 1) {
        const std::string file = trace_.error_file();
        std::fprintf(stderr, "There were more errors, %s\n",
                     file.empty() ? "enable -trace_err to log them." : ("see '" + file + "' file").c_str());
    }
    return end;
}

void Session::finish_files() {
    if (periodic_.wanted())
        for (int i = 0; i < periodic_.rows_at_end(); ++i) statistics_row();
    if (config_.trace[TraceFile::Screens].on && config_.trace.schema == TraceSchema::Sipp) write_screens();
    trace_.drain();
    if (trace_.has_problem()) warn(trace_.take_problem());
}

SummaryEnd Session::verdict(const Health& gates) {
    uint64_t failed = 0, succeeded = 0, media_late = 0;
    for (const Part part : crew_.parts()) {  // SIPp: the scenario that is shown decides; a mix is one
        if (part != shown_part_ && (part < Part::Also || shown_part_ != Part::Main)) continue;
        const Counters& c = crew_.statistics(part).counters;
        failed += c[Counter::FailedCall];
        succeeded += c[Counter::SuccessfulCall];
        media_late += c[Counter::CallsMediaLate];
    }
    if (timed_out_ && config_.timeout.run_is_error) return {255, "-timeout was reached, an error with -timeout_error"};
    if (!crew_.fatal().empty()) return {255, crew_.fatal()};
    if (crew_.stop_now()) return {97, "stopped by stop_now"};
    if (timed_out_ && failed == 0 && succeeded == 0) return {97, "-timeout was reached and no call had ended"};
    if (crew_.media_check_failed())
        return {253, "media did not come back as it was sent (rtp_stream with a pattern)"};
    if (gates.active) return {gates.pass() ? 0 : 2, gates.text()};
    std::string why = interrupted_by_ ? std::string(", interrupted by ") + interrupted_by_ : std::string();
    if (media_late) why += "; of " + calls_text(media_late) + " the media left late";
    if (failed > 0) return {1, std::to_string(failed) + " of " + calls_text(failed + succeeded) + " failed" + why};
    return {0, calls_text(succeeded) + " succeeded, none failed" + why};
}

Health Session::health() {
    RunTotals totals;
    for (const SummaryPart& part : parts()) {
        totals.succeeded += part.statistics.counters[Counter::SuccessfulCall];
        totals.failed += part.statistics.counters[Counter::FailedCall];
        totals.timeouts += timeouts(part.statistics);
    }
    totals.load = load_verdict();
    totals.media = crew_.statistics().media;
    return check_health(config_.health, totals);
}

LoadVerdict Session::load_verdict() {
    LoadVerdict verdict = crew_.load_verdict();
    verdict.machine = losses_.losses();
    return verdict;
}

std::vector<SummaryPart> Session::parts() {
    std::vector<SummaryPart> all;
    for (const Part part : crew_.parts())
        all.push_back({part, crew_.program(part), crew_.statistics(part), crew_.failures(part)});
    return all;
}

void Session::say_progress() {
    std::fputs(progress_line(crew_.statistics()).c_str(), stderr);
}

void Session::soft_quit() {
    crew_.quit(std::exchange(asked_to_quit_, true) ? Quit::Force : Quit::Soft);
}

void Session::show_screen(int key) {
    shown_screen_ = key;
    if (live_screen_) draw();
}

bool Session::show_part(Part part) {
    if (!crew_.has(part)) return false;
    shown_part_ = part;
    begin_screen_period();
    if (live_screen_) draw();
    return true;
}

void Session::reset_statistics() {
    crew_.reset_statistics();
    begin_screen_period();
    periodic_.restart_period(crew_.statistics());
}

void Session::dump_calls() {
    warn("calls: " + std::to_string(crew_.statistics().current_calls));
    crew_.describe_calls([this](const std::string& text) { warn(text); });
}

void Session::dump_variables() {
    crew_.describe_variables([this](const std::string& text) { warn(text); });
}

void Session::warn(const std::string& text) {
    trace_.warning(clock_.read_ns(), text);
}

void Session::set_trace(TraceFile file, bool on) {
    if (auto set = crew_.set_trace(file, on); !set) warn(set.error().text);
}

void Session::on_signal(int signal) {
    switch (signal) {
    case SIGUSR1: return soft_quit();
    case SIGUSR2: write_screens(); return trace_.request_flush();
    default: interrupted_by_ = signal == SIGINT ? "SIGINT" : "SIGTERM"; crew_.stop();
    }
}

void Session::on_timeout() {
    timed_out_ = true;
    if (config_.timeout.run_is_error) {
        std::fputs("the run reached its -timeout\n", stderr);
        crew_.stop();
        return;
    }
    crew_.quit(Quit::Force);
}

void Session::statistics_row() {
    periodic_.row(crew_.end_period());
}

void Session::refresh_screen() {
    if (live_screen_) draw();
    begin_screen_period();
}

void Session::begin_screen_period() {
    period_.last = crew_.statistics(shown_part_);
    period_.start_ns = period_.last.now_ns;
}

void Session::draw() {
    const std::string text = render_screen(shown_screen_, screen(false));
    // Each line is cleared before it is written: a tab passes over what stood there.
    std::string out = "\x1b[H\x1b[2K";
    for (const char c : text) out += c == '\n' ? std::string("\n\x1b[2K") : std::string(1, c);
    out += "\x1b[J";
    std::fwrite(out.data(), 1, out.size(), stdout);
    std::fflush(stdout);
}

void Session::write_screens() {
    if (config_.trace.schema == TraceSchema::Gossipper) return periodic_.screen_row(crew_.statistics());
    set_trace(TraceFile::Screens, true);
    const std::string text = render_all_screens(screen(crew_.finished()));
    trace_.text(TraceFile::Screens, clock_.read_ns(), text);
}

void Session::write_summary(const SummaryEnd& end, const Health& gates) {
    const std::string text =
        render_summary(parts(), config_, end, gates, load_verdict(), crew_.knee(), clock_.epoch_ns());
    const std::string& name = config_.trace.summary_json;
    if (name == "-") {
        std::fwrite(text.data(), 1, text.size(), stdout);
    } else if (!write_file(name, text)) {
        std::fprintf(stderr, "%s\n", system_error("cannot write '" + name + "'", errno).text.c_str());
    }
}

ScreenSource Session::screen(bool ended) {
    const Statistics& now = crew_.statistics(shown_part_);
    ScreenState state;
    if (text_.remote.family) state.remote = ip_bracketed(text_.remote) + ":" + std::to_string(text_.remote.port);
    state.transport = config_.net.mode.row().token;
    state.local_port = text_.local.port;
    state.rate = crew_.rate();
    state.users = crew_.users();
    state.limit = crew_.limit();
    state.rate_scale = console_.rate_scale();
    state.paused = crew_.paused();
    state.soft_quit = crew_.quitting() == Quit::Soft;
    state.forced_quit = crew_.quitting() == Quit::Force;
    state.ended = ended;
    state.hides_steps = hides_steps_;
    state.part = shown_part_;
    state.command_line = console_.command_line();
    return {crew_.program(shown_part_), config_, now, period_, std::move(state), clock_.epoch_ns()};
}

}  // namespace gsp::rt
