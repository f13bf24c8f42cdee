// SPDX-License-Identifier: Apache-2.0
// Hierarchical timer wheel: 4 levels of 256 slots, ticks of 1 ms, a bitmap per level; nodes are intrusive, nothing allocates. A timer fires
// in the first expire() whose time is not before its due time (never early; at most one tick late). Owned and used by one worker.
#pragma once
#include <array>
#include <cstdint>

#include "runtime/base/clock.h"

namespace gsp::rt {

struct TimerNode {
    TimerNode* prev = nullptr;  // nullptr: not armed
    TimerNode* next = nullptr;
    uint64_t due_ns = 0;
    bool armed() const { return prev != nullptr; }
};

class TimerWheel {
public:
    static constexpr uint64_t kNever = UINT64_MAX;
    TimerWheel();
    TimerWheel(const TimerWheel&) = delete;
    TimerWheel& operator=(const TimerWheel&) = delete;

    void arm(TimerNode&, uint64_t due_ns);  // re-arms an armed node
    void disarm(TimerNode&);                // nothing if not armed
    // Takes every due node off the wheel, in order of ticks, and calls fired(node); fired may arm and disarm any node, also due ones.
    template <class F>
    void expire(uint64_t now_ns, F&& fired);
    uint64_t next_due_ns() const;  // lower bound for the next due time; kNever when nothing is armed
    uint32_t size() const { return size_; }

private:
    // layout and helpers are the implementer's
    struct Level {
        std::array<TimerNode, 256> slots;
        std::array<uint64_t, 4> used;
    };
    std::array<Level, 4> levels_;
    TimerNode overflow_;
    uint64_t tick_ = 0;
    uint32_t size_ = 0;
};

}  // namespace gsp::rt
