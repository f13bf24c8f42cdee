// SPDX-License-Identifier: Apache-2.0
#include "runtime/call/shared.h"

#include <random>
#include <utility>

namespace gsp::rt {

namespace {

uint64_t choose_seed(uint64_t seed) {
    if (seed) return seed;
    std::random_device device;
    return uint64_t{device()} << 32 | device();
}

}  // namespace

Shared::Shared(const RunConfig& c, const RunText& r, Clock& k, Transport& t, Trace& log, bool client, Media* m)
    : config(c),
      run(r),
      clock(k),
      transport(t),
      trace(log),
      media(m),
      places_calls(client),
      now_ns(k.read_ns()),
      targets(r.targets, r.remote),
      tx(t, statistics.counters, now_ns),
      dead(c.call.deadcall_wait_ns),
      rng(choose_seed(c.seed)),
      hash_seed(rng.next()),
      dynamic_id(c.call.dynamic_start) {}

Result<void> Shared::open_injection() {
    for (const auto& file : config.injection.files)
        if (auto added = injection.add(file.path, file.may_be_default); !added) return added.error();
    for (const auto& [name, field] : config.injection.indexes)
        if (auto built = injection.build_index(name, field, hash_seed); !built) return built.error();
    return {};
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
