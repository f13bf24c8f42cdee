// SPDX-License-Identifier: Apache-2.0
// The scenario screen: what runs, how much of it, and one line per step.
#include <cmath>

#include "runtime/base/clock.h"
#include "runtime/stats/media_quality.h"
#include "runtime/stats/screen_text.h"
#include "runtime/stats/time_text.h"

namespace gsp::rt {

namespace {

constexpr size_t kTitleWidth = 36;  // of a step, before its counters
constexpr size_t kColumnWidth = 10;

bool client(const gsp_program& p) {
    return (p.flags & GSP_PROGRAM_CLIENT) != 0;
}

// SIPp: timers have numbers here, in the order of their definition, whatever their names.
std::string timer_mark(const gsp_step& step) {
    std::string text;
    if (step.rtd_start != GSP_NONE) text += " B-RTD" + std::to_string(step.rtd_start + 1) + " ";
    if (step.rtd_stop != GSP_NONE) text += " E-RTD" + std::to_string(step.rtd_stop + 1) + " ";
    return text;
}

// SIPp's short form: 500ms, 12.5s, 1:30, 2:00:00.
std::string pause_text(double ms) {
    if (ms < 10'000) return fixed_text(std::floor(ms), 0) + "ms";
    if (ms < 60'000) return fixed_text(std::floor(ms / 100) / 10, 1) + "s";
    const auto s = static_cast<uint64_t>(ms / 1000);
    const std::string seconds = std::to_string(s % 60), minutes = std::to_string(s / 60 % 60);
    const std::string tail = (seconds.size() < 2 ? ":0" : ":") + seconds;
    if (s < 3600) return minutes + tail;
    return std::to_string(s / 3600) + (minutes.size() < 2 ? ":0" : ":") + minutes + tail;
}

std::string arrow_title(const gsp_program& p, const gsp_step& step, bool to_peer) {
    // Drawn from the client, on the left, to the server, on the right.
    const std::string label = std::string(view(step.label));
    if (client(p)) return "  " + pad_left(label, 10) + (to_peer ? " ----------> " : " <---------- ");
    return (to_peer ? "  <---------- " : "  ----------> ") + pad_right(label, 10) + " ";
}

std::string pause_title(const gsp_program& p, const gsp_step& step, uint64_t default_pause_ns) {
    std::string text(view(step.label));
    if (text.empty()) {
        text = pause_text(step.pause_ms >= 0 ? step.pause_ms : static_cast<double>(default_pause_ns) / kMillisecond);
    }
    const std::string box = "[" + pad_left(text, 9) + "]";
    return client(p) ? "       Pause " + box : "  " + box + " Pause";
}

std::string title(const gsp_program& p, uint32_t index, uint64_t default_pause_ns) {
    const gsp_step& step = p.steps[index];
    const std::string number = pad_right(std::to_string(index), 2) + ":";
    switch (step.kind) {
    case GSP_STEP_SEND: return number + arrow_title(p, step, true) + timer_mark(step);
    case GSP_STEP_RECV: return number + arrow_title(p, step, false) + timer_mark(step);
    case GSP_STEP_SEND_CMD: return number + "    [ Sent Command ]         " + timer_mark(step);
    case GSP_STEP_RECV_CMD: return number + "    [ Received Command ]     " + timer_mark(step);
    case GSP_STEP_NOP: return number + "  " + (step.label.len ? std::string(view(step.label)) : "    [ NOP ]");
    default: return number + pause_title(p, step, default_pause_ns);
    }
}

struct Columns {
    std::string text;
    void add(uint64_t n) { text += pad_right(std::to_string(n), kColumnWidth); }
    void skip() { text += std::string(kColumnWidth, ' '); }
};

std::string counter_columns(const gsp_step& step, const StepCounters& c, bool with_loss) {
    Columns columns;
    if (step.kind == GSP_STEP_NOP) return {};
    columns.add(c.done);
    if (step.kind == GSP_STEP_SEND_CMD) return columns.text;
    if (step.kind == GSP_STEP_SEND) {
        columns.add(c.retrans);
        (step.flags & GSP_STEP_TIMER) ? columns.add(c.timeouts) : columns.skip();
        columns.skip();
    } else if (step.kind == GSP_STEP_RECV_CMD) {
        columns.skip();
        columns.add(c.timeouts);
    } else if (step.kind == GSP_STEP_RECV) {
        columns.add(c.retrans);
        columns.add(c.timeouts);
        columns.add(c.unexpected);
    } else {
        columns.skip();
        columns.skip();
        columns.add(c.unexpected);
    }
    if (with_loss && step.kind <= GSP_STEP_RECV) columns.add(c.lost);
    return columns.text;
}

std::string seconds(uint64_t ns, int decimals) {
    return fixed_text(static_cast<double>(ns) / static_cast<double>(kSecond), decimals);
}

void header(Lines& lines, const ScreenSource& s) {
    const Counters& c = s.now.counters;
    const std::string port = std::to_string(s.state.local_port),
                      time = pad_left(seconds(s.now.now_ns - s.now.start_ns, 2), 9) + " s";
    const std::string total = pad_left(std::to_string(c[Counter::IncomingCall] + c[Counter::OutgoingCall]), 13);
    if (!client(s.program)) {
        lines.add("  Port   Total-time  Total-calls  Transport");
        lines.add("  " + pad_right(port, 5) + " " + time + total + "  " + s.state.transport);
        return;
    }
    const std::string length = "(" + fixed_text(static_cast<double>(s.config.call.pause_ns) / kMillisecond, 0) + " ms)";
    const std::string where = s.state.remote + "(" + s.state.transport + ")";
    const std::string tail = "   " + pad_right(port, 5) + " " + time + total + "  " + where;
    if (s.state.users) {
        lines.add("     Users (length)   Port   Total-time  Total-calls  Remote-host");
        lines.add("  " + std::to_string(s.state.users) + " " + length + tail);
        return;
    }
    lines.add("  Call rate (length)   Port   Total-time  Total-calls  Remote-host");
    lines.add("  " + fixed_text(s.state.rate, 1) + length + "/" + seconds(s.config.rate.period_ns, 3) + "s" + tail);
}

// kB/s of the present period.
std::string byte_rate(const ScreenSource& s, Counter bytes) {
    const uint64_t period = s.now.now_ns - s.period.start_ns;
    const auto moved = static_cast<double>(s.now.counters[bytes] - s.period.last.counters[bytes]);
    return fixed_text(period ? moved * 1e6 / static_cast<double>(period) : 0, 3);
}

void echoed(Lines& lines, const ScreenSource& s, Counter packets, Counter bytes, const char* stream) {
    lines.columns(std::to_string(s.now.counters[packets]) + " RTP packets echoed, " + stream + " stream",
                  byte_rate(s, bytes) + " kB/s of RTP echo");
}

// At the end: of all streams.
void quality(Lines& lines, const MediaQuality& q) {
    if (!q.streams) return;
    const auto percent = [](double share) { return fixed_text(100 * share, 2) + " %"; };
    const auto of = [](uint64_t ns) { return static_cast<double>(ns) / static_cast<double>(kSecond); };
    const auto ms = [&](uint64_t ns) { return fixed_text(1000 * of(ns), 2) + " ms"; };
    lines.add("  RTP streams received: " + std::to_string(q.streams) + "; " +
              std::to_string(q.sum[StreamValue::PacketsLost]) + " packets lost (" + percent(q.sum.loss_share()) +
              "), " + std::to_string(q.sum[StreamValue::PacketsReordered]) + " reordered, " +
              std::to_string(q.sum[StreamValue::PacketsDuplicate]) + " twice");
    lines.add("    p99 of streams: loss " + percent(of(q.loss.percentile_ns(99))) + ", jitter " +
              ms(q.jitter.percentile_ns(99)) + ", longest gap " + ms(q.longest_gap.percentile_ns(99)));
    if (q.rated)
        lines.add("    MOS " + fixed_text(of(q.mos.percentile_ns(50)), 2) + " (median), " +
                  fixed_text(of(q.mos.percentile_ns(1)), 2) + " (p1), of " + std::to_string(q.rated) + " streams");
    if (q.digits) lines.add("    " + std::to_string(q.digits) + " DTMF digits received");
}

// What kept media from being sent, or from being heard; only what there was of it.
void troubles(Lines& lines, const Counters& c) {
    struct Trouble {
        Counter counter;
        const char* what;
    };
    constexpr Trouble kTroubles[] = {
        {Counter::RtpPacketsUnsent, "RTP packets were due when their stream ended"},
        {Counter::RtpStreamsUnaimed, "streams were never sent: no SDP said where to"},
        {Counter::CallsOneWayAudio, "calls had audio in one direction only"},
        {Counter::SrtpErrors, "SRTP packets could not be opened"},
        {Counter::DtlsFailures, "handshakes of DTLS-SRTP failed"},
        {Counter::IceFailed, "streams found no way by ICE"},
        {Counter::IceConsentLost, "streams lost the other side's consent (ICE)"},
        {Counter::TurnFailures, "streams got no allocation from the TURN server"}};
    for (const Trouble& row : kTroubles)
        if (c[row.counter]) lines.add("  " + std::to_string(c[row.counter]) + ' ' + row.what);
}

void media(Lines& lines, const ScreenSource& s) {
    const Counters& c = s.now.counters;
    if (s.config.media.echo) {
        echoed(lines, s, Counter::RtpEchoPackets, Counter::RtpEchoBytes, "1st");
        echoed(lines, s, Counter::RtpEchoPacketsSecond, Counter::RtpEchoBytesSecond, "2nd");
    }
    if (c[Counter::RtpPacketsSent] || c[Counter::RtpPacketsReceived]) {
        lines.columns(std::to_string(c[Counter::RtpPacketsSent]) + " RTP packets sent (" +
                          std::to_string(c[Counter::RtpPacketsLate]) + " late)",
                      byte_rate(s, Counter::RtpBytesSent) + " kB/s of RTP out");
        lines.columns(std::to_string(c[Counter::RtpPacketsReceived]) + " RTP packets received",
                      byte_rate(s, Counter::RtpBytesReceived) + " kB/s of RTP in");
    }
    troubles(lines, c);
    if (s.now.media) quality(lines, *s.now.media);
    if (const uint64_t calls = c[Counter::FailedMediaLate])
        lines.add("  " + std::to_string(calls) + (calls == 1 ? " call" : " calls") + " failed: media was sent too late");
    if (c[Counter::RtpSendErrors])
        lines.add("  " + std::to_string(c[Counter::RtpSendErrors]) + " RTP packets not sent");
}

void summary(Lines& lines, const ScreenSource& s) {
    const Counters& c = s.now.counters;
    const auto created = [](const Counters& k) { return k[Counter::IncomingCall] + k[Counter::OutgoingCall]; };
    const uint64_t period = s.now.now_ns - s.period.start_ns;
    if (created(c) >= s.config.rate.max_calls) {
        lines.columns(
            "Call limit " + std::to_string(s.config.rate.max_calls) + " hit, " + seconds(period, 1) + " s period",
            "1 ms scheduler resolution");
    } else {
        lines.columns(std::to_string(created(c) - created(s.period.last.counters)) + " new calls during " +
                          seconds(period, 3) + " s period",
                      "1 ms scheduler resolution");
    }
    std::string calls = std::to_string(s.now.current_calls) + " calls";
    if (client(s.program)) calls += s.state.limit ? " (limit " + std::to_string(s.state.limit) + ")" : " (no limit)";
    lines.columns(calls,
                  "Peak was " + std::to_string(s.now.peak_calls) + " calls, after " + seconds(s.now.peak_ns, 0) + " s");
    if (client(s.program) && !s.state.users) {
        add_wrapped(lines, 2,
                    std::to_string(c[Counter::CallsOffered]) +
                        " offered = " + std::to_string(c[Counter::OutgoingCall]) + " started (" +
                        std::to_string(c[Counter::CallsLate]) + " late) + " +
                        std::to_string(c[Counter::CallsRefusedLimit]) + " refused by limit + " +
                        std::to_string(c[Counter::CallsDropped]) + " dropped");
    }
    const std::string dead = std::to_string(c[Counter::DeadCallMsgs]) + " dead call msg (discarded)";
    lines.columns(dead,
                  client(s.program) ? std::to_string(c[Counter::OutOfCallMsgs]) + " out-of-call msg (discarded)" : "");
    if (s.config.call.auto_answer)
        lines.add("  " + std::to_string(c[Counter::AutoAnswered]) + " requests auto-answered");
    lines.columns(std::to_string(s.now.open_sockets) + " open sockets",
                  std::to_string(c[Counter::SendErrors]) + "/" + std::to_string(c[Counter::MalformedMessages]) + "/" +
                      std::to_string(c[Counter::Congestion]) + " " + s.state.transport + " errors (send/recv/cong)");
    media(lines, s);
    if (s.now.kernel_drops || s.now.late_turns) {
        lines.columns(std::to_string(s.now.kernel_drops) + " datagrams dropped by the kernel",
                      std::to_string(s.now.late_turns) + " late loop turns");
    }
}

}  // namespace

std::string step_title(const gsp_program& program, uint32_t step) {
    return title(program, step, 0);
}

std::string render_scenario(const ScreenSource& s) {
    Lines lines;
    lines.add(title_rule("Scenario Screen"));
    header(lines, s);
    lines.add("");
    summary(lines, s);
    lines.add("");
    const bool loss = loses_messages(s.program, s.config);
    lines.add(std::string(kTitleWidth, ' ') +
              (loss ? "Messages  Retrans   Timeout   Unexp.    Lost" : "Messages  Retrans   Timeout   Unexpected-Msg"));
    for (uint32_t i = 0; i < s.program.n_steps; ++i) {
        const gsp_step& step = s.program.steps[i];
        if (s.state.hides_steps && step.flags & GSP_STEP_HIDE) continue;
        lines.add(pad_right(title(s.program, i, s.config.call.pause_ns), kTitleWidth) +
                  counter_columns(step, s.now.steps[i], loss));
        if (step.flags & GSP_STEP_CRLF) lines.add("");
    }
    if (!s.now.last_warning.empty()) {
        constexpr size_t kShown = 60;
        const std::string_view text = s.now.last_warning;
        lines.add("Last Error: " + std::string(text.substr(0, kShown)) + (text.size() > kShown ? "..." : ""));
    }
    lines.add(footer(s));
    return lines.take();
}

}  // namespace gsp::rt
