// SPDX-License-Identifier: Apache-2.0
// The report of -explain_failures: each kind of failure in words, and its example as a ladder.
#include <algorithm>

#include "runtime/stats/failures.h"
#include "runtime/stats/screen_text.h"

namespace gsp::rt {

namespace {

constexpr size_t kMostAcceptable = 12;

// "uac.xml:41"
std::string place(const gsp_program& program, const gsp_step& step) {
    return std::string(view(step.file.len ? step.file : program.source)) + ":" + std::to_string(step.line);
}

std::string title(const gsp_program& program, uint32_t i) {
    const gsp_step& step = program.steps[i];
    const std::string label(step.label.len ? view(step.label) : step_kind(step.kind));
    return "`" + label + "` (" + place(program, step) + ")";
}

std::string where(const gsp_program& program, uint32_t step) {
    if (step >= program.n_steps) return "at the end";
    return "in step " + std::to_string(step) + " " + title(program, step);
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
    const LadderOfCall& example = failure.example;
    if (example.ladder.events.empty())
        return add_wrapped(lines, 4, "(no call of this kind was recorded: too many at a time)");
    lines.add("    call " + std::to_string(example.number) + ", Call-ID " + example.call_id);
    lines.append(draw_ladder(example));
    if (!example.pcap.empty()) lines.add("    its media: " + example.pcap);
}

}  // namespace

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
    std::string text = lines.take();
    // Reason phrases, methods and Call-IDs came from outside, and this goes to a terminal.
    std::replace_if(
        text.begin(), text.end(), [](char c) { return (c >= 0 && c < ' ' && c != '\n') || c == 0x7f; }, '.');
    return text;
}

}  // namespace gsp::rt
