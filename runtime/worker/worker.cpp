// SPDX-License-Identifier: Apache-2.0
#include "runtime/worker/worker.h"

#include <algorithm>

#include "runtime/media/media.h"
#include "runtime/worker/worker_impl.h"

namespace gsp::rt {

Worker::Worker() = default;
Worker::~Worker() = default;

Result<std::unique_ptr<Worker>> Worker::create(const Scenarios& scenarios, const RunConfig& config, const RunText& text,
                                               RunState& state, Seat seat, Clock& clock, Transport& transport,
                                               Trace& trace, CommandBus* bus, Media* media) {
    std::unique_ptr<Worker> worker(new Worker);
    worker->impl_ = std::make_unique<Impl>(scenarios, config, text, state, seat, clock, transport, trace, bus, media);
    if (auto ready = worker->impl_->prepare(); !ready) return ready.error();
    return worker;
}

Result<void> Worker::Impl::prepare() {
    const bool first = shared.seat.index == 0;
    if (first)
        if (auto opened = shared.state.open_injection(shared.config.injection); !opened) return opened.error();
    for (Engine* e : engines)
        if (auto ready = e->prepare(); !ready) return ready.error();
    for (Engine* e : engines)
        if (first && e->part != Part::Rx) e->run_init();  // SIPp: that of an rx scenario is not run
    if (!shared.fatal.empty()) return Error{shared.fatal};
    return {};
}

Engine& Worker::Impl::of(Part part) const {
    return **std::find_if(engines.begin(), engines.end(), [&](const Engine* e) { return e->part == part; });
}

bool Worker::finished() const {
    const Impl& m = *impl_;
    if (m.shared.seat.of == 1) return m.done();
    return m.told_done && m.shared.state.done.load(std::memory_order_acquire) == m.shared.seat.of;
}

bool Worker::may_hear_more() const {
    return finished() && impl_->shared.ended_sending;
}

void Worker::before_wait() {
    impl_->shared.transport.before_wait();
}

bool Worker::wants_write() const {
    return impl_->engine.tx.wants_write();
}

void Worker::set_rate(double calls_per_period, uint64_t now_ns) {
    impl_->pacer.set_rate(calls_per_period, now_ns);
}
void Worker::set_users(uint32_t users) {
    impl_->pacer.set_users(users);
}
void Worker::set_limit(uint32_t limit) {
    impl_->pacer.set_limit(limit);
}
void Worker::set_paused(bool paused) {
    if (paused) impl_->drop_due();
    impl_->pacer.set_paused(paused, impl_->engine.clock.read_ns());
}

void Worker::quit(Quit how) {
    impl_->begin_quit(how);
    impl_->look_for_end();
}

void Worker::begin_plan(uint64_t now_ns) {
    impl_->pacer.begin(now_ns);
    impl_->load = LoadWatch(impl_->load_sample());
}

void Worker::close_plan() {
    impl_->drop_due();
    constexpr uint64_t kShortest = kSecond / 2;  // a rest of a second that is looked at
    const LoadSample now = impl_->load_sample();
    impl_->pacer.set_paused(true, now.time_ns);
    if (now.time_ns + kSecond >= impl_->load.due_ns() + kShortest || !impl_->load.verdict().seconds)
        impl_->load.note(now);
}

LoadVerdict Worker::load_verdict() {
    LoadVerdict verdict = impl_->load.verdict();
    verdict.total = impl_->load_sample();
    const uint64_t start_ns = impl_->engine.stats.start_ns;
    verdict.total.time_ns -= start_ns;
    if (!verdict.kept_up) verdict.from_ns -= start_ns;
    Histogram lag;
    for (const auto& each : impl_->placing) lag.merge(each.engine->stats.start_lag);
    verdict.start_lag_p99_ns = lag.percentile_ns(99);
    return verdict;
}

const KneeSearch& Worker::knee() const {
    return impl_->knee;
}

KneeSample Worker::knee_sample() {
    return impl_->knee_sample();
}

double Worker::rate() const {
    return impl_->pacer.rate(impl_->shared.clock.read_ns());
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
bool Worker::media_check_failed() const {
    return impl_->shared.media && impl_->shared.media->check_failed();
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

std::vector<Part> Worker::parts() const {
    std::vector<Part> all;
    for (const Engine* e : impl_->engines) all.push_back(e->part);
    return all;
}

const gsp_program& Worker::program(Part part) const {
    return impl_->of(part).program;
}

const Statistics& Worker::statistics(Part part) {
    const Shared& shared = impl_->shared;
    Statistics& stats = impl_->of(part).stats;
    stats.now_ns = shared.clock.read_ns();
    if (part == Part::Main) {
        stats.counters[Counter::HandoverDrops] = shared.transport.handover_drops();
        stats.target_rate =
            impl_->pacer.closed_loop() ? impl_->pacer.users() : impl_->pacer.calls_per_second(stats.now_ns);
        stats.counters[Counter::TraceRecordsDropped] = shared.trace.dropped();
        if (shared.media) {
            shared.media->put_counts(stats.counters);
            stats.media = shared.media->quality();
        }
    }
    stats.kernel_drops = shared.transport.kernel_drops();
    stats.open_sockets = shared.transport.open_sockets();
    stats.last_warning = shared.trace.last_warning();
    return stats;
}

const Failures& Worker::failures(Part part) const {
    return impl_->of(part).failures;
}

void Worker::reset_statistics() {
    for (Engine* e : impl_->engines) {
        e->stats.reset();
        e->failures.clear();
    }
    impl_->load = LoadWatch(impl_->load_sample());
    if (impl_->shared.media) impl_->shared.media->reset_counts();
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
    if (!impl_->engine.config.trace.periodic_rtd) return;
    for (Timing& rtd : s.rtds) rtd.clear_repartition();
    s.call_length.clear_repartition();
}

}  // namespace gsp::rt
