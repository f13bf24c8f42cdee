// SPDX-License-Identifier: Apache-2.0
// The system's clocks, in nanoseconds.
#include "runtime/base/clock.h"

#include <sys/resource.h>

#include <ctime>

namespace gsp::rt {

namespace {
uint64_t read_clock(clockid_t id) {
    timespec now;
    clock_gettime(id, &now);
    return static_cast<uint64_t>(now.tv_sec) * kSecond + static_cast<uint64_t>(now.tv_nsec);
}

struct BothClocks {
    uint64_t monotonic_ns, wall_ns;
};

// They cannot be read at one moment: of a few tries the one counts that was interrupted least.
BothClocks read_both() {
    constexpr uint64_t kAtOnce = 1000;
    BothClocks best{};
    uint64_t shortest = UINT64_MAX;
    for (int i = 0; i < 4 && shortest > kAtOnce; ++i) {
        const uint64_t before = read_clock(CLOCK_MONOTONIC);
        const uint64_t wall = read_clock(CLOCK_REALTIME);
        const uint64_t took = read_clock(CLOCK_MONOTONIC) - before;
        if (took >= shortest) continue;
        shortest = took;
        best = {before + took / 2, wall};
    }
    return best;
}
}  // namespace

int64_t wall_offset_ns() {
    const BothClocks now = read_both();
    return static_cast<int64_t>(now.wall_ns) - static_cast<int64_t>(now.monotonic_ns);
}

SystemClock::SystemClock() {
    const BothClocks now = read_both();
    start_ns_ = now.monotonic_ns;
    epoch_ns_ = now.wall_ns;
}

uint64_t SystemClock::read_ns() {
    return read_clock(CLOCK_MONOTONIC) - start_ns_;
}

uint64_t SystemClock::cpu_ns() {
    rusage used{};
    getrusage(RUSAGE_THREAD, &used);
    const auto ns = [](const timeval& t) {
        return static_cast<uint64_t>(t.tv_sec) * kSecond + static_cast<uint64_t>(t.tv_usec) * 1000;
    };
    return ns(used.ru_utime) + ns(used.ru_stime);
}

}  // namespace gsp::rt
