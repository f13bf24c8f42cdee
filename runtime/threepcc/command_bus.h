// SPDX-License-Identifier: Apache-2.0
// How the commands of a scenario (sendCmd, 3PCC) reach its twins. The engine calls it, on its worker's thread; what comes
// in goes to Engine::receive_command().
#pragma once
#include <string_view>

namespace gsp::rt {

class CommandBus {
public:
    virtual ~CommandBus() = default;
    // `peer` as in `dest`, empty in classic 3PCC. False: there is no connection to it.
    virtual bool send(std::string_view peer, std::string_view command) = 0;
};

}  // namespace gsp::rt
