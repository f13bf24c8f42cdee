// SPDX-License-Identifier: Apache-2.0
// The scenarios of a run, by what they are for.
#pragma once
#include <cstdint>

#include "runtime/abi/gsp_abi.h"

namespace gsp::rt {

enum class Part : uint8_t {  // SIPp: -sf, -oocsf, -rxsf
    Main,                    // the run is about it: rate, -m, -l, its end and the statistics file are its own
    OutOfCall,               // answers requests that belong to no call
    Rx                       // mixed mode: takes the calls that come in while the main one places some
};

// Programs that have passed check_program(). What answers beside the main scenario waits for calls, the main one places
// them.
struct Scenarios {
    const gsp_program& main;
    const gsp_program* out_of_call = nullptr;
    const gsp_program* rx = nullptr;
};

}  // namespace gsp::rt
