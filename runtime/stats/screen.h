// SPDX-License-Identifier: Apache-2.0
// The screens of a run as text: SIPp's layout, and beside it what an honest load generator has to say (offered, late
// and refused calls, percentiles). Pure functions of their arguments; called on the loop's thread, once per refresh.
#pragma once
#include <string>

#include "runtime/abi/gsp_abi.h"
#include "runtime/config.h"
#include "runtime/scenarios.h"
#include "runtime/stats/counters.h"
#include "runtime/stats/load_verdict.h"

namespace gsp::rt {

// What screens show beside the statistics.
struct ScreenState {
    std::string remote;     // "127.0.0.1:5060", empty for a server
    std::string transport;  // as [transport]
    uint16_t local_port = 0;
    double rate = 0;     // calls per period, now
    uint32_t users = 0;  // 0: open loop
    uint32_t limit = 0;  // 0: none
    double rate_scale = 1;
    Part part = Part::Main;   // the scenario that is shown
    bool hides_steps = true;  // those with `hide`
    bool paused = false, soft_quit = false, forced_quit = false, ended = false;
    std::string command_line;  // being typed after `c`
};

// What the columns "Periodic value" start from: the values at the last refresh.
struct ScreenPeriod {
    Statistics last;
    uint64_t start_ns = 0;
};

struct ScreenSource {
    const gsp_program& program;
    const RunConfig& config;
    const Statistics& now;
    const ScreenPeriod& period;
    ScreenState state;
    uint64_t epoch_ns;  // Clock::epoch_ns()
};

// By the key that selects it: 1 scenario, 2 statistics, 3 and 6 to 9 repartitions of timers 1 to 5; any other number:
// the scenario.
std::string render_screen(int key, const ScreenSource&);
// All screens of this scenario, as -trace_screen writes them.
std::string render_all_screens(const ScreenSource&);
// What stands behind the final screens: did the generator keep up?
std::string render_verdict(const LoadVerdict&);
// One line of the scenario screen, without counters: "0 :    INVITE ---------->  E-RTD1 ".
std::string step_title(const gsp_program&, uint32_t step);

}  // namespace gsp::rt
