// SPDX-License-Identifier: Apache-2.0
#include "driver/check/steps.h"

#include <algorithm>
#include <vector>

#include "runtime/stats/screen.h"

namespace gsp::driver {

namespace {

gsp_text view_of(const std::string& text) {
    return {text.data(), static_cast<uint32_t>(text.size())};
}

// The screen's line without the padding that puts it into columns.
std::string without_padding(const std::string& line) {
    std::string out;
    for (const char c : line)
        if (c != ' ' || (!out.empty() && out.back() != ' ' && out.back() != ':')) out += c;
    if (const size_t colon = out.find(" :"); colon != out.npos && colon <= out.find(':')) out.erase(colon, 1);
    while (out.ends_with(' ')) out.pop_back();
    return out;
}

void drop_code_behind_arrow(std::string& line) {
    for (const char* arrow : {"----------> ", "<---------- "}) {
        const size_t at = line.find(arrow);
        if (at == line.npos) continue;
        const size_t code = at + std::string_view(arrow).size();
        const size_t end = std::min(line.find(' ', code), line.size());
        if (line.find_first_not_of("0123456789", code) < end || end == code) continue;
        line.erase(code, std::min(end + 1, line.size()) - code);
    }
    while (line.ends_with(' ')) line.pop_back();
}

}  // namespace

std::string steps_text(const ir::Program& p) {
    std::vector<gsp_step> steps;
    for (const ir::Step& s : p.steps) {
        gsp_step row{};
        row.kind = s.kind;
        row.flags = s.flags;
        row.rtd_start = s.rtd_start;
        row.rtd_stop = s.rtd_stop;
        row.pause_ms = s.pause_ms;
        row.label = view_of(s.label);
        steps.push_back(row);
    }
    std::vector<gsp_rtd> rtds;
    for (const ir::Rtd& rtd : p.rtds) rtds.push_back({view_of(rtd.name), nullptr, 0});
    gsp_program shown{};
    shown.flags = p.flags;
    shown.n_steps = p.n_steps;
    shown.steps = steps.data();
    shown.rtds = rtds.data();
    std::string text;
    for (uint32_t i = 0; i < p.n_steps; ++i) {
        if (p.steps[i].flags & GSP_STEP_HIDE) continue;
        std::string line = without_padding(rt::step_title(shown, i));
        drop_code_behind_arrow(line);
        text += line + "\n";
    }
    return text;
}

}  // namespace gsp::driver
