// SPDX-License-Identifier: Apache-2.0
// What a thread of media counts: the rows of counters.def from kFirst to kLast. It alone writes; any thread
// reads.
#pragma once
#include <array>
#include <atomic>
#include <cstdint>

#include "runtime/stats/counters.h"

namespace gsp::rt {

template <Counter kFirst, Counter kLast>
class ThreadCounts {
public:
    void add(Counter counter, uint64_t n) {
        std::atomic<uint64_t>& value = values_[index(counter)];
        value.store(value.load(std::memory_order_relaxed) + n, std::memory_order_relaxed);  // one writer
    }
    uint64_t operator[](Counter counter) const { return values_[index(counter)].load(std::memory_order_relaxed); }
    template <class F>
    void each(F&& f) const {  // f(counter, value)
        for (size_t i = 0; i < values_.size(); ++i) {
            const auto counter = static_cast<Counter>(static_cast<size_t>(kFirst) + i);
            f(counter, (*this)[counter]);
        }
    }

private:
    static size_t index(Counter counter) { return static_cast<size_t>(counter) - static_cast<size_t>(kFirst); }
    std::array<std::atomic<uint64_t>, static_cast<size_t>(kLast) - static_cast<size_t>(kFirst) + 1> values_{};
};
using MediaCounts = ThreadCounts<Counter::RtpPacketsSent, Counter::MediaFilesFailed>;

}  // namespace gsp::rt
