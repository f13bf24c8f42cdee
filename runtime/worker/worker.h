// SPDX-License-Identifier: Apache-2.0
// One worker: the calls of a run's scenarios, their timers, messages and statistics. It owns everything that its calls
// touch and belongs to one thread. It reads time and network only through the Clock and Transport it was given, so that
// whole runs work in memory in virtual time.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "runtime/abi/gsp_abi.h"
#include "runtime/base/clock.h"
#include "runtime/base/result.h"
#include "runtime/base/seat.h"
#include "runtime/call/run_state.h"
#include "runtime/config.h"
#include "runtime/keywords/run_text.h"
#include "runtime/scenarios.h"
#include "runtime/stats/counters.h"
#include "runtime/stats/failures.h"
#include "runtime/stats/knee.h"
#include "runtime/stats/load_verdict.h"
#include "runtime/stats/trace.h"
#include "runtime/threepcc/command_bus.h"
#include "runtime/transport/transport.h"

namespace gsp::rt {

class Media;

enum class Quit : uint8_t { No, Soft, Force };  // Soft: no new calls, end when none is left. Force: end every call now

class Worker {
public:
    // All references must outlive the worker. Fails on a bad regular expression, an unknown -key or -set name. The
    // workers of a run are made one after the other, by their seats.
    static Result<std::unique_ptr<Worker>> create(const Scenarios&, const RunConfig&, const RunText&, RunState&, Seat,
                                                  Clock&, Transport&, Trace&, CommandBus* = nullptr, Media* = nullptr);
    ~Worker();

    // Before the first turn: the plan counts from here, not from create(). Whatever is set up in between is no lag.
    void begin_plan(uint64_t now_ns);
    // One loop turn: clock, messages, timers, new calls, sends. Returns how many messages and steps it handled (0:
    // nothing was due).
    uint32_t turn();
    // When the next turn is due if no message comes; TimerWheel::kNever if there is nothing to wait for.
    uint64_t next_due_ns() const;
    bool finished() const;       // -m reached or quit, and no call is left, of no worker
    bool may_hear_more() const;  // finished, but the message that its last call answered may come once more
    void before_wait();          // … on the network, for anything to come
    bool wants_write() const;    // packets wait for room in the socket

    void set_rate(double calls_per_period, uint64_t now_ns);  // open loop; restarts the plan
    void set_users(uint32_t users);
    void set_limit(uint32_t limit);  // 0: unlimited
    void set_paused(bool paused);    // no new calls
    void quit(Quit how);
    void close_plan();  // after the last turn, however the run has ended: what was due is dropped, the load judged
    LoadVerdict load_verdict();
    const KneeSearch& knee() const;  // its own; of several workers one searches for all
    KneeSample knee_sample();
    double rate() const;
    uint32_t users() const;
    uint32_t limit() const;  // in force, also when computed
    bool paused() const;
    Quit quitting() const;
    bool stop_now() const;             // int_cmd stop_now was executed
    bool media_check_failed() const;   // a pattern of rtp_stream did not come back; once media is shut down
    const std::string& fatal() const;  // why the run must end at once (<error> …); empty: it need not
    TwinEvents twin_events();          // 3PCC: to be called between turns; a turn has to follow

    bool has(Part) const;
    std::vector<Part> parts() const;                  // of the run, the main one first
    const Statistics& statistics(Part = Part::Main);  // up to date; `part` must be there
    const Failures& failures(Part) const;
    void reset_statistics();  // all counts and timings from now on; calls go on, and so do -m and the plan
    // One line for each live call; for each variable that is global or of a live call.
    void describe_calls(const std::function<void(const std::string&)>& say);
    void describe_variables(const std::function<void(const std::string&)>& say);
    void clear_period();  // starts new periodic columns of timings (a statistics row was written)
    const gsp_program& program(Part = Part::Main) const;

private:
    friend struct WorkerAccess;
    Worker();
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace gsp::rt
