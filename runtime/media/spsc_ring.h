// SPDX-License-Identifier: Apache-2.0
// A bounded queue between one thread that writes and one that reads; no lock, and neither waits for the other.
#pragma once
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <utility>

namespace gsp::rt {

template <class T, size_t kSize>  // a power of two
class SpscRing {
    static_assert((kSize & (kSize - 1)) == 0);

public:
    // The writing thread. False: there is no room, `item` is as it was.
    bool push(T&& item) {
        const uint64_t at = written_.load(std::memory_order_relaxed);
        if (at - read_.load(std::memory_order_acquire) == kSize) return false;
        slots_[at % kSize] = std::move(item);
        written_.store(at + 1, std::memory_order_release);
        return true;
    }
    // The reading thread. False: empty.
    bool pop(T& out) {
        const uint64_t at = read_.load(std::memory_order_relaxed);
        if (at == written_.load(std::memory_order_acquire)) return false;
        out = std::move(slots_[at % kSize]);
        read_.store(at + 1, std::memory_order_release);
        return true;
    }
    bool empty() const { return read_.load(std::memory_order_relaxed) == written_.load(std::memory_order_acquire); }

private:
    std::array<T, kSize> slots_{};
    alignas(64) std::atomic<uint64_t> written_{0};  // positions only grow; each has a cache line of its own
    alignas(64) std::atomic<uint64_t> read_{0};
};

}  // namespace gsp::rt
