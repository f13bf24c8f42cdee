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
}  // namespace

// The two clocks cannot be read at one moment: of a few tries the one counts that was interrupted least.
SystemClock::SystemClock() {
    uint64_t shortest = UINT64_MAX;
    for (int i = 0; i < 4; ++i) {
        const uint64_t before = read_clock(CLOCK_MONOTONIC);
        const uint64_t wall = read_clock(CLOCK_REALTIME);
        const uint64_t took = read_clock(CLOCK_MONOTONIC) - before;
        if (took >= shortest) continue;
        shortest = took;
        start_ns_ = before + took / 2;
        epoch_ns_ = wall;
    }
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
