// SPDX-License-Identifier: Apache-2.0
#include "runtime/worker/worker.h"

#include <algorithm>
#include <array>

#include "runtime/call/engine.h"
#include "runtime/worker/pacer.h"

namespace gsp::rt {

namespace {

constexpr uint64_t kLate = 10 * kMillisecond;  // starts and turns that take longer are counted
// Twins end within moments of each other. SIPp aborts at once the calls whose last message is just on its way.
constexpr uint64_t kAfterTwin = 200 * kMillisecond;

}  // namespace

struct Worker::Impl {
    Impl(const gsp_program& program, const RunConfig& config, const RunText& text, Clock& clock, Transport& transport,
         Trace& trace, CommandBus* bus)
        : engine(program, config, text, clock, transport, trace, bus),
          pacer(config.rate, default_duration_ns(program, config.call.pause_ns), engine.now_ns) {}

    uint32_t take_messages();
    uint32_t expire_timers();
    uint32_t start_calls();
    void release_users();
    void begin_quit(Quit);
    void look_for_end();
    void end_after_twin();
    bool starts_calls() const { return engine.creates_calls() && quit == Quit::No; }

    Engine engine;
    Pacer pacer;
    Quit quit = Quit::No;
    uint64_t force_ns = TimerWheel::kNever;  // when to force the quit
    bool aborted = false;
    std::array<RxPacket, 64> received;
};

Worker::Worker() = default;
Worker::~Worker() = default;

Result<std::unique_ptr<Worker>> Worker::create(const gsp_program& program, const RunConfig& config, const RunText& text,
                                               Clock& clock, Transport& transport, Trace& trace, CommandBus* bus) {
    std::unique_ptr<Worker> worker(new Worker);
    worker->impl_ = std::make_unique<Impl>(program, config, text, clock, transport, trace, bus);
    Engine& engine = worker->impl_->engine;
    if (auto ready = engine.prepare(); !ready) return ready.error();
    engine.run_init();
    if (!engine.fatal.empty()) return Error{engine.fatal};
    return worker;
}

uint32_t Worker::Impl::take_messages() {
    uint32_t taken = 0, most = std::max(engine.config.rate.max_recv_loops, 1u);
    while (taken < most) {
        size_t room = std::min<size_t>(received.size(), most - taken);
        uint32_t n = engine.transport.receive({received.data(), room}, engine.now_ns);
        for (uint32_t i = 0; i < n; ++i) engine.receive(received[i]);
        taken += n;
        if (n < room) break;
    }
    return taken;
}

uint32_t Worker::Impl::expire_timers() {
    uint32_t fired = 0;
    engine.retransmissions.expire(engine.now_ns, [&](TimerNode& node) {
        ++fired;
        engine.on_retransmission(*Call::at(node, Call::kRetransOffset));
    });
    engine.waits.expire(engine.now_ns, [&](TimerNode& node) {
        ++fired;
        engine.on_wait_over(*Call::at(node, Call::kWaitOffset));
    });
    engine.dead.expire(engine.now_ns);
    return fired;
}

uint32_t Worker::Impl::start_calls() {
    if (!starts_calls()) return 0;
    uint32_t offered = 0;
    uint64_t now = engine.now_ns;
    const uint64_t most = engine.config.rate.max_calls;
    // What the fuel of this turn does not allow stays due.
    while (engine.fuel > 0 && engine.started < most) {
        uint32_t user = 0;
        if (pacer.closed_loop()) {
            user = pacer.take_user();
            if (!user) break;
        } else {
            uint64_t planned = pacer.next_planned_ns();
            if (planned > now) break;
            pacer.take();
            if (pacer.limit() && engine.stats.current_calls >= pacer.limit()) {
                ++offered;
                ++engine.count(Counter::CallsOffered);
                ++engine.count(Counter::CallsRefusedLimit);
                continue;
            }
            engine.stats.start_lag.record(now - planned);
            if (now - planned > kLate) ++engine.count(Counter::CallsLate);
        }
        ++offered;
        ++engine.count(Counter::CallsOffered);
        --engine.fuel;
        engine.start_call(user);
        release_users();
    }
    return offered;
}

void Worker::Impl::release_users() {
    for (uint32_t id : engine.freed_users) pacer.release_user(id);
    engine.freed_users.clear();
}

// Calls that were due and will not start any more are accounted for.
void Worker::Impl::begin_quit(Quit how) {
    if (starts_calls() && how != Quit::No) {
        uint64_t dropped = pacer.due(engine.clock.read_ns());
        engine.count(Counter::CallsOffered) += dropped;
        engine.count(Counter::CallsDropped) += dropped;
    }
    quit = std::max(quit, how);
}

// SIPp: a run that only starts calls of its own, classic A, lets them end; the calls of all others end with their twin.
void Worker::Impl::end_after_twin() {
    engine.now_ns = engine.clock.read_ns();
    begin_quit(Quit::Soft);
    look_for_end();
    if (engine.role == TwinRole::A || engine.role == TwinRole::APassive || force_ns != TimerWheel::kNever) return;
    force_ns = engine.now_ns + kAfterTwin;
    if (engine.may_warn()) engine.warn("a twin has ended, so do all calls");
}

void Worker::Impl::look_for_end() {
    if (engine.started >= engine.config.rate.max_calls) quit = std::max(quit, Quit::Soft);
    if (engine.stop_softly) begin_quit(Quit::Soft);
    engine.refuse_incoming = quit != Quit::No;
    if (engine.stats.end_ns == 0 && quit != Quit::No && engine.stats.current_calls == 0)
        engine.stats.end_ns = engine.now_ns;
}

uint32_t Worker::turn() {
    Impl& m = *impl_;
    Engine& e = m.engine;
    e.now_ns = e.clock.read_ns();
    e.fuel = static_cast<int32_t>(std::clamp<uint32_t>(e.config.rate.max_sched_loops, 1, INT32_MAX));
    if (e.now_ns >= m.force_ns) m.quit = Quit::Force;
    if (m.quit == Quit::Force && !m.aborted) {
        m.aborted = true;
        e.abort_all();
    }
    uint32_t handled = static_cast<uint32_t>(e.yielded.size());
    e.enter_yielded();
    handled += m.take_messages();
    handled += m.expire_timers();
    m.release_users();
    handled += m.start_calls();
    m.look_for_end();
    e.tx.flush();
    e.trace.end_turn();
    if (e.trace.has_problem() && e.may_warn()) e.warn(e.trace.take_problem());
    uint64_t end_ns = e.clock.read_ns();
    if (end_ns - e.now_ns > kLate) ++e.stats.late_turns;
    return handled;
}

uint64_t Worker::next_due_ns() const {
    const Impl& m = *impl_;
    if (!m.engine.yielded.empty() || (m.quit == Quit::Force && !m.aborted)) return m.engine.now_ns;
    uint64_t due = std::min(m.engine.waits.next_due_ns(), m.engine.retransmissions.next_due_ns());
    if (!m.aborted) due = std::min(due, m.force_ns);
    if (!m.starts_calls()) return due;
    if (m.pacer.closed_loop()) return m.pacer.user_waits() ? m.engine.now_ns : due;
    return std::min(due, m.pacer.next_planned_ns());
}

bool Worker::finished() const {
    const Impl& m = *impl_;
    return m.quit != Quit::No && m.engine.stats.current_calls == 0 && !m.engine.tx.wants_write();
}

bool Worker::wants_write() const {
    return impl_->engine.tx.wants_write();
}

void Worker::set_rate(double calls_per_period) {
    impl_->pacer.set_rate(calls_per_period, impl_->engine.clock.read_ns());
}
void Worker::set_users(uint32_t users) {
    impl_->pacer.set_users(users);
}
void Worker::set_limit(uint32_t limit) {
    impl_->pacer.set_limit(limit);
}
void Worker::set_paused(bool paused) {
    impl_->pacer.set_paused(paused, impl_->engine.clock.read_ns());
}

void Worker::quit(Quit how) {
    impl_->begin_quit(how);
    impl_->look_for_end();
}

double Worker::rate() const {
    return impl_->pacer.rate();
}
uint32_t Worker::users() const {
    return impl_->pacer.users();
}
uint32_t Worker::limit() const {
    return impl_->pacer.limit();
}
bool Worker::paused() const {
    return impl_->pacer.paused();
}
Quit Worker::quitting() const {
    return impl_->quit;
}
bool Worker::stop_now() const {
    return impl_->engine.stop_at_once;
}
const std::string& Worker::fatal() const {
    return impl_->engine.fatal;
}

TwinEvents Worker::twin_events() {
    Impl& m = *impl_;
    return {[&m](std::string_view command) {
                m.engine.now_ns = m.engine.clock.read_ns();
                m.engine.receive_command(command);
                m.look_for_end();
            },
            [&m] { m.end_after_twin(); },
            [&m](std::string_view text) {
                if (m.engine.may_warn()) m.engine.warn(text);
            },
            [&m](std::string why) { m.engine.fail_run(std::move(why)); }};
}

const gsp_program& Worker::program() const {
    return impl_->engine.program;
}

const Statistics& Worker::statistics() {
    Engine& e = impl_->engine;
    e.stats.now_ns = e.clock.read_ns();
    e.stats.target_rate = impl_->pacer.closed_loop() ? impl_->pacer.users() : impl_->pacer.calls_per_second();
    e.stats.kernel_drops = e.transport.kernel_drops();
    e.stats.counters[Counter::TraceRecordsDropped] = e.trace.dropped();
    e.stats.last_warning = e.trace.last_warning();
    return e.stats;
}

void Worker::clear_period() {
    Statistics& s = impl_->engine.stats;
    for (Timing& rtd : s.rtds) rtd.clear_period();
    s.call_length.clear_period();
    if (!impl_->engine.config.trace.periodic_rtd) return;
    for (Timing& rtd : s.rtds) rtd.clear_repartition();
    s.call_length.clear_repartition();
}

}  // namespace gsp::rt
