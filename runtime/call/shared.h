// SPDX-License-Identifier: Apache-2.0
// What the scenarios of a worker have in common: network, time, call numbers, ended calls, injection files, and the
// message at hand. Each scenario has an Engine beside it. One worker owns it; what all workers share is in RunState.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/clock.h"
#include "runtime/base/result.h"
#include "runtime/base/rng.h"
#include "runtime/base/seat.h"
#include "runtime/call/dead_calls.h"
#include "runtime/call/run_state.h"
#include "runtime/call/tx_queue.h"
#include "runtime/config.h"
#include "runtime/inject/injection_file.h"
#include "runtime/keywords/run_text.h"
#include "runtime/scenarios.h"
#include "runtime/sip/message.h"
#include "runtime/stats/counters.h"
#include "runtime/stats/trace.h"
#include "runtime/transport/targets.h"
#include "runtime/transport/transport.h"

namespace gsp::rt {

class Media;

struct Shared {
    // `media` nullptr: no program of the run uses media.
    Shared(const RunConfig&, const RunText&, RunState&, Seat, Clock&, Transport&, Trace&, bool places_calls,
           Media* media);
    Shared(const Shared&) = delete;
    Shared& operator=(const Shared&) = delete;

    uint64_t take_number() { return last_number = state.numbers.fetch_add(1, std::memory_order_relaxed) + 1; }
    uint32_t take_dynamic_id();
    uint64_t& count(Counter c) { return statistics.counters[c]; }
    // Counts a warning; true if it shall also be written (not too many a second).
    bool may_warn();
    void warn(std::string_view text) { trace.warning(now_ns, text); }
    void fail_run(std::string text);  // what SIPp ends a run for, at once
    // An address could not be reached: new calls go to the next one of the remote host. False: there is no other.
    bool try_next_target(const Address& failed);

    const RunConfig& config;
    const RunText& run;
    RunState& state;  // of all workers
    const Seat seat;
    Clock& clock;
    Transport& transport;
    Trace& trace;
    Media* const media;
    const bool places_calls;  // the main scenario does

    Statistics statistics;  // of the main scenario, and what is no scenario's own: the network's, warnings
    uint64_t now_ns = 0;    // of this turn
    Targets targets;
    TxQueue tx;
    DeadCalls dead;
    Rng rng;
    const uint64_t hash_seed;
    std::vector<LineHint> line_hints;  // of each injection file
    bool ended_sending = false;  // the last call that ended did so with a message of its own
    uint64_t last_number = 0;    // [call_number] of its last call; <init> has one too
    std::string fatal;                               // <error> and what SIPp ends a run for; empty: none
    bool stop_softly = false, stop_at_once = false;  // int_cmd

    // The message at hand, from its arrival to the next one.
    sip::Message message;
    Address message_from;
    ConnId message_conn = kMainConn;
    uint64_t message_hash = 0, message_ns = 0;

private:
    uint32_t dynamic_id_;
    uint64_t warning_second_ = 0;
    uint32_t warnings_in_second_ = 0;
};

}  // namespace gsp::rt
