// SPDX-License-Identifier: Apache-2.0
// Runs compiled scenarios as load on the system's network until it ends: sockets, loop, screens, statistics files,
// signals, keys.
#pragma once
#include "runtime/base/result.h"
#include "runtime/config.h"
#include "runtime/scenarios.h"

namespace gsp::rt {

// SIPp's exit codes: 0 all calls succeeded, 1 some failed, 97 stopped by stop_now or -timeout without any call, 253 a
// pattern of RTP did not come back as it was sent, 254 an address is in use, 255 another fatal error (its text has been
// written to stderr).
int run(const Scenarios&, const RunConfig&);

}  // namespace gsp::rt
