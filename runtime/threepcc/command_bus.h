// SPDX-License-Identifier: Apache-2.0
// How the commands of a scenario (sendCmd, 3PCC) reach its twins, and what comes from them. The engine calls it, and is
// called, on its worker's thread.
#pragma once
#include <functional>
#include <string>
#include <string_view>

namespace gsp::rt {

class CommandBus {
public:
    virtual ~CommandBus() = default;
    // `peer` as in `dest`, empty in classic 3PCC. Never blocks, keeps the order. False: there is no connection to it,
    // or it does not take what is sent to it.
    virtual bool send(std::string_view peer, std::string_view command) = 0;
};

struct TwinEvents {
    std::function<void(std::string_view)> command;  // as it came, without the byte that ends it
    std::function<void()> gone;                     // a twin has ended its connection
    std::function<void(std::string_view)> warning;
    std::function<void(std::string)> failure;  // the run cannot go on
};

}  // namespace gsp::rt
