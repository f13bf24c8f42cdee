// SPDX-License-Identifier: Apache-2.0
// A small program and its statistics, for tests of screens and files: no code in it, only what they read.
#pragma once
#include <cstring>
#include <vector>

#include "runtime/abi/gsp_abi.h"
#include "runtime/base/clock.h"
#include "runtime/config.h"
#include "runtime/stats/counters.h"

namespace gsp::rt {

inline gsp_text text_of(const char* s) {
    return {s, static_cast<uint32_t>(std::strlen(s))};
}

struct StatsFixture {
    static constexpr uint64_t kEpoch = 1'700'000'000 * kSecond;

    StatsFixture() {
        add_step(GSP_STEP_SEND, "INVITE", GSP_STEP_REQUEST | GSP_STEP_TIMER);
        add_step(GSP_STEP_RECV, "180", GSP_STEP_OPTIONAL);
        add_step(GSP_STEP_RECV, "200", 0).rtd_stop = 0;
        add_step(GSP_STEP_SEND, "ACK", GSP_STEP_REQUEST);
        add_step(GSP_STEP_NOP, "", 0);
        add_step(GSP_STEP_PAUSE, "", GSP_STEP_CRLF).pause_ms = 20'000;
        rtd = {text_of("1"), borders.data(), static_cast<uint32_t>(borders.size())};
        counter = {text_of("7")};
        program.flags = GSP_PROGRAM_CLIENT;
        program.n_rtds = 1;
        program.rtds = &rtd;
        program.n_counters = 1;
        program.counters = &counter;
        statistics.rtds.resize(1);
        statistics.rtds[0].borders = borders;
        statistics.rtds[0].classes.resize(borders.size() + 1);
        statistics.user_counters = {0};
        config.pid = 77;
    }
    StatsFixture(const StatsFixture&) = delete;
    StatsFixture& operator=(const StatsFixture&) = delete;

    gsp_step& add_step(gsp_step_kind kind, const char* label, uint32_t flags) {
        gsp_step step{};
        step.kind = kind;
        step.flags = flags;
        step.label = text_of(label);
        step.rtd_start = step.rtd_stop = GSP_NONE;
        step.lost = step.pause_ms = -1;
        steps.push_back(step);
        statistics.steps.emplace_back();
        program.steps = steps.data();
        program.n_steps = static_cast<uint32_t>(steps.size());
        return steps.back();
    }

    std::vector<uint32_t> borders = {10, 20};
    std::vector<gsp_step> steps;
    gsp_rtd rtd{};
    gsp_counter counter{};
    gsp_program program{};
    Statistics statistics;
    RunConfig config;
};

}  // namespace gsp::rt
