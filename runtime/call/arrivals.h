// SPDX-License-Identifier: Apache-2.0
// From a datagram to the scenario that it belongs to: the one that has its call, or the one whose part it is to start a
// call for it (SIPp's table). Calls are told apart by Call-ID. Only when a proxy sends a call of the main scenario on
// to this run itself, under the same Call-ID, its two ends are told apart by the [branch] of who sent the request. One
// worker owns it.
#pragma once
#include <cstdint>
#include <string_view>
#include <vector>

#include "runtime/call/engine.h"

namespace gsp::rt {

class Arrivals {
public:
    // `engines`: all scenarios of the run, the main one first.
    Arrivals(Shared& shared, const std::vector<Engine*>& engines);
    void receive(const RxPacket&);

private:
    void receive_unknown(std::string_view call_id, uint64_t hash);
    bool receive_as_callee(const Call& caller, std::string_view call_id, uint64_t hash);
    Engine* of(Part) const;  // nullptr: the run has none

    Shared& shared_;
    const std::vector<Engine*>& engines_;
    Engine& main_;
};

}  // namespace gsp::rt
