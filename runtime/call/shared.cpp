// SPDX-License-Identifier: Apache-2.0
#include "runtime/call/shared.h"

#include <utility>

namespace gsp::rt {

namespace {

// The first worker's is the run's, so that a run of one worker is what it was with that seed.
Rng rng_of(uint64_t seed, Seat seat) {
    Rng rng(seed + seat.index * 0x9e3779b97f4a7c15);
    rng.next();  // hash_seed comes of it
    return rng;
}

uint32_t first_dynamic_id(const CallConfig& c, Seat seat) {
    const uint64_t first = c.dynamic_start + uint64_t{seat.index} * c.dynamic_step;
    return first > c.dynamic_max ? c.dynamic_start : static_cast<uint32_t>(first);
}

}  // namespace

Shared::Shared(const RunConfig& c, const RunText& r, RunState& all, Seat own, Clock& k, Transport& t, Trace& log,
               bool client, Media* m)
    : config(c),
      run(r),
      state(all),
      seat(own),
      clock(k),
      transport(t),
      trace(log),
      media(m),
      places_calls(client),
      now_ns(k.read_ns()),
      targets(r.targets, r.remote, all.target),
      tx(t, statistics.counters, now_ns),
      dead(c.call.deadcall_wait_ns),
      rng(rng_of(all.seed, own)),
      hash_seed(all.hash_seed),
      line_hints(c.injection.files.size()),
      dynamic_id_(first_dynamic_id(c.call, own)) {}

uint32_t Shared::take_dynamic_id() {
    const uint32_t id = dynamic_id_;
    const uint64_t next = id + uint64_t{config.call.dynamic_step} * seat.of;
    dynamic_id_ = next > config.call.dynamic_max ? first_dynamic_id(config.call, seat) : static_cast<uint32_t>(next);
    return id;
}

bool Shared::may_warn() {
    constexpr uint32_t kWrittenPerSecond = 1000;
    ++count(Counter::Warnings);
    if (now_ns / kSecond != warning_second_) {
        warning_second_ = now_ns / kSecond;
        warnings_in_second_ = 0;
    }
    return ++warnings_in_second_ <= kWrittenPerSecond;
}

bool Shared::try_next_target(const Address& failed) {
    const Targets::Step step = targets.failed(failed);
    if (step == Targets::Step::None) return !run.targets.empty() && !(failed == targets.current());
    ++count(Counter::Failovers);
    if (may_warn())
        warn(endpoint_text(failed) + " cannot be reached, new calls go to " + endpoint_text(targets.current()) +
             (step == Targets::Step::FromFirst ? ", all others have failed too" : ""));
    return step == Targets::Step::Next;
}

void Shared::fail_run(std::string text) {
    ++count(Counter::FatalErrors);
    if (fatal.empty()) fatal = std::move(text);
}

}  // namespace gsp::rt
