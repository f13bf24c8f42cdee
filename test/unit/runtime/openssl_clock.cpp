// SPDX-License-Identifier: Apache-2.0
#include "test/unit/runtime/openssl_clock.h"

#include <sys/time.h>

#include <atomic>
#include <ctime>

namespace {

constexpr uint64_t kSecondNs = 1'000'000'000, kStartNs = 1'700'000'000 * kSecondNs;
std::atomic<uint64_t> set_ns{0};  // 0: it is not

}  // namespace

extern "C" int gettimeofday(timeval* now, void*) noexcept {
    uint64_t ns = set_ns;
    if (!ns) {
        timespec system;
        clock_gettime(CLOCK_REALTIME, &system);
        ns = static_cast<uint64_t>(system.tv_sec) * kSecondNs + static_cast<uint64_t>(system.tv_nsec);
    }
    now->tv_sec = static_cast<time_t>(ns / kSecondNs);
    now->tv_usec = static_cast<suseconds_t>(ns % kSecondNs / 1000);
    return 0;
}

OpensslClock::OpensslClock() {
    set_ns = kStartNs;
}
OpensslClock::~OpensslClock() {
    set_ns = 0;
}
uint64_t OpensslClock::now_ns() const {
    return set_ns - kStartNs;
}
void OpensslClock::advance(uint64_t ns) {
    set_ns += ns;
}
