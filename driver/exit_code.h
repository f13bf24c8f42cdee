// SPDX-License-Identifier: Apache-2.0
// Exit codes that the driver itself decides; those of a run come from rt::run().
#pragma once

namespace gsp::driver {

constexpr int kExitOk = 0;
constexpr int kExitError = 1;  // SIPp: bad options, a scenario that cannot be used
constexpr int kExitInfo = 99;  // SIPp: help, version, -sd, no arguments

}  // namespace gsp::driver
