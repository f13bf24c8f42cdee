// SPDX-License-Identifier: Apache-2.0
// Call-IDs of ended calls, kept for some time so that late messages are recognised: 24 to 48 bytes each, first in,
// first out. Known by their 64-bit hash only. A late message restarts the time of its Call-ID. One worker owns it.
#pragma once
#include <cstddef>
#include <cstdint>
#include <vector>

namespace gsp::rt {

class DeadCalls {
public:
    explicit DeadCalls(uint64_t keep_ns) : keep_ns_(keep_ns) {}

    void add(uint64_t hash, uint64_t now_ns);  // nothing if the time is 0
    // It may be added soon: its slot, far from all others, is on its way here from memory meanwhile.
    void expect(uint64_t hash) const { __builtin_prefetch(&table_[hash & (table_.size() - 1)], 1); }
    bool touch(uint64_t hash, uint64_t now_ns);  // true: it is dead; its time starts again
    void expire(uint64_t now_ns);
    size_t size() const { return used_; }

private:
    struct Slot {
        uint64_t hash = 0;  // 0: free
        uint64_t expires_ns = 0;
    };
    size_t slot_of(uint64_t hash) const;  // its slot, or the free one where it belongs
    void erase(size_t slot);
    void grow();
    void push(Slot);

    uint64_t keep_ns_;
    std::vector<Slot> table_ = std::vector<Slot>(64);  // open addressing, a power of two
    size_t used_ = 0;
    std::vector<Slot> queue_;  // ring by time of entry; a power of two
    size_t head_ = 0, queued_ = 0;
};

}  // namespace gsp::rt
