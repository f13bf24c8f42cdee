// SPDX-License-Identifier: Apache-2.0
// The insides of a worker, for worker.cpp (set-up, steering, numbers) and turn.cpp.
#pragma once
#include <array>
#include <memory>
#include <optional>
#include <vector>

#include "runtime/call/arrivals.h"
#include "runtime/call/engine.h"
#include "runtime/stats/knee.h"
#include "runtime/stats/load_verdict.h"
#include "runtime/worker/pacer.h"
#include "runtime/worker/rate_ramp.h"
#include "runtime/worker/watchdog.h"
#include "runtime/worker/worker.h"

namespace gsp::rt {

struct Worker::Impl {
    Impl(const Scenarios& scenarios, const RunConfig& config, const RunText& text, RunState& state, Seat seat,
         Clock& clock, Transport& transport, Trace& trace, CommandBus* bus, Media* media)
        : shared(config, text, state, seat, clock, transport, trace, (scenarios.main.flags & GSP_PROGRAM_CLIENT) != 0, media),
          engine(scenarios.main, Part::Main, shared, shared.statistics, bus),
          placing{{&engine, scenarios.weight}},
          pacer(config.rate, longest_duration_ns(scenarios, config.call.pause_ns), shared.hash_seed + seat.index,
                engine.now_ns, seat),
          mix_rng(shared.hash_seed + seat.of + seat.index),
          ramp(config.rate, config.trace.stat_period_ns, engine.now_ns),
          watchdog(config.watchdog, engine.now_ns),
          knee(config.knee, config.rate.rate, config.rate.highest, engine.now_ns),
          load({.time_ns = engine.now_ns, .cpu_ns = clock.cpu_ns()}) {
        for (const auto& [program, share] : scenarios.also) {
            mixed.push_back(std::make_unique<Other>(*program, also(mixed.size()), shared));
            engines.push_back(&mixed.back()->engine);
            placing.push_back({&mixed.back()->engine, total_weight() + share});
        }
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
    void take_refusals();
    uint32_t expire_timers();
    uint32_t start_calls();
    void look_at_watchdog();
    Engine& choose_scenario();
    uint64_t total_weight() const { return placing.back().until; }
    uint64_t started() const;        // calls of the scenarios of the plan …
    uint64_t current_calls() const;  // … and those that are there now
    void settle();
    bool none_open() const { return shared.state.open.load(std::memory_order_acquire) == 0; }  // of any worker
    void drop_due();
    LoadSample load_sample();
    KneeSample knee_sample();
    void search_knee();
    void raise_rate();
    void release_users();
    void begin_quit(Quit);
    void look_for_end();
    void end_after_twin();
    void note_network();
    bool starts_calls() const { return engine.creates_calls() && quit == Quit::No; }
    bool done() const { return quit != Quit::No && none_open() && (gave_up_sending || all_sent()); }
    bool all_sent() const { return !engine.tx.wants_write() && shared.transport.all_sent(); }

    Shared shared;
    Engine engine;  // of the main scenario
    // The scenarios that the plan is about, the main one first: it, and those that place calls beside it.
    struct Placing {
        Engine* engine;
        uint64_t until;  // sum of the weights up to here
    };
    std::vector<Placing> placing;
    std::vector<std::unique_ptr<Other>> mixed;
    std::optional<Other> out_of_call, rx;
    std::vector<Engine*> engines{&engine};  // all of them, the main one first
    Arrivals arrivals{shared, engines};
    Pacer pacer;
    Rng mix_rng;
    RateRamp ramp;
    Watchdog watchdog;
    KneeSearch knee;
    LoadWatch load;
    uint64_t told_placed = 0, told_open = 0;  // what of started() and current_calls() the run's counts have
    Quit quit = Quit::No;
    uint64_t force_ns = TimerWheel::kNever;  // when to force the quit
    bool aborted = false;
    bool told_done = false;  // RunState::done
    bool congested = false;  // as last noted
    bool gave_up_sending = false;
    std::array<RxPacket, 64> received;
};

}  // namespace gsp::rt
