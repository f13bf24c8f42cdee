// SPDX-License-Identifier: Apache-2.0
// The line of -stat_period: how a run is going, as `name=value`. Pure functions.
#pragma once
#include <string>

#include "runtime/stats/counters.h"

namespace gsp::rt {

// Times in milliseconds; cps: calls per second since the start; avg_invite: the mean of the scenario's first timer.
std::string progress_line(const Statistics&);

}  // namespace gsp::rt
