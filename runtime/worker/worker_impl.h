// SPDX-License-Identifier: Apache-2.0
// The insides of a worker, for worker.cpp (set-up, steering, numbers) and turn.cpp.
#pragma once
#include <array>
#include <optional>
#include <vector>

#include "runtime/call/arrivals.h"
#include "runtime/call/engine.h"
#include "runtime/worker/pacer.h"
#include "runtime/worker/rate_ramp.h"
#include "runtime/worker/watchdog.h"
#include "runtime/worker/worker.h"

namespace gsp::rt {

struct Worker::Impl {
    Impl(const Scenarios& scenarios, const RunConfig& config, const RunText& text, Clock& clock, Transport& transport,
         Trace& trace, CommandBus* bus, Media* media)
        : shared(config, text, clock, transport, trace, (scenarios.main.flags & GSP_PROGRAM_CLIENT) != 0, media),
          engine(scenarios.main, Part::Main, shared, shared.statistics, bus),
          pacer(config.rate, default_duration_ns(scenarios.main, config.call.pause_ns), engine.now_ns),
          ramp(config.rate, config.trace.stat_period_ns, engine.now_ns),
          watchdog(config.watchdog, engine.now_ns) {
        if (scenarios.out_of_call) out_of_call.emplace(*scenarios.out_of_call, Part::OutOfCall, shared);
        if (scenarios.rx) rx.emplace(*scenarios.rx, Part::Rx, shared);
        for (auto* other : {&out_of_call, &rx})
            if (*other) engines.push_back(&(*other)->engine);
    }

    // A scenario beside the main one.
    struct Other {
        Other(const gsp_program& program, Part part, Shared& shared)
            : engine(program, part, shared, statistics, nullptr) {}
        Statistics statistics;
        Engine engine;
    };

    Result<void> prepare();
    Engine& of(Part) const;
    void begin_turn();
    uint32_t take_messages();
    bool take_last(const RxPacket&);
    void take_disconnects();
    uint32_t expire_timers();
    uint32_t start_calls();
    void look_at_watchdog();
    void raise_rate();
    void release_users();
    void begin_quit(Quit);
    void look_for_end();
    void end_after_twin();
    void note_network();
    bool starts_calls() const { return engine.creates_calls() && quit == Quit::No; }

    Shared shared;
    Engine engine;  // of the main scenario
    std::optional<Other> out_of_call, rx;
    std::vector<Engine*> engines{&engine};  // all of them, the main one first
    Arrivals arrivals{shared, engines};
    Pacer pacer;
    RateRamp ramp;
    Watchdog watchdog;
    Quit quit = Quit::No;
    uint64_t force_ns = TimerWheel::kNever;  // when to force the quit
    bool aborted = false;
    bool congested = false;  // as last noted
    std::array<RxPacket, 64> received;
};

}  // namespace gsp::rt
