// SPDX-License-Identifier: Apache-2.0
// What part a run plays among its twins, from its command line and its scenario (SIPp's table).
#pragma once
#include "runtime/abi/gsp_abi.h"
#include "runtime/config.h"

namespace gsp::rt {

enum class TwinRole : uint8_t { None, A, APassive, B, Master, MasterPassive, Slave };

constexpr TwinRole twin_role(const gsp_program& program, const TwinConfig& config) {
    const bool creates = (program.flags & GSP_PROGRAM_CLIENT) != 0;
    if (!config.slave.empty()) return TwinRole::Slave;
    if (!config.master.empty()) return creates ? TwinRole::Master : TwinRole::MasterPassive;
    if (config.address.empty()) return TwinRole::None;
    if (!(program.flags & GSP_PROGRAM_COMMAND_FIRST)) return TwinRole::B;
    return creates ? TwinRole::A : TwinRole::APassive;
}

// Does an unknown Call-ID, from a twin or a peer, start a call?
constexpr bool takes_calls_of_twin(TwinRole role) {
    return role == TwinRole::APassive || role == TwinRole::B || role == TwinRole::MasterPassive ||
           role == TwinRole::Slave;
}
constexpr bool is_classic(TwinRole role) {
    return role == TwinRole::A || role == TwinRole::APassive || role == TwinRole::B;
}

}  // namespace gsp::rt
