// SPDX-License-Identifier: Apache-2.0
#include "runtime/worker/crew.h"

#include <pthread.h>
#include <sched.h>

#include <algorithm>
#include <latch>
#include <numeric>
#include <thread>
#include <type_traits>
#include <utility>

#include "runtime/base/signals_blocked.h"

namespace gsp::rt {

namespace {

// The worker's thread stays on the processor of its number, among those that the process may use.
void pin(size_t member) {
    cpu_set_t allowed, one;
    if (sched_getaffinity(0, sizeof allowed, &allowed) != 0) return;
    size_t left = member % static_cast<size_t>(std::max(CPU_COUNT(&allowed), 1));
    for (size_t cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
        if (!CPU_ISSET(cpu, &allowed) || left-- > 0) continue;
        CPU_ZERO(&one);
        CPU_SET(cpu, &one);
        pthread_setaffinity_np(pthread_self(), sizeof one, &one);
        return;
    }
}

}  // namespace

Crew::Crew(std::vector<Member> members, const RunConfig& config, Clock& clock, Loop& control, Trace& trace)
    : members_(std::move(members)),
      config_(config),
      clock_(clock),
      control_(control),
      trace_(trace),
      knee_(config.knee, config.rate.rate, config.rate.highest, clock.read_ns()) {}

void Crew::each(const std::function<void(Member&, size_t)>& f) {
    if (alone()) return f(members_.front(), 0);
    std::latch asked(static_cast<ptrdiff_t>(members_.size()));
    for (size_t i = 0; i < members_.size(); ++i)
        members_[i].loop->post([&, i] {
            f(members_[i], i);
            asked.count_down();
        });
    asked.wait();
}

void Crew::run() {
    const uint64_t plan_ns = clock_.read_ns();
    if (alone()) {
        if (config_.pins_workers) pin(0);
        return control_.run(first(), plan_ns);
    }
    constexpr uint64_t kLookAtKnee = 50 * kMillisecond;
    if (knee_.on()) control_.every(kLookAtKnee, [this] { search_knee(); });
    std::vector<std::thread> threads;
    {
        const SignalsBlocked blocked;
        for (size_t i = 0; i < members_.size(); ++i) threads.emplace_back([this, i, plan_ns] { work(i, plan_ns); });
    }
    control_.run();
    for (std::thread& thread : threads) thread.join();
}

void Crew::work(size_t member, uint64_t plan_ns) {
    if (config_.pins_workers) pin(member);
    Member& own = members_[member];
    own.loop->on_quit([this, member] { control_.post([this, member] { on_quit(member); }); });
    own.loop->run(*own.worker, plan_ns);
    control_.post([this, member] { on_end(member); });
}

// What one has found out, that -m is reached or a scenario wants the end, all must know.
void Crew::on_quit(size_t of) {
    for (size_t i = 0; i < members_.size(); ++i)
        if (i != of) members_[i].loop->post([worker = members_[i].worker] { worker->quit(Quit::Soft); });
}

void Crew::on_end(size_t of) {
    const Worker& worker = *members_[of].worker;
    if (!worker.finished()) stop();
    for (Member& member : members_) member.loop->wake();  // the last calls of the run may have been his
    if (++ended_ == members_.size()) control_.stop();
}

void Crew::stop() {
    if (alone()) return control_.stop();
    for (Member& member : members_) member.loop->post([loop = member.loop] { loop->stop(); });
}

template <class F>
auto Crew::gather(F&& f) {
    using Answer = decltype(f(members_.front()));
    std::vector<std::conditional_t<std::is_same_v<Answer, bool>, char, Answer>> answers(members_.size());
    each([&](Member& member, size_t i) { answers[i] = f(member); });
    return answers;
}

void Crew::set_rate(double calls_per_period) {
    const uint64_t now_ns = clock_.read_ns();
    each([=](Member& m, size_t) { m.worker->set_rate(calls_per_period, now_ns); });
}
void Crew::set_users(uint32_t users) {
    each([=](Member& m, size_t) { m.worker->set_users(users); });
}
void Crew::set_limit(uint32_t limit) {
    each([=](Member& m, size_t) { m.worker->set_limit(limit); });
}
void Crew::set_paused(bool paused) {
    each([=](Member& m, size_t) { m.worker->set_paused(paused); });
}
void Crew::quit(Quit how) {
    each([=](Member& m, size_t) { m.worker->quit(how); });
}

double Crew::rate() {
    return gather([](Member& m) { return m.worker->rate(); }).front();
}
uint32_t Crew::users() {
    return gather([](Member& m) { return m.worker->users(); }).front();
}
uint32_t Crew::limit() {
    return gather([](Member& m) { return m.worker->limit(); }).front();
}
bool Crew::paused() {
    return gather([](Member& m) { return m.worker->paused(); }).front();
}

Quit Crew::quitting() {
    return std::ranges::max(gather([](Member& m) { return m.worker->quitting(); }));
}
bool Crew::finished() {
    return std::ranges::min(gather([](Member& m) { return m.worker->finished(); }));
}
bool Crew::stop_now() {
    return std::ranges::max(gather([](Member& m) { return m.worker->stop_now(); }));
}
bool Crew::media_check_failed() {
    return std::ranges::max(gather([](Member& m) { return m.worker->media_check_failed(); }));
}

std::string Crew::fatal() {
    const auto all = gather([](Member& m) { return m.worker->fatal(); });
    const auto told = std::ranges::find_if(all, [](const std::string& why) { return !why.empty(); });
    return told == all.end() ? std::string() : *told;
}

// Of all scenarios; the statistics of the main one have it.
void Crew::add_up_media(const std::vector<Statistics>& workers, Statistics& sum) {
    media_ = {};
    bool any = false;
    for (const Statistics& own : workers) {
        if (!own.media) continue;
        media_.merge(*own.media);
        any = true;
    }
    sum.media = any ? &media_ : nullptr;
}

const Statistics& Crew::add_up(Part part, bool ends_period) {
    auto all = gather([=](Member& m) {
        Statistics own = m.worker->statistics(part);
        if (ends_period) m.worker->clear_period();
        return own;
    });
    Statistics& sum = statistics_[part];
    sum = std::move(all.front());
    for (size_t i = 1; i < all.size(); ++i) sum.add(all[i]);
    if (part == Part::Main) add_up_media(all, sum);
    if (!alone() && part == Part::Main) sum.counters[Counter::TraceRecordsDropped] += trace_.dropped();
    last_warning_ = last_warning();
    sum.last_warning = last_warning_;
    return sum;
}

const Statistics& Crew::statistics(Part part) {
    return alone() ? first().statistics(part) : add_up(part, false);
}

const Statistics& Crew::end_period() {
    return add_up(Part::Main, true);
}

const Failures& Crew::failures(Part part) {
    if (alone()) return first().failures(part);
    auto all = gather([=](Member& m) { return m.worker->failures(part); });
    Failures& sum = failures_[part];
    sum = std::move(all.front());
    for (size_t i = 1; i < all.size(); ++i) sum.add(all[i]);
    return sum;
}

void Crew::reset_statistics() {
    each([](Member& m, size_t) { m.worker->reset_statistics(); });
}
void Crew::clear_period() {
    each([](Member& m, size_t) { m.worker->clear_period(); });
}

LoadVerdict Crew::load_verdict() {
    if (alone()) return first().load_verdict();
    LoadVerdict verdict = combine(gather([](Member& m) { return m.worker->load_verdict(); }));
    Histogram lag;
    for (const Part part : parts()) lag.merge(statistics(part).start_lag);
    verdict.start_lag_p99_ns = lag.percentile_ns(99);
    return verdict;
}

void Crew::search_knee() {
    if (clock_.read_ns() < knee_.due_ns() || knee_.over()) return;
    auto samples = gather([](Member& m) { return m.worker->knee_sample(); });
    for (size_t i = 1; i < samples.size(); ++i) samples.front().add(samples[i]);
    if (const std::optional<double> rate = knee_.step(samples.front())) set_rate(*rate);
    if (knee_.over()) quit(Quit::Soft);
}

void Crew::describe(Describe f, const std::function<void(const std::string&)>& say) {
    std::vector<std::vector<std::string>> lines(members_.size());
    each([&](Member& m, size_t i) {
        (m.worker->*f)([&own = lines[i]](const std::string& line) { own.push_back(line); });
    });
    for (const auto& own : lines)
        for (const std::string& line : own) say(line);
}
void Crew::describe_calls(const std::function<void(const std::string&)>& say) {
    describe(&Worker::describe_calls, say);
}
void Crew::describe_variables(const std::function<void(const std::string&)>& say) {
    describe(&Worker::describe_variables, say);
}

Result<void> Crew::set_trace(TraceFile file, bool on) {
    if (auto own = trace_.set(file, on); !own || alone()) return own;
    each([=](Member& m, size_t) { static_cast<void>(m.trace->set(file, on)); });  // the writer is there by now
    return {};
}

uint64_t Crew::trace_records_dropped() {
    const auto all = gather([](Member& m) { return m.trace->dropped(); });
    return std::accumulate(all.begin(), all.end(), alone() ? 0 : trace_.dropped());
}

uint64_t Crew::warnings() {
    const auto all = gather([](Member& m) { return m.trace->warnings(); });
    return std::accumulate(all.begin(), all.end(), alone() ? 0 : trace_.warnings());
}

std::string Crew::last_warning() {
    using Told = std::pair<uint64_t, std::string>;
    auto all = gather([](Member& m) { return Told(m.trace->last_warning_ns(), m.trace->last_warning()); });
    all.emplace_back(trace_.last_warning_ns(), trace_.last_warning());
    return std::ranges::max(all).second;
}

std::string Crew::take_codes() {
    const auto all = gather([](Member& m) { return m.trace->take_codes(); });
    return std::accumulate(all.begin(), all.end(), std::string());
}

}  // namespace gsp::rt
