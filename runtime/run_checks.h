// SPDX-License-Identifier: Apache-2.0
// Does what is asked for make sense? What can be said before anything is opened.
#pragma once
#include <cstdint>
#include <optional>

#include "runtime/abi/gsp_abi.h"
#include "runtime/base/result.h"
#include "runtime/config.h"
#include "runtime/scenarios.h"

namespace gsp::rt {

inline constexpr int kBadSetup = 1;  // SIPp: whatever is wrong before the scenario is active
inline constexpr int kFatal = 255;

// Why a run does not begin, and the exit code for that.
struct Refusal {
    Error error;
    int code;
};
std::optional<Refusal> find_refusal(const Scenarios&, const RunConfig&);  // none: it may begin

// -workers, or as many as pay: all processors for a server, which nobody notices; one for a client below a rate that
// one bears easily, whose calls then leave from one port, as SIPp's.
Result<uint32_t> choose_workers(const gsp_program&, const RunConfig&);

}  // namespace gsp::rt
