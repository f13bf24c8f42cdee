// SPDX-License-Identifier: Apache-2.0
// The report of --explain-failures: each kind of failure in words, and its example as a ladder.
#include <iterator>

#include "runtime/stats/failures.h"
#include "runtime/stats/screen_text.h"
#include "runtime/stats/time_text.h"

namespace gsp::rt {

namespace {

enum class Direction : uint8_t { Out, In, Here };

struct KindRow {
    Direction direction;
    std::string_view json, note;
};
constexpr KindRow kKinds[] = {
#define LADDER(id, direction, json, note) {Direction::direction, json, note},
#include "runtime/stats/ladder_kinds.def"
};

const KindRow& row_of(LadderKind kind) {
    return kKinds[static_cast<size_t>(kind)];
}

constexpr size_t kTimeColumn = 12, kArrow = 36;
constexpr size_t kMostAcceptable = 12;

// "uac.xml:41"
std::string place(const gsp_program& program, const gsp_step& step) {
    return std::string(view(step.file.len ? step.file : program.source)) + ":" + std::to_string(step.line);
}

std::string title(const gsp_program& program, uint32_t i) {
    const gsp_step& step = program.steps[i];
    return "`" + std::string(view(step.label)) + "` (" + place(program, step) + ")";
}

std::string where(const gsp_program& program, uint32_t step) {
    if (step >= program.n_steps) return "at the end";
    return "in step " + std::to_string(step) + " " + title(program, step);
}

// Breaks a line at blanks; what follows is indented a little more.
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

std::string arrow(const LadderEvent& event) {
    const KindRow& kind = row_of(event.kind);
    if (kind.direction == Direction::Here) return pad_right(" " + std::string(kind.note), kArrow);
    const bool lost = event.kind == LadderKind::SentLost || event.kind == LadderKind::ReceivedLost;
    const std::string text = " " + ladder_text(event) + " ";
    const std::string shaft(text.size() + 1 < kArrow ? kArrow - text.size() - 1 : 0, '-');
    if (kind.direction == Direction::Out) return text + shaft + (lost ? "x" : ">");
    return (lost ? "x" : "<") + shaft + text;
}

void add_row(Lines& lines, uint64_t after_ns, const std::string& middle, const std::string& right) {
    const double ms = static_cast<double>(after_ns) / static_cast<double>(kMillisecond);
    lines.add(pad_left(fixed_text(ms, 3), kTimeColumn) + "  |" + middle + "|" + right);
}

void add_event(Lines& lines, const LadderEvent& event, uint64_t start_ns) {
    const KindRow& kind = row_of(event.kind);
    std::string right = pad_left(event.cseq ? std::to_string(event.cseq) : "", 6);
    right += pad_left(event.step == GSP_NONE ? "" : std::to_string(event.step), 6);
    if (kind.direction != Direction::Here) right += "  " + std::string(kind.note);
    add_row(lines, event.time_ns - start_ns, arrow(event), right);
}

void add_ladder(Lines& lines, const Failure::Example& example) {
    const Ladder& ladder = example.ladder;
    if (ladder.events.empty()) return add_wrapped(lines, 4, "(too many calls at a time: none of these was recorded)");
    lines.add("    call " + std::to_string(example.number) + ", Call-ID " + example.call_id);
    lines.add(pad_left("ms", kTimeColumn) + "  here" + pad_left("peer", kArrow - 2) + "  CSeq  step");
    for (size_t i = 0; i < ladder.events.size(); ++i) {
        if (ladder.left_out && i == ladder.first_part)
            lines.add(pad_left("...", kTimeColumn) + "  |" +
                      pad_right(" " + std::to_string(ladder.left_out) + " events left out", kArrow) + "|");
        add_event(lines, ladder.events[i], example.start_ns);
    }
    add_row(lines, example.end_ns - example.start_ns, pad_right(" the call has failed", kArrow), "");
}

std::string acceptable_text(const gsp_program& program, const Failure& failure) {
    std::string text, between = "acceptable: ";
    for (size_t i = 0; i < failure.acceptable.size(); ++i) {
        if (i == kMostAcceptable) {
            text += " and " + std::to_string(failure.acceptable.size() - i) + " more";
            break;
        }
        text += between + title(program, failure.acceptable[i]);
        between = ", ";
    }
    if (failure.why.empty()) return text;
    return text + (text.empty() ? "" : "; ") + failure.why;
}

std::string count_text(uint64_t n, const std::string& what) {
    return std::to_string(n) + " " + what + (n == 1 ? "" : "s");
}

void add_failure(Lines& lines, const gsp_program& program, const Failure& failure) {
    add_wrapped(lines, 2,
                count_text(failure.count, "call") + ": " + failure.reason + " " + where(program, failure.key.step) +
                    (failure.arrived.empty() ? "" : ": " + failure.arrived));
    if (const std::string text = acceptable_text(program, failure); !text.empty()) add_wrapped(lines, 4, text);
    add_ladder(lines, failure.example);
}

}  // namespace

std::string ladder_text(const LadderEvent& event) {
    constexpr std::string_view kVersion = "SIP/2.0";
    std::string_view line(event.text, sizeof event.text);
    line = line.substr(0, std::min(line.find_first_of(std::string_view("\r\n\0", 3)), line.size()));
    if (line.starts_with(kVersion)) line.remove_prefix(std::min(kVersion.size() + 1, line.size()));
    if (line.ends_with(kVersion)) line.remove_suffix(std::min(kVersion.size() + 1, line.size()));
    std::string text(line);
    for (char& c : text)
        if (static_cast<unsigned char>(c) < ' ' || static_cast<unsigned char>(c) >= 0x7f) c = '.';  // for a terminal
    return text;
}

std::string_view ladder_json(LadderKind kind) {
    return row_of(kind).json;
}

std::string explain_failures(const std::vector<FailuresOf>& all, size_t most) {
    const auto kinds = most_frequent(all, most);
    if (kinds.empty()) return {};
    Lines lines;
    lines.add(rule("Failures"));
    uint64_t rest = 0;
    for (const FailuresOf& of : all) rest += of.failures.total();
    for (const auto& [program, failure] : kinds) {
        add_failure(lines, *program, *failure);
        rest -= failure->count;
    }
    if (rest) lines.add("  " + count_text(rest, "call") + " of other kinds: -explain_failures NUMBER shows more");
    return lines.take();
}

}  // namespace gsp::rt
