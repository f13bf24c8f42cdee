// SPDX-License-Identifier: Apache-2.0
// The scenarios of a run, by what they are for.
#pragma once
#include <cstddef>
#include <cstdint>
#include <vector>

#include "runtime/abi/gsp_abi.h"

namespace gsp::rt {

enum class Part : uint8_t {  // SIPp: -sf, -oocsf, -rxsf
    Main,                    // the run is about it: rate, -m, -l, its end and the statistics file are its own
    OutOfCall,               // answers requests that belong to no call
    Rx,                      // mixed mode: takes the calls that come in while the main one places some
    Also                     // places calls beside the main one; there may be more of them: also(0), also(1) …
};
constexpr Part also(size_t i) {
    return static_cast<Part>(static_cast<size_t>(Part::Also) + i);
}

// Programs that have passed check_program(). What answers beside the main scenario waits for calls, the main one places
// them.
struct Scenarios {
    const gsp_program& main;
    const gsp_program* out_of_call = nullptr;
    const gsp_program* rx = nullptr;
    uint32_t weight = 1;  // of the main one: its share of the planned calls, in proportion to those of `also`
    struct Weighted {
        const gsp_program* program;
        uint32_t weight;
    };
    std::vector<Weighted> also = {};  // at most kMostAlso
    static constexpr size_t kMostAlso = 31;

    std::vector<const gsp_program*> all() const {
        std::vector<const gsp_program*> programs{&main};
        for (const gsp_program* each : {out_of_call, rx})
            if (each) programs.push_back(each);
        for (const Weighted& each : also) programs.push_back(each.program);
        return programs;
    }
};

}  // namespace gsp::rt
