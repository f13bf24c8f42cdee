// SPDX-License-Identifier: Apache-2.0
#include "runtime/stats/screen.h"

#include <algorithm>

#include "runtime/base/clock.h"
#include "runtime/stats/screen_text.h"
#include "runtime/stats/time_text.h"

namespace gsp::rt {

void Lines::add(std::string line) {
    const size_t last = line.find_last_not_of(' ');
    line.resize(last == std::string::npos ? 0 : last + 1);
    text_ += line + "\n";
}

void Lines::columns(const std::string& left, const std::string& right) {
    add("  " + pad_right(left, 40) + right);
}

std::string pad_left(std::string_view text, size_t width) {
    return std::string(text.size() < width ? width - text.size() : 0, ' ') + std::string(text);
}

std::string pad_right(std::string_view text, size_t width) {
    return std::string(text) + std::string(text.size() < width ? width - text.size() : 0, ' ');
}

std::string rule(std::string_view title) {
    const std::string middle = " " + std::string(title) + " ";
    if (middle.size() >= kScreenWidth) return middle;
    const size_t dashes = kScreenWidth - middle.size();
    return std::string(dashes / 2, '-') + middle + std::string(dashes - dashes / 2, '-');
}

std::string title_rule(std::string_view screen) {
    const std::string right = " [1-9]: Change Screen --";
    std::string left = std::string(37 - screen.size() / 2, '-') + " " + std::string(screen) + " ";
    left += std::string(kScreenWidth - right.size() - left.size(), '-');
    return left + right;
}

void add_wrapped(Lines& lines, size_t indent, std::string_view text) {
    std::string before(indent, ' ');
    while (before.size() + text.size() > kScreenWidth) {
        const size_t blank = text.rfind(' ', kScreenWidth - before.size());
        if (blank == text.npos || blank == 0) break;
        lines.add(before + std::string(text.substr(0, blank)));
        text.remove_prefix(blank + 1);
        before.assign(indent + 2, ' ');
    }
    lines.add(before + std::string(text));
}

std::string milliseconds(double ns) {
    return fixed_text(ns / static_cast<double>(kMillisecond), 2);
}

std::string_view view(const gsp_text& t) {
    return {t.ptr, t.len};
}

std::string footer(const ScreenSource& s) {
    if (s.state.ended) return rule("Test Terminated");
    if (!s.state.command_line.empty()) return rule("Command: " + s.state.command_line.substr(1) + "_");
    if (s.state.forced_quit) return rule("Ending all calls");
    if (s.state.soft_quit) return rule("Waiting for active calls to end. Press [q] again to force exit.");
    if (s.state.paused) return rule("Traffic Paused - Press [p] again to resume");
    if (s.state.part == Part::OutOfCall) return rule("Out-of-call scenario -- c [set display main]: Back");
    if (s.state.part == Part::Rx) return rule("Mixed mode, incoming calls -- c [set display main]: Back");
    if (s.state.part >= Part::Also)
        return rule("Scenario " + std::to_string(static_cast<int>(s.state.part) - static_cast<int>(Part::Also) + 2) +
                    " of the mix -- c [set display main]: Back");
    if (s.program.flags & GSP_PROGRAM_CLIENT) {
        const std::string step =
            fixed_text(s.state.rate_scale, s.state.rate_scale == static_cast<int>(s.state.rate_scale) ? 0 : 2);
        return rule("[+|-|*|/]: Adjust by " + step + " (* /: 10-fold) -- [q]: Soft exit -- [p]: Pause");
    }
    return rule("Server mode -- [q]: Soft exit");
}

namespace {

// Since the start; seconds without decimals, so that a line keeps its width.
std::string percentiles(const Histogram& h) {
    const auto ms = [](uint64_t ns) {
        return ns < kSecond ? milliseconds(static_cast<double>(ns)) : std::to_string(ns / kMillisecond);
    };
    std::string text;
    for (const auto& [name, p] : {std::pair(" p50 ", 50.0), {"  p90 ", 90}, {"  p99 ", 99}, {"  p99.9 ", 99.9}})
        text += name + ms(h.percentile_ns(p));
    return text + "  max " + ms(h.max_ns());
}

constexpr const char* kTableRule = "-------------------------+---------------------------+--------------------------";

class StatisticsScreen {
public:
    explicit StatisticsScreen(const ScreenSource& s) : s_(s) {}

    std::string render() {
        lines_.add(title_rule("Statistics Screen"));
        lines_.add("  Start Time             | " + date(s_.now.start_ns));
        lines_.add("  Last Reset Time        | " + date(s_.period.start_ns));
        lines_.add("  Current Time           | " + date(s_.now.now_ns));
        lines_.add(kTableRule);
        row("Counter Name", "Periodic value", "Cumulative value");
        lines_.add(kTableRule);
        rates();
        lines_.add(kTableRule);
        calls();
        lines_.add(kTableRule);
        timings();
        lines_.add(footer(s_));
        return lines_.take();
    }

private:
    void row(std::string_view name, const std::string& periodic, const std::string& cumulative) {
        lines_.add("  " + pad_right(name, 23) + "| " + pad_right(periodic, 26) + "| " + cumulative);
    }
    std::string date(uint64_t ns) const { return date_text(s_.epoch_ns + ns, s_.config.trace.rfc3339); }
    static std::string number(uint64_t n) { return pad_left(std::to_string(n), 8); }
    static uint64_t created(const Counters& c) { return c[Counter::IncomingCall] + c[Counter::OutgoingCall]; }
    void counter(std::string_view name, Counter c) {
        row(name, number(s_.now.counters[c] - s_.period.last.counters[c]), number(s_.now.counters[c]));
    }
    // Non-zero counters only: what SIPp's screen leaves out, the reader should not have to look for.
    void cause(Counter c) {
        if (s_.now.counters[c]) counter("  " + std::string(counter_name(c)), c);
    }

    static std::string cps(uint64_t calls, uint64_t ns) {
        const double value =
            ns ? static_cast<double>(calls) * static_cast<double>(kSecond) / static_cast<double>(ns) : 0;
        return pad_left(fixed_text(value, 3), 8) + " cps";
    }

    void rates() {
        const uint64_t period = s_.now.now_ns - s_.period.start_ns, total = s_.now.now_ns - s_.now.start_ns;
        row("Elapsed Time", hms_micro_text(period), hms_micro_text(total));
        row("Call Rate", cps(created(s_.now.counters) - created(s_.period.last.counters), period),
            cps(created(s_.now.counters), total));
    }

    void calls() {
        counter("Incoming calls created", Counter::IncomingCall);
        counter("Outgoing calls created", Counter::OutgoingCall);
        row("Total Calls created", "", number(created(s_.now.counters)));
        row("Current Calls", number(s_.now.current_calls), "");
        if (!s_.now.user_counters.empty()) lines_.add(kTableRule);
        for (size_t i = 0; i < s_.now.user_counters.size(); ++i) {
            const auto& before = s_.period.last.user_counters;
            row("Counter " + std::string(view(s_.program.counters[i].name)),
                number(s_.now.user_counters[i] - (i < before.size() ? before[i] : 0)), number(s_.now.user_counters[i]));
        }
        lines_.add(kTableRule);
        counter("Successful call", Counter::SuccessfulCall);
        counter("Failed call", Counter::FailedCall);
        for (size_t i = static_cast<size_t>(Counter::FailedCall) + 1; i < static_cast<size_t>(Counter::OutOfCallMsgs);
             ++i) {
            cause(static_cast<Counter>(i));
        }
        cause(Counter::Retransmissions);
        cause(Counter::Warnings);
        cause(Counter::TraceRecordsDropped);
    }

    void timing(const std::string& name, const Timing& t, const Timing* before) {
        // Mean of the period from the two cumulative ones.
        const uint64_t old_count = before ? before->all.count() : 0, count = t.all.count() - old_count;
        const double old_sum = before ? before->all.mean_ns() * static_cast<double>(old_count) : 0;
        const double sum = t.all.mean_ns() * static_cast<double>(t.all.count()) - old_sum;
        const double mean = count ? std::max(0.0, sum / static_cast<double>(count)) : 0;
        row(name, hms_micro_text(static_cast<uint64_t>(mean)), hms_micro_text(static_cast<uint64_t>(t.all.mean_ns())));
        if (t.all.count()) lines_.add("    ms:" + percentiles(t.all));
        if (t.from_plan.count()) lines_.add("    ms: from plan" + percentiles(t.from_plan));
    }

    void timings() {
        const Statistics& last = s_.period.last;
        for (size_t i = 0; i < s_.now.rtds.size(); ++i) {
            timing("Response Time " + std::string(view(s_.program.rtds[i].name)), s_.now.rtds[i],
                   i < last.rtds.size() ? &last.rtds[i] : nullptr);
        }
        timing("Call Length", s_.now.call_length, &last.call_length);
        const Histogram& lag = s_.now.start_lag;
        if (lag.count() == 0) return;
        row("Start lag", "", hms_micro_text(static_cast<uint64_t>(lag.mean_ns())));
        lines_.add("    ms:" + percentiles(lag));
    }

    const ScreenSource& s_;
    Lines lines_;
};

void repartition_table(Lines& lines, const Timing& t) {
    if (t.all.count()) lines.add("    ms:" + percentiles(t.all));
    if (t.borders.empty()) {
        lines.add("  <No repartition defined>");
        return;
    }
    uint32_t from = 0;
    for (size_t i = 0; i < t.borders.size(); ++i) {
        lines.add("    " + pad_left(std::to_string(from), 10) + " ms <= n < " +
                  pad_left(std::to_string(t.borders[i]), 10) + " ms : " + pad_left(std::to_string(t.classes[i]), 10));
        from = t.borders[i];
    }
    lines.add(pad_left("n >= ", 24) + pad_left(std::to_string(from), 10) +
              " ms : " + pad_left(std::to_string(t.classes.back()), 10));
}

std::string render_repartition(const ScreenSource& s, size_t timer) {
    Lines lines;
    lines.add(title_rule(timer ? "Repartition " + std::to_string(timer + 1) + " Screen" : "Repartition Screen"));
    if (timer < s.now.rtds.size()) {
        lines.add("  Average Response Time Repartition " + std::string(view(s.program.rtds[timer].name)));
        repartition_table(lines, s.now.rtds[timer]);
    }
    if (timer == 0) {
        lines.add("  Average Call Length Repartition");
        repartition_table(lines, s.now.call_length);
    }
    lines.add(footer(s));
    return lines.take();
}

constexpr size_t kRepartitionScreens = 5;  // keys 3, 6, 7, 8, 9

}  // namespace

std::string render_screen(int key, const ScreenSource& s) {
    if (key == 2) return StatisticsScreen(s).render();
    if (key == 3) return render_repartition(s, 0);
    if (key >= 6 && key <= 9) return render_repartition(s, static_cast<size_t>(key) - 5);
    return render_scenario(s);
}

std::string render_verdict(const LoadVerdict& verdict) {
    if (!verdict.seconds || (verdict.kept_up && !verdict.total.offered)) return {};  // a server has no plan
    Lines lines;
    add_wrapped(lines, 0, "Generator " + verdict.text());
    return lines.take();
}

std::string render_all_screens(const ScreenSource& s) {
    std::string text = render_screen(1, s) + render_screen(2, s) + render_repartition(s, 0);
    for (size_t timer = 1; timer < std::min(kRepartitionScreens, s.now.rtds.size()); ++timer)
        text += render_repartition(s, timer);
    return text;
}

}  // namespace gsp::rt
