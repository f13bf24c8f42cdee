// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <charconv>
#include <cstring>

#include "runtime/abi/gsp_abi.h"
#include "runtime/base/clock.h"
#include "runtime/stats/ladder.h"
#include "runtime/stats/screen_text.h"
#include "runtime/stats/time_text.h"

namespace gsp::rt {

namespace {

enum class Direction : uint8_t { Out, In, Here };

struct KindRow {
    Direction direction;
    std::string_view name, note;
};
constexpr KindRow kKinds[] = {
#define LADDER(id, direction, name, note) {Direction::direction, name, note},
#include "runtime/stats/ladder_kinds.def"
};

const KindRow& row_of(LadderKind kind) {
    return kKinds[static_cast<size_t>(kind)];
}

constexpr size_t kTimeColumn = 11, kArrow = 40;

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
    const uint32_t cseq = ladder_cseq(event);
    std::string right = pad_left(cseq ? std::to_string(cseq) : "", 6);
    right += pad_left(event.step == GSP_NONE ? "" : std::to_string(event.step), 6);
    if (kind.direction != Direction::Here) right += "  " + std::string(kind.note);
    add_row(lines, event.time_ns - start_ns, arrow(event), right);
}

}  // namespace

std::string draw_ladder(const LadderOfCall& call) {
    const Ladder& ladder = call.ladder;
    Lines lines;
    lines.add(pad_left("ms", kTimeColumn) + "  here" + pad_left("peer", kArrow - 2) + "  CSeq  step");
    for (size_t i = 0; i < ladder.events.size(); ++i) {
        if (ladder.left_out && i == ladder.first_part)
            lines.add(pad_left("...", kTimeColumn) + "  |" +
                      pad_right(" " + std::to_string(ladder.left_out) + " events left out", kArrow) + "|");
        add_event(lines, ladder.events[i], call.start_ns);
    }
    add_row(lines, call.end_ns - call.start_ns, pad_right(" the call has failed", kArrow), "");
    return lines.take();
}

uint32_t ladder_cseq(const LadderEvent& event) {
    uint32_t number = 0;
    if (row_of(event.kind).direction != Direction::Out) {
        std::memcpy(&number, event.cseq, sizeof number);
        return number;
    }
    const char* const end = event.cseq + sizeof event.cseq;
    const char* const digits = std::find_if(event.cseq, end, [](char c) { return c != ' '; });
    const char* const behind = std::from_chars(digits, end, number).ptr;
    return behind == end ? 0 : number;  // it goes on
}

std::string ladder_text(const LadderEvent& event) {
    constexpr std::string_view kVersion = "SIP/2.0", kCut = "..";
    const std::string_view kept(event.text, sizeof event.text);
    const size_t end = kept.find_first_of(std::string_view("\r\n\0", 3));
    std::string text(kept.substr(0, end));
    const size_t blank = text.rfind(' ');  // in a request before the version, or what is kept of it
    const bool is_response = text.starts_with(kVersion);
    if (is_response) text.erase(0, kVersion.size() + 1);
    if (!is_response && blank != text.npos && kVersion.starts_with(std::string_view(text).substr(blank + 1)))
        text.erase(blank);
    else if (end == kept.npos)
        text.replace(text.size() - kCut.size(), kCut.size(), kCut);
    return text;
}

std::string_view ladder_name(const LadderEvent& event) {
    return row_of(event.kind).name;
}

}  // namespace gsp::rt
