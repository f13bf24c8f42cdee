// SPDX-License-Identifier: Apache-2.0
// Maps 64-bit hashes to call numbers: open addressing with linear probing, 8 bytes a slot, at most 3/4 full. Keys are
// not stored: find() asks the caller whether a candidate is the right one. Erasing moves later entries back, so nothing
// is left behind. Owned by one worker.
#pragma once
#include <bit>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace gsp::rt {

class CallIndex {
public:
    static constexpr uint32_t kNone = 0xffffffff;  // no value; must not be inserted

    explicit CallIndex(size_t expected = 0) : slots_(slots_for(expected)) {}

    // The value for which equal(value) holds among those inserted with this hash, else kNone.
    template <class F>
    uint32_t find(uint64_t hash, F&& equal) const {
        uint32_t tag = tag_of(hash);
        for (size_t i = home(tag); slots_[i].value != kNone; i = next(i)) {
            if (slots_[i].tag == tag && equal(slots_[i].value)) return slots_[i].value;
        }
        return kNone;
    }

    // The caller has made sure that the key is not there yet.
    void insert(uint64_t hash, uint32_t value) {
        if ((size_ + 1) * 4 > slots_.size() * 3) grow();
        put({tag_of(hash), value});
        ++size_;
    }

    // False if it was not there.
    bool erase(uint64_t hash, uint32_t value) {
        uint32_t tag = tag_of(hash);
        size_t hole = home(tag);
        for (; slots_[hole].value != value || slots_[hole].tag != tag; hole = next(hole)) {
            if (slots_[hole].value == kNone) return false;
        }
        // Close the gap: move back every entry that the gap would hide from its home slot.
        for (size_t i = next(hole); slots_[i].value != kNone; i = next(i)) {
            if (distance(home(slots_[i].tag), i) < distance(hole, i)) continue;
            slots_[hole] = slots_[i];
            hole = i;
        }
        slots_[hole] = {};
        --size_;
        return true;
    }

    size_t size() const { return size_; }
    size_t capacity() const { return slots_.size(); }

private:
    struct Slot {
        uint32_t tag = 0;  // upper half of the hash; its top bits are the home slot
        uint32_t value = kNone;
    };
    static constexpr size_t kSmallest = 16;

    static size_t slots_for(size_t entries) { return std::bit_ceil(entries * 4 / 3 + kSmallest); }
    static uint32_t tag_of(uint64_t hash) { return static_cast<uint32_t>(hash >> 32); }
    size_t home(uint32_t tag) const { return tag >> (32 - std::countr_zero(slots_.size())); }
    size_t next(size_t i) const { return (i + 1) & (slots_.size() - 1); }
    size_t distance(size_t from, size_t to) const { return (to - from) & (slots_.size() - 1); }

    void put(Slot slot) {
        size_t i = home(slot.tag);
        while (slots_[i].value != kNone) i = next(i);
        slots_[i] = slot;
    }
    void grow() {
        std::vector<Slot> old(slots_.size() * 2);
        old.swap(slots_);
        for (const Slot& slot : old) {
            if (slot.value != kNone) put(slot);
        }
    }

    std::vector<Slot> slots_;
    size_t size_ = 0;
};

}  // namespace gsp::rt
