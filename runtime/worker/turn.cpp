// SPDX-License-Identifier: Apache-2.0
// One turn of a worker: messages, timers, new calls, the end of the run.
#include <algorithm>
#include <utility>

#include "runtime/media/media.h"
#include "runtime/worker/worker_impl.h"

namespace gsp::rt {

namespace {

constexpr uint64_t kLate = 10 * kMillisecond;  // starts and turns that take longer are counted
// Twins end within moments of each other. SIPp aborts at once the calls whose last message is just on its way.
constexpr uint64_t kAfterTwin = 200 * kMillisecond;
constexpr uint64_t kLastBytes = 2 * kSecond;  // what the network may take for them when all calls have ended

}  // namespace

void Worker::Impl::begin_turn() {
    shared.now_ns = shared.clock.read_ns();
    const auto fuel = static_cast<int32_t>(std::clamp<uint32_t>(shared.config.rate.max_sched_loops, 1, INT32_MAX));
    for (Engine* e : engines) {
        e->now_ns = shared.now_ns;
        e->fuel = fuel;
    }
}

// True: SIPp takes no further message, this one has ended the last call of the run.
bool Worker::Impl::take_last(const RxPacket& packet) {
    const bool may_end = quit != Quit::No && current_calls() != 0;
    arrivals.receive(packet);
    return may_end && current_calls() == 0 && !shared.ended_sending;
}

uint32_t Worker::Impl::take_messages() {
    uint32_t taken = 0, most = std::max(engine.config.rate.max_recv_loops, 1u);
    while (taken < most) {
        size_t room = std::min<size_t>(received.size(), most - taken);
        uint32_t n = shared.transport.receive({received.data(), room}, engine.now_ns);
        for (uint32_t i = 0; i < n; ++i) {
            if (take_last(received[i])) return taken + i + 1;
        }
        taken += n;
        if (n == 0 || (n < room && shared.transport.gives_all())) break;
    }
    return taken;
}

void Worker::Impl::take_disconnects() {
    while (std::optional<Disconnect> end = shared.transport.next_disconnect()) {
        // One that comes again under its calls was lost, also if the peer closed it in order.
        if (!end->ends_calls && end->peer.family) end->orderly = false;
        uint32_t failed = 0;
        for (Engine* e : engines) failed += e->on_disconnect(*end);
        if (failed || !(end->orderly || end->elsewhere)) {
            if (end->first_to_count()) ++shared.count(Counter::ConnectionsLost);
            if (shared.may_warn())
                shared.warn(
                    end->why +
                    (failed ? ", " + std::to_string(failed) + (failed == 1 ? " call failed" : " calls failed") : ""));
        }
        const bool goes_on = (end->refused || end->ends_run) && shared.try_next_target(end->peer);
        if (end->ends_run && !goes_on) shared.fail_run(end->why);
    }
    shared.count(Counter::Reconnections) = shared.transport.reconnections();
}

void Worker::Impl::take_refusals() {
    while (const std::optional<Address> peer = shared.transport.next_refusal()) shared.try_next_target(*peer);
}

uint32_t Worker::Impl::expire_timers() {
    uint32_t fired = 0;
    for (Engine* e : engines) {
        e->retransmissions.expire(e->now_ns, [&](TimerNode& node) {
            ++fired;
            e->on_retransmission(*Call::at(node, Call::kRetransOffset));
        });
        e->waits.expire(e->now_ns, [&](TimerNode& node) {
            ++fired;
            e->on_wait_over(*Call::at(node, Call::kWaitOffset));
        });
    }
    shared.dead.expire(shared.now_ns);
    return fired;
}

uint64_t Worker::Impl::started() const {
    uint64_t calls = 0;
    for (const Placing& each : placing) calls += each.engine->started;
    return calls;
}

uint64_t Worker::Impl::current_calls() const {
    uint64_t calls = 0;
    for (const Placing& each : placing) calls += each.engine->stats.current_calls;
    return calls;
}

Engine& Worker::Impl::choose_scenario() {
    if (placing.size() == 1) return engine;
    const uint64_t drawn = mix_rng.below(total_weight());
    size_t i = 0;
    while (drawn >= placing[i].until) ++i;
    return *placing[i].engine;
}

// What the other workers have to know: how many calls have begun, and how many there are.
void Worker::Impl::settle() {
    RunState& run = shared.state;
    const uint64_t begun = started(), calls = current_calls();
    if (const uint64_t more = begun - std::exchange(told_placed, begun))
        run.placed.fetch_add(more, std::memory_order_relaxed);
    if (const uint64_t more = calls - std::exchange(told_open, calls))  // or less: counts wrap
        run.open.fetch_add(more, std::memory_order_acq_rel);
}

uint32_t Worker::Impl::start_calls() {
    if (!starts_calls()) return 0;
    RunState& run = shared.state;
    uint32_t offered = 0;
    const uint64_t now = engine.now_ns, limit = pacer.closed_loop() ? 0 : pacer.limit();
    // What the fuel of this turn does not allow stays due.
    while (engine.fuel > 0 && (pacer.closed_loop() ? pacer.user_waits() : pacer.next_planned_ns() <= now)) {
        settle();
        if (!run.reserve_call()) break;
        const uint64_t lag = pacer.closed_loop() ? Engine::kNoPlan : now - pacer.next_planned_ns();
        const uint32_t user = pacer.closed_loop() ? pacer.take_user() : 0;
        if (!user) pacer.take();
        Engine& chosen = choose_scenario();
        ++offered;
        ++chosen.count(Counter::CallsOffered);
        if (limit && !run.reserve_room(limit)) {
            run.give_back_call();
            ++chosen.count(Counter::CallsRefusedLimit);
            continue;
        }
        ++told_placed;
        if (limit) ++told_open;
        if (!user) {
            chosen.stats.start_lag.record(lag);
            if (lag > kLate) ++chosen.count(Counter::CallsLate);
        }
        --engine.fuel;
        chosen.start_call(user, lag);
        release_users();
    }
    return offered;
}

// Calls that were due and will not start any more are accounted for.
void Worker::Impl::drop_due() {
    if (!starts_calls()) return;
    settle();
    const uint64_t dropped = std::min(pacer.due(shared.clock.read_ns()), shared.state.left_to_place());
    engine.count(Counter::CallsOffered) += dropped;
    engine.count(Counter::CallsDropped) += dropped;
}

LoadSample Worker::Impl::load_sample() {
    const Counters& run = shared.statistics.counters;
    LoadSample s;
    s.time_ns = shared.clock.read_ns();
    s.cpu_ns = shared.clock.cpu_ns();
    for (const Placing& each : placing) {
        const Counters& c = each.engine->stats.counters;
        s.offered += c[Counter::CallsOffered];
        s.started += c[Counter::OutgoingCall];
        s.late += c[Counter::CallsLate];
        s.refused += c[Counter::CallsRefusedLimit];
        s.dropped += c[Counter::CallsDropped];
    }
    s.received = run[Counter::MessagesReceived];
    s.sent = run[Counter::MessagesSent];
    s.congestion = run[Counter::Congestion];
    s.kernel_drops = shared.transport.kernel_drops();
    s.late_turns = engine.stats.late_turns;
    if (shared.media) {
        Counters media;
        shared.media->put_counts(media);
        s.media_sent = media[Counter::RtpPacketsSent];
        s.media_late = media[Counter::RtpPacketsLate];
        s.media_unsent = media[Counter::RtpPacketsUnsent];
    }
    s.overdue = starts_calls() && s.time_ns > kLate && pacer.next_planned_ns() < s.time_ns - kLate;
    return s;
}

KneeSample Worker::Impl::knee_sample() {
    KneeSample s;
    s.load = load_sample();
    s.current_calls = current_calls();
    for (const Placing& each : placing) {
        const Statistics& stats = each.engine->stats;
        s.failed += stats.counters[Counter::FailedCall];
        s.retransmissions += stats.counters[Counter::Retransmissions];
        if (!stats.rtds.empty()) s.response.merge(stats.rtds[0].from_plan);
    }
    return s;
}

void Worker::Impl::search_knee() {
    if (shared.seat.of > 1 || engine.now_ns < knee.due_ns() || !starts_calls()) return;
    if (const std::optional<double> rate = knee.step(knee_sample())) pacer.set_rate(*rate, engine.now_ns);
    if (knee.over()) begin_quit(Quit::Soft);
}

void Worker::Impl::look_at_watchdog() {
    if (engine.now_ns < watchdog.due_ns()) return;
    const Watchdog::Look look = watchdog.look(engine.now_ns);
    if (look.trip == Watchdog::Trip::None) return;
    ++engine.count(look.trip == Watchdog::Trip::Major ? Counter::WatchdogMajor : Counter::WatchdogMinor);
    if (engine.may_warn()) engine.warn(look.text);
    if (look.too_many) engine.fail_run(look.text);
}

void Worker::Impl::raise_rate() {
    if (engine.now_ns < ramp.due_ns() || !starts_calls()) return;
    const uint64_t due_ns = ramp.due_ns();  // of all workers the same
    const RateRamp::Step step = ramp.take(pacer.rate(due_ns));
    pacer.set_rate(step.rate, due_ns);
    if (step.ends_run) begin_quit(Quit::Soft);
}

void Worker::Impl::release_users() {
    if (!pacer.closed_loop()) return;
    for (const Placing& each : placing) {
        for (uint32_t id : each.engine->freed_users) pacer.release_user(id);
        each.engine->freed_users.clear();
    }
}

void Worker::Impl::begin_quit(Quit how) {
    if (how != Quit::No) drop_due();
    quit = std::max(quit, how);
}

// SIPp: a run that only starts calls of its own, classic A, lets them end; the calls of all others end with their twin.
void Worker::Impl::end_after_twin() {
    begin_turn();
    begin_quit(Quit::Soft);
    look_for_end();
    if (engine.role == TwinRole::A || engine.role == TwinRole::APassive || force_ns != TimerWheel::kNever) return;
    force_ns = engine.now_ns + kAfterTwin;
    if (engine.may_warn()) engine.warn("a twin has ended, so do all calls");
}

void Worker::Impl::look_for_end() {
    settle();
    if (shared.seat.of > 1)
        for (Engine* e : engines) e->tell_others();
    if (shared.state.all_placed()) quit = std::max(quit, Quit::Soft);
    if (shared.stop_softly || engine.now_ns >= pacer.end_ns()) begin_quit(Quit::Soft);
    engine.refuse_incoming = quit != Quit::No;
    if (engine.stats.end_ns == 0 && quit != Quit::No && none_open()) engine.stats.end_ns = engine.now_ns;
    if (engine.stats.end_ns == 0) return;
    if (!gave_up_sending && engine.now_ns >= engine.stats.end_ns + kLastBytes && !all_sent()) {
        gave_up_sending = true;
        if (engine.may_warn()) engine.warn("the network has not taken the last messages, they are dropped");
    }
    for (auto* other : {&out_of_call, &rx})
        if (*other && (*other)->engine.stats.current_calls) (*other)->engine.end_all();
}

// What became of the messages of this turn.
void Worker::Impl::note_network() {
    if (const int error = engine.tx.take_error()) {
        const std::string what = std::string(engine.transport_name) + " message";
        const std::string why = system_error("Unable to send " + what, error).text;
        engine.trace.note(engine.now_ns, "Error sending " + what + ": " + why);
        if (engine.may_warn()) engine.warn(why);
    }
    if (congested == engine.tx.wants_write()) return;
    congested = !congested;
    engine.trace.note(engine.now_ns, congested ? "Congestion: the socket has no room, messages wait"
                                               : "Congestion is over: the socket has room again");
}

uint32_t Worker::turn() {
    Impl& m = *impl_;
    Engine& e = m.engine;
    m.begin_turn();
    m.look_at_watchdog();
    if (e.now_ns >= m.load.due_ns()) m.load.note(m.load_sample());
    m.raise_rate();
    m.search_knee();
    if (e.now_ns >= m.force_ns) m.quit = Quit::Force;
    if (m.quit == Quit::Force && !m.aborted) {
        m.aborted = true;
        for (Engine* each : m.engines) each->abort_all();
    }
    uint32_t handled = 0;
    for (Engine* each : m.engines) {
        handled += static_cast<uint32_t>(each->yielded.size());
        each->enter_yielded();
    }
    handled += m.take_messages();
    m.take_refusals();
    if (m.shared.transport.has_connections()) m.take_disconnects();
    handled += m.expire_timers();
    m.release_users();
    handled += m.start_calls();
    if (m.shared.transport.has_connections()) m.take_disconnects();  // the one connection may be gone for good
    m.release_users();
    m.look_for_end();
    e.tx.flush();
    m.note_network();
    if (!m.told_done && m.done()) {
        m.told_done = true;
        m.shared.state.done.fetch_add(1, std::memory_order_acq_rel);
    }
    e.trace.end_turn();
    if (e.trace.has_problem() && e.may_warn()) e.warn(e.trace.take_problem());
    uint64_t end_ns = e.clock.read_ns();
    if (end_ns - e.now_ns > kLate) ++e.stats.late_turns;
    return handled;
}

uint64_t Worker::next_due_ns() const {
    const Impl& m = *impl_;
    if (m.quit == Quit::Force && !m.aborted) return m.shared.now_ns;
    uint64_t due = TimerWheel::kNever;
    for (const Engine* e : m.engines) {
        if (!e->yielded.empty()) return m.shared.now_ns;
        due = std::min({due, e->waits.next_due_ns(), e->retransmissions.next_due_ns()});
    }
    if (!m.aborted) due = std::min(due, m.force_ns);
    if (m.engine.stats.end_ns && !m.gave_up_sending && !m.all_sent())
        due = std::min(due, m.engine.stats.end_ns + kLastBytes);
    due = std::min(due, m.watchdog.due_ns());
    if (!m.starts_calls()) return due;
    if (m.shared.seat.of == 1) due = std::min(due, m.knee.due_ns());
    due = std::min({due, m.ramp.due_ns(), m.pacer.end_ns()});
    if (m.pacer.closed_loop()) return m.pacer.user_waits() ? m.engine.now_ns : due;
    return std::min(due, m.pacer.next_planned_ns());
}

}  // namespace gsp::rt
