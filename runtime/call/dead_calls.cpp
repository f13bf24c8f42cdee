// SPDX-License-Identifier: Apache-2.0
#include "runtime/call/dead_calls.h"

namespace gsp::rt {

size_t DeadCalls::slot_of(uint64_t hash) const {
    size_t mask = table_.size() - 1, i = hash & mask;
    while (table_[i].hash != 0 && table_[i].hash != hash) i = (i + 1) & mask;
    return i;
}

void DeadCalls::grow() {
    std::vector<Slot> old(table_.size() * 2);
    old.swap(table_);
    for (const Slot& slot : old)
        if (slot.hash) table_[slot_of(slot.hash)] = slot;
}

// Closes the gap, so that no later entry of the same run is lost.
void DeadCalls::erase(size_t slot) {
    size_t mask = table_.size() - 1;
    for (size_t i = (slot + 1) & mask; table_[i].hash; i = (i + 1) & mask) {
        size_t home = table_[i].hash & mask;
        if (((i - home) & mask) >= ((i - slot) & mask)) {
            table_[slot] = table_[i];
            slot = i;
        }
    }
    table_[slot] = Slot{};
    --used_;
}

void DeadCalls::push(Slot entry) {
    if (queued_ == queue_.size()) {
        std::vector<Slot> bigger(queue_.empty() ? 64 : queue_.size() * 2);
        for (size_t i = 0; i < queued_; ++i) bigger[i] = queue_[(head_ + i) & (queue_.size() - 1)];
        bigger.swap(queue_);
        head_ = 0;
    }
    queue_[(head_ + queued_++) & (queue_.size() - 1)] = entry;
}

void DeadCalls::add(uint64_t hash, uint64_t now_ns) {
    if (keep_ns_ == 0) return;
    if (hash == 0) hash = 1;
    if ((used_ + 1) * 4 > table_.size() * 3) grow();
    Slot& slot = table_[slot_of(hash)];
    bool known = slot.hash != 0;
    slot = {hash, now_ns + keep_ns_};
    if (known) return;  // its queue entry moves on when its turn comes
    ++used_;
    push(slot);
}

bool DeadCalls::touch(uint64_t hash, uint64_t now_ns) {
    if (used_ == 0) return false;
    Slot& slot = table_[slot_of(hash ? hash : 1)];
    if (slot.hash == 0 || slot.expires_ns <= now_ns) return false;
    slot.expires_ns = now_ns + keep_ns_;
    return true;
}

void DeadCalls::expire(uint64_t now_ns) {
    while (queued_ && queue_[head_].expires_ns <= now_ns) {
        size_t slot = slot_of(queue_[head_].hash);
        head_ = (head_ + 1) & (queue_.size() - 1);
        --queued_;
        if (table_[slot].expires_ns <= now_ns)
            erase(slot);
        else
            push(table_[slot]);
    }
}

}  // namespace gsp::rt
