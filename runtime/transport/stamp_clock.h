// SPDX-License-Identifier: Apache-2.0
// Puts the kernel's time stamps, which are of the wall clock, on the run's clock. That the wall clock is set, or runs
// at another speed, during the run makes no difference. Private to runtime/transport; one transport owns it.
#pragma once
#include <algorithm>
#include <cstdint>
#include <ctime>

#include "runtime/transport/transport.h"

namespace gsp::rt {

class StampClock {
public:
    explicit StampClock(const TransportConfig& config)
        : epoch_ns_(config.clock_epoch_ns), offset_ns_(config.wall_offset_ns), at_start_ns_(offset_ns_()) {}

    // Before the stamps of a batch are read: how far has the wall clock been set since the start?
    void look(uint64_t now_ns) {
        if (now_ns < look_again_ns_) return;
        look_again_ns_ = now_ns + kMillisecond;
        step_ns_ = offset_ns_() - at_start_ns_;
    }
    // Between the start of the run and `now_ns`, whatever the stamp says.
    uint64_t on_run_clock(const timespec& stamp, uint64_t now_ns) const {
        const int64_t wall_ns = int64_t{stamp.tv_sec} * static_cast<int64_t>(kSecond) + stamp.tv_nsec;
        const int64_t since_start_ns = wall_ns - step_ns_ - static_cast<int64_t>(epoch_ns_);
        return std::min(static_cast<uint64_t>(std::max<int64_t>(since_start_ns, 0)), now_ns);
    }

private:
    uint64_t epoch_ns_;
    int64_t (*offset_ns_)();
    int64_t at_start_ns_, step_ns_ = 0;
    uint64_t look_again_ns_ = 0;
};

}  // namespace gsp::rt
