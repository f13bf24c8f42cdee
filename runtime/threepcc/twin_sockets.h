// SPDX-License-Identifier: Apache-2.0
// 3PCC over TCP: listens and connects as the role of a run asks for, and carries commands, each ended by the byte 0x1B.
// Lives in run(), on the loop's thread; SIPp's rules (docs/3pcc.md).
#pragma once
#include <cstdint>
#include <memory>
#include <string_view>

#include "runtime/abi/gsp_abi.h"
#include "runtime/base/result.h"
#include "runtime/config.h"
#include "runtime/threepcc/command_bus.h"

namespace boost::asio {
class io_context;
}

namespace gsp::rt {

class TwinSockets final : public CommandBus {
public:
    // Set-up: may block until the twins are connected; one that refuses is an error.
    static Result<std::unique_ptr<TwinSockets>> open(boost::asio::io_context&, const gsp_program&, const TwinConfig&);
    ~TwinSockets() override;  // what has not been sent yet is offered to the sockets once more

    void start(TwinEvents);  // from now on twins are accepted and listened to
    bool send(std::string_view peer, std::string_view command) override;
    uint16_t port() const;  // on which it listens; 0: it does not

private:
    TwinSockets() = default;
    struct Impl;
    std::shared_ptr<Impl> impl_;
};

}  // namespace gsp::rt
