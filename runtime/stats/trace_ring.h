// SPDX-License-Identifier: Apache-2.0
// A bounded queue of records between two threads, one that writes and one that reads. Neither ever waits for the other:
// what finds no room is refused.
#pragma once
#include <atomic>
#include <cstddef>
#include <memory>

#include "runtime/stats/trace_record.h"

namespace gsp::rt {

class TraceRing {
public:
    explicit TraceRing(size_t bytes);  // rounded up to a power of two

    // The writing thread: a copy of the record and of its texts. False: there is no room.
    bool push(const TraceRecord&) noexcept;

    // The reading thread. What pop() returns is valid until release(), which has to follow. False: empty.
    bool pop(TraceRecord&) noexcept;
    void release() noexcept;

private:
    struct Slot;
    Slot* slot(uint64_t position) noexcept;

    size_t capacity_;
    std::unique_ptr<std::byte[]> bytes_;
    // Positions only grow; each has a cache line of its own.
    alignas(64) std::atomic<uint64_t> written_{0};
    alignas(64) std::atomic<uint64_t> read_{0};
    uint64_t next_read_ = 0;  // where release() goes to
};

}  // namespace gsp::rt
