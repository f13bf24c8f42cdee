// SPDX-License-Identifier: Apache-2.0
// Route set and remote target of a dialog, taken once from the first message of a step with rrs="true" (as SIPp; RFC
// 3261 12.1).
#pragma once
#include "runtime/call/engine.h"

namespace gsp::rt {

// Without a Contact there is a warning and nothing is stored.
void store_routes(Engine&, Call&, const sip::Message&);

}  // namespace gsp::rt
