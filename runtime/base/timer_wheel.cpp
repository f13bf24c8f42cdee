// SPDX-License-Identifier: Apache-2.0
// Rings of intrusive nodes. A due time is rounded up to a tick, so nothing fires early.
#include "runtime/base/timer_wheel.h"

#include <bit>
#include <cstddef>

namespace gsp::rt {

namespace {

constexpr uint64_t kEpochTicks = uint64_t{1} << 32;
constexpr uint32_t kOverflow = UINT32_MAX;  // "slot" of the overflow ring

void make_empty(TimerNode& head) {
    head.prev = head.next = &head;
}

bool is_empty(const TimerNode& head) {
    return head.next == &head;
}

void append(TimerNode& head, TimerNode& node) {
    node.prev = head.prev;
    node.next = &head;
    head.prev->next = &node;
    head.prev = &node;
}

void append_all(TimerNode& head, TimerNode& other) {
    if (is_empty(other)) return;
    other.next->prev = head.prev;
    head.prev->next = other.next;
    other.prev->next = &head;
    head.prev = other.prev;
    make_empty(other);
}

uint64_t tick_of(uint64_t due_ns) {
    return due_ns / kMillisecond + (due_ns % kMillisecond != 0);
}

}  // namespace

TimerWheel::TimerWheel() {
    for (TimerNode& head : slots_) make_empty(head);
    make_empty(overflow_);
    make_empty(overdue_);
    make_empty(due_);
}

void TimerWheel::arm(TimerNode& node, uint64_t due_ns) {
    disarm(node);
    node.due_ns = due_ns;
    ++size_;
    uint64_t due_tick = tick_of(due_ns);
    if (due_tick <= horizon_)
        append(overdue_, node);
    else
        place(node, due_tick);
}

void TimerWheel::disarm(TimerNode& node) {
    if (!node.armed()) return;
    TimerNode* before = node.prev;
    before->next = node.next;
    node.next->prev = before;
    node.prev = node.next = nullptr;
    --size_;
    if (before->next != before) return;
    // The ring is empty now and `before` its head: if it is a slot, its bit goes.
    uintptr_t offset = reinterpret_cast<uintptr_t>(before) - reinterpret_cast<uintptr_t>(slots_.data());
    if (offset < sizeof slots_) {
        std::size_t slot = offset / sizeof(TimerNode);
        set_unused(slot);
    }
}

// due_tick > tick_
void TimerWheel::place(TimerNode& node, uint64_t due_tick) {
    uint64_t differing = due_tick ^ tick_;
    if (differing >= kEpochTicks) {
        append(overflow_, node);
        return;
    }
    uint32_t level = static_cast<uint32_t>(std::bit_width(differing) - 1) / kSlotBits;
    std::size_t slot = level * kSlots + ((due_tick >> (level * kSlotBits)) & (kSlots - 1));
    append(slots_[slot], node);
    set_used(slot);
}

// Tick at which the first used slot begins (UINT64_MAX if there is none).
uint64_t TimerWheel::next_slot(uint32_t& slot) const {
    if (used_words_) {
        const auto word = static_cast<uint32_t>(std::countr_zero(used_words_));
        slot = word * 64 + static_cast<uint32_t>(std::countr_zero(used_[word]));
        uint32_t shift = slot / kSlots * kSlotBits;
        uint64_t above = tick_ >> shift >> kSlotBits << kSlotBits;
        return (above | slot % kSlots) << shift;
    }
    slot = kOverflow;
    return is_empty(overflow_) ? UINT64_MAX : (tick_ / kEpochTicks + 1) * kEpochTicks;
}

void TimerWheel::begin_expire(uint64_t tick) {
    if (tick > horizon_) horizon_ = tick;
    append_all(due_, overdue_);
}

TimerNode* TimerWheel::take_due() {
    while (is_empty(due_)) {
        uint32_t slot;
        uint64_t start = next_slot(slot);
        if (start > horizon_) {
            tick_ = horizon_;
            return nullptr;
        }
        tick_ = start;
        if (slot == kOverflow) {
            redistribute(overflow_);
            continue;
        }
        set_unused(slot);
        if (slot < kSlots)
            append_all(due_, slots_[slot]);
        else
            redistribute(slots_[slot]);
    }
    TimerNode* node = due_.next;
    disarm(*node);
    return node;
}

void TimerWheel::redistribute(TimerNode& list) {
    TimerNode* node = list.next;
    TimerNode* last = list.prev;
    make_empty(list);
    for (bool more = true; more;) {
        more = node != last;
        TimerNode* next = node->next;
        uint64_t due_tick = tick_of(node->due_ns);
        if (due_tick == tick_)
            append(due_, *node);
        else
            place(*node, due_tick);
        node = next;
    }
}

uint64_t TimerWheel::next_due_ns() const {
    if (!is_empty(overdue_)) return tick_ * kMillisecond;
    uint32_t slot;
    uint64_t start = next_slot(slot);
    return start > kNever / kMillisecond ? kNever : start * kMillisecond;
}

}  // namespace gsp::rt
