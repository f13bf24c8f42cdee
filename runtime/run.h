// SPDX-License-Identifier: Apache-2.0
// Runs a compiled scenario as load on the system's network until it ends: sockets, loop, screens, statistics files,
// signals, keys.
#pragma once
#include "runtime/abi/gsp_abi.h"
#include "runtime/base/result.h"
#include "runtime/config.h"

namespace gsp::rt {

// SIPp's exit codes: 0 all calls succeeded, 1 some failed, 97 stopped by stop_now or -timeout without any call, 254 an
// address is in use, 255 another fatal error (its text has been written to stderr).
int run(const gsp_program&, const RunConfig&);

}  // namespace gsp::rt
