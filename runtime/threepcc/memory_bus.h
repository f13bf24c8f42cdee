// SPDX-License-Identifier: Apache-2.0
// Twins in one process (3PCC): commands travel in memory and arrive, in order, a fixed time later on the clock of the
// runs, so that whole 3PCC runs work in virtual time. All its workers share one thread.
#pragma once
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>

#include "runtime/base/clock.h"
#include "runtime/threepcc/command_bus.h"

namespace gsp::rt {

class MemoryBus {
public:
    explicit MemoryBus(Clock& clock, uint64_t delay_ns = 0) : clock_(clock), delay_ns_(delay_ns) {}

    // A twin; `name` as in `dest`, empty in classic 3PCC, where each of two sends to the other. Lives as long as the
    // bus.
    CommandBus& join(std::string name = {});
    void start(CommandBus& twin, TwinEvents);  // from now on it is connected
    void leave(CommandBus& twin);              // the others learn it

    void deliver();                // what has arrived by now
    uint64_t next_due_ns() const;  // TimerWheel::kNever: nothing is on its way

private:
    struct Twin final : CommandBus {
        Twin(MemoryBus& b, std::string n) : bus(b), name(std::move(n)) {}
        bool send(std::string_view peer, std::string_view command) override;
        MemoryBus& bus;
        const std::string name;
        TwinEvents events;
        bool connected = false;
    };
    struct OnItsWay {
        uint64_t due_ns;
        Twin* to;
        std::optional<std::string> command;  // nothing: the sender has left
    };

    Clock& clock_;
    const uint64_t delay_ns_;
    std::deque<Twin> twins_;
    std::deque<OnItsWay> on_their_way_;
};

}  // namespace gsp::rt
