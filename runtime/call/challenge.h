// SPDX-License-Identifier: Apache-2.0
// auth="true": the challenge of a 401 or 407 is kept for [authentication].
#pragma once
#include "runtime/call/engine.h"

namespace gsp::rt {

// Keeps the values of Proxy-Authenticate, or without one of WWW-Authenticate, one a line; nonce counts start again.
// Other responses leave things as they are.
void store_challenge(Engine&, Call&, const sip::Message&);

}  // namespace gsp::rt
