// SPDX-License-Identifier: Apache-2.0
#include "runtime/threepcc/memory_bus.h"

#include <utility>

#include "runtime/base/timer_wheel.h"

namespace gsp::rt {

CommandBus& MemoryBus::join(std::string name) {
    return twins_.emplace_back(*this, std::move(name));
}

void MemoryBus::start(CommandBus& twin, TwinEvents events) {
    auto& started = static_cast<Twin&>(twin);
    started.events = std::move(events);
    started.connected = true;
}

void MemoryBus::leave(CommandBus& twin) {
    static_cast<Twin&>(twin).connected = false;
    for (Twin& other : twins_)
        if (other.connected) on_their_way_.push_back({clock_.read_ns() + delay_ns_, &other, {}});
}

bool MemoryBus::Twin::send(std::string_view peer, std::string_view command) {
    for (Twin& other : bus.twins_) {
        const bool meant = peer.empty() ? &other != this : other.name == peer;
        if (!meant || !other.connected) continue;
        bus.on_their_way_.push_back({bus.clock_.read_ns() + bus.delay_ns_, &other, std::string(command)});
        return true;
    }
    return false;
}

// What is sent meanwhile has to wait for the next time, so that twins that answer at once cannot hold up the rest.
void MemoryBus::deliver() {
    const uint64_t now = clock_.read_ns();
    for (size_t n = on_their_way_.size(); n > 0 && on_their_way_.front().due_ns <= now; --n) {
        const OnItsWay arrived = std::move(on_their_way_.front());
        on_their_way_.pop_front();
        if (!arrived.to->connected) continue;
        if (arrived.command)
            arrived.to->events.command(*arrived.command);
        else
            arrived.to->events.gone();
    }
}

uint64_t MemoryBus::next_due_ns() const {
    return on_their_way_.empty() ? TimerWheel::kNever : on_their_way_.front().due_ns;
}

}  // namespace gsp::rt
