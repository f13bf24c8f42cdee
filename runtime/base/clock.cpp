// SPDX-License-Identifier: Apache-2.0
// The system's clocks, in nanoseconds.
#include "runtime/base/clock.h"

#include <ctime>

namespace gsp::rt {

namespace {
uint64_t read_clock(clockid_t id) {
    timespec now;
    clock_gettime(id, &now);
    return static_cast<uint64_t>(now.tv_sec) * kSecond + static_cast<uint64_t>(now.tv_nsec);
}
}  // namespace

SystemClock::SystemClock() : start_ns_(read_clock(CLOCK_MONOTONIC)), epoch_ns_(read_clock(CLOCK_REALTIME)) {}

uint64_t SystemClock::read_ns() {
    return read_clock(CLOCK_MONOTONIC) - start_ns_;
}

}  // namespace gsp::rt
