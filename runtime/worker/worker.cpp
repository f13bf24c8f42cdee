// SPDX-License-Identifier: Apache-2.0
#include "runtime/worker/worker.h"

#include <algorithm>
#include <array>
#include <optional>
#include <vector>

#include "runtime/call/arrivals.h"
#include "runtime/call/engine.h"
#include "runtime/worker/pacer.h"
#include "runtime/worker/rate_ramp.h"
#include "runtime/worker/watchdog.h"

namespace gsp::rt {

namespace {

constexpr uint64_t kLate = 10 * kMillisecond;  // starts and turns that take longer are counted
// Twins end within moments of each other. SIPp aborts at once the calls whose last message is just on its way.
constexpr uint64_t kAfterTwin = 200 * kMillisecond;

}  // namespace

struct Worker::Impl {
    Impl(const Scenarios& scenarios, const RunConfig& config, const RunText& text, Clock& clock, Transport& transport,
         Trace& trace, CommandBus* bus)
        : shared(config, text, clock, transport, trace, (scenarios.main.flags & GSP_PROGRAM_CLIENT) != 0),
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
        Other(const gsp_program& program, Part part, Shared& shared) : engine(program, part, shared, statistics, nullptr) {}
        Statistics statistics;
        Engine engine;
    };

    Result<void> prepare();
    Engine& of(Part) const;
    void begin_turn();
    uint32_t take_messages();
    uint32_t expire_timers();
    uint32_t start_calls();
    void look_at_watchdog();
    void raise_rate();
    void release_users();
    void begin_quit(Quit);
    void look_for_end();
    void end_after_twin();
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
    std::array<RxPacket, 64> received;
};

Worker::Worker() = default;
Worker::~Worker() = default;

Result<std::unique_ptr<Worker>> Worker::create(const Scenarios& scenarios, const RunConfig& config, const RunText& text,
                                               Clock& clock, Transport& transport, Trace& trace, CommandBus* bus) {
    std::unique_ptr<Worker> worker(new Worker);
    worker->impl_ = std::make_unique<Impl>(scenarios, config, text, clock, transport, trace, bus);
    if (auto ready = worker->impl_->prepare(); !ready) return ready.error();
    return worker;
}

Result<void> Worker::Impl::prepare() {
    if (auto opened = shared.open_injection(); !opened) return opened.error();
    for (Engine* e : engines)
        if (auto ready = e->prepare(); !ready) return ready.error();
    for (Engine* e : engines)
        if (e->part != Part::Rx) e->run_init();  // SIPp: that of an rx scenario is not run
    if (!shared.fatal.empty()) return Error{shared.fatal};
    return {};
}

Engine& Worker::Impl::of(Part part) const {
    return **std::find_if(engines.begin(), engines.end(), [&](const Engine* e) { return e->part == part; });
}

void Worker::Impl::begin_turn() {
    shared.now_ns = shared.clock.read_ns();
    const auto fuel = static_cast<int32_t>(std::clamp<uint32_t>(shared.config.rate.max_sched_loops, 1, INT32_MAX));
    for (Engine* e : engines) {
        e->now_ns = shared.now_ns;
        e->fuel = fuel;
    }
}

uint32_t Worker::Impl::take_messages() {
    uint32_t taken = 0, most = std::max(engine.config.rate.max_recv_loops, 1u);
    while (taken < most) {
        size_t room = std::min<size_t>(received.size(), most - taken);
        uint32_t n = shared.transport.receive({received.data(), room}, engine.now_ns);
        for (uint32_t i = 0; i < n; ++i) arrivals.receive(received[i]);
        taken += n;
        if (n < room) break;
    }
    return taken;
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
    const RateRamp::Step step = ramp.take(pacer.rate());
    pacer.set_rate(step.rate, engine.now_ns);
    if (step.ends_run) begin_quit(Quit::Soft);
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
    begin_turn();
    begin_quit(Quit::Soft);
    look_for_end();
    if (engine.role == TwinRole::A || engine.role == TwinRole::APassive || force_ns != TimerWheel::kNever) return;
    force_ns = engine.now_ns + kAfterTwin;
    if (engine.may_warn()) engine.warn("a twin has ended, so do all calls");
}

void Worker::Impl::look_for_end() {
    if (engine.started >= engine.config.rate.max_calls) quit = std::max(quit, Quit::Soft);
    if (shared.stop_softly) begin_quit(Quit::Soft);
    engine.refuse_incoming = quit != Quit::No;
    if (engine.stats.end_ns == 0 && quit != Quit::No && engine.stats.current_calls == 0)
        engine.stats.end_ns = engine.now_ns;
    if (engine.stats.end_ns == 0) return;
    for (Engine* e : engines)
        if (e != &engine && e->stats.current_calls) e->end_all();
}

uint32_t Worker::turn() {
    Impl& m = *impl_;
    Engine& e = m.engine;
    m.begin_turn();
    m.look_at_watchdog();
    m.raise_rate();
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
    handled += m.expire_timers();
    m.release_users();
    handled += m.start_calls();
    m.look_for_end();
    e.tx.flush();
    e.trace.flush();
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
    due = std::min(due, m.watchdog.due_ns());
    if (!m.starts_calls()) return due;
    due = std::min(due, m.ramp.due_ns());
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
    return impl_->shared.stop_at_once;
}
const std::string& Worker::fatal() const {
    return impl_->shared.fatal;
}

TwinEvents Worker::twin_events() {
    Impl& m = *impl_;
    return {[&m](std::string_view command) {
                m.begin_turn();
                m.engine.receive_command(command);
                m.look_for_end();
            },
            [&m] { m.end_after_twin(); },
            [&m](std::string_view text) {
                if (m.engine.may_warn()) m.engine.warn(text);
            },
            [&m](std::string why) { m.engine.fail_run(std::move(why)); }};
}

bool Worker::has(Part part) const {
    return std::any_of(impl_->engines.begin(), impl_->engines.end(), [&](const Engine* e) { return e->part == part; });
}

const gsp_program& Worker::program(Part part) const {
    return impl_->of(part).program;
}

const Statistics& Worker::statistics(Part part) {
    const Shared& shared = impl_->shared;
    Statistics& stats = impl_->of(part).stats;
    stats.now_ns = shared.clock.read_ns();
    if (part == Part::Main) stats.target_rate = impl_->pacer.closed_loop() ? impl_->pacer.users() : impl_->pacer.calls_per_second();
    stats.kernel_drops = shared.transport.kernel_drops();
    stats.last_warning = shared.trace.last_warning();
    return stats;
}

void Worker::reset_statistics() {
    for (const Engine* e : impl_->engines) e->stats.reset();
}

void Worker::describe_calls(const std::function<void(const std::string&)>& say) {
    for (Engine* e : impl_->engines) e->describe_calls(say);
}

void Worker::describe_variables(const std::function<void(const std::string&)>& say) {
    for (Engine* e : impl_->engines) e->describe_variables(say);
}

void Worker::clear_period() {
    Statistics& s = impl_->engine.stats;
    for (Timing& rtd : s.rtds) rtd.clear_period();
    s.call_length.clear_period();
}

}  // namespace gsp::rt
