// SPDX-License-Identifier: Apache-2.0
// Hierarchical timer wheel: 4 levels of 256 slots, ticks of 1 ms, a bitmap per level; nodes are intrusive, nothing
// allocates. A timer fires in the first expire() whose time is not before its due time (never early; at most one tick
// late). Owned and used by one worker.
#pragma once
#include <array>
#include <cstddef>
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
    // Takes every due node off the wheel, in order of ticks, and calls fired(node); fired may arm and disarm any node,
    // also due ones. What is armed meanwhile waits for the next expire(), even if it is already due. Not to be called
    // by fired.
    template <class F>
    void expire(uint64_t now_ns, F&& fired) {
        begin_expire(now_ns / kMillisecond);
        while (TimerNode* node = take_due()) fired(*node);
    }
    // When expire() has something to do: exact to the tick for what is due within the current 256 ms, else no later
    // than the next due time; kNever when nothing is armed.
    uint64_t next_due_ns() const;
    uint32_t size() const { return size_; }

private:
    static constexpr uint32_t kLevels = 4, kSlotBits = 8, kSlots = 1u << kSlotBits, kWords = kSlots / 64;

    void begin_expire(uint64_t tick);
    TimerNode* take_due();
    void place(TimerNode&, uint64_t due_tick);
    void set_used(std::size_t slot) {
        used_[slot / 64] |= uint64_t{1} << (slot % 64);
        used_words_ |= 1u << (slot / 64);
    }
    void set_unused(std::size_t slot) {
        used_[slot / 64] &= ~(uint64_t{1} << (slot % 64));
        if (used_[slot / 64] == 0) used_words_ &= ~(1u << (slot / 64));
    }
    uint64_t next_slot(uint32_t& slot) const;
    void redistribute(TimerNode& list);

    // A node whose due tick shares all but the lowest n + 1 bytes with tick_ is on level n, in the slot named by byte n
    // of its due tick. So every level lies before the next one, slots never wrap, and the first used slot of the lowest
    // used level is what comes next.
    std::array<TimerNode, kLevels * kSlots> slots_;  // heads of rings
    std::array<uint64_t, kLevels * kWords> used_{};  // a bit for each slot that is not empty
    uint32_t used_words_ = 0;                        // … and for each word of these that is not zero
    TimerNode overflow_;                             // due when tick_ has passed a multiple of 2^32, or later
    TimerNode overdue_;                              // was due when it was armed
    TimerNode due_;                                  // being fired
    uint64_t tick_ = 0;                              // what was due up to here has left the slots
    uint64_t horizon_ = 0;                           // the tick of the newest expire(); tick_ once that is done
    uint32_t size_ = 0;
};

}  // namespace gsp::rt
