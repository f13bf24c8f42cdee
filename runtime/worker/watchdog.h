// SPDX-License-Identifier: Apache-2.0
// Notices turns of the loop that come late: it wants to be called every interval, and each time that it has to wait
// much longer is a minor or a major trip. Meaning as SIPp's. No I/O; one worker owns it.
#pragma once
#include <cstdint>
#include <string>

#include "runtime/config.h"

namespace gsp::rt {

class Watchdog {
public:
    Watchdog(const WatchdogConfig& config, uint64_t now_ns);
    uint64_t due_ns() const { return due_ns_; }  // UINT64_MAX: never

    enum class Trip : uint8_t { None, Minor, Major };
    struct Look {
        Trip trip = Trip::None;
        bool too_many = false;  // the run shall end
        std::string text;       // what there is to say; only with a trip
    };
    Look look(uint64_t now_ns);  // once it is due

private:
    struct Kind {
        const char* name;
        Trip trip;
        uint64_t threshold_ns;
        int64_t most;
        uint64_t trips = 0;
    };
    const WatchdogConfig& config_;
    Kind major_, minor_;
    uint64_t last_ns_, last_trip_ns_ = 0, due_ns_ = UINT64_MAX;
};

}  // namespace gsp::rt
