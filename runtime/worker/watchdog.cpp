// SPDX-License-Identifier: Apache-2.0
#include "runtime/worker/watchdog.h"

namespace gsp::rt {

Watchdog::Watchdog(const WatchdogConfig& config, uint64_t now_ns)
    : config_(config),
      major_{"major", Trip::Major, config.major_ns, config.most_major},
      minor_{"minor", Trip::Minor, config.minor_ns, config.most_minor},
      last_ns_(now_ns) {
    if (config.interval_ns) due_ns_ = now_ns + config.interval_ns;
}

Watchdog::Look Watchdog::look(uint64_t now_ns) {
    const uint64_t waited_ns = now_ns - last_ns_;
    last_ns_ = now_ns;
    due_ns_ = now_ns + config_.interval_ns;
    for (Kind* kind : {&major_, &minor_}) {
        if (!kind->threshold_ns || waited_ns <= kind->threshold_ns) continue;
        last_trip_ns_ = now_ns;
        ++kind->trips;
        const bool too_many = kind->most >= 0 && kind->trips > static_cast<uint64_t>(kind->most);
        return {kind->trip, too_many,
                "overload: the loop was away for " + std::to_string(waited_ns / kMillisecond) + " ms, " + kind->name +
                    " watchdog trip " + std::to_string(kind->trips) +
                    (kind->most < 0 ? std::string() : " of at most " + std::to_string(kind->most))};
    }
    if (now_ns - last_trip_ns_ >= config_.reset_ns) major_.trips = minor_.trips = 0;
    return {};
}

}  // namespace gsp::rt
