// SPDX-License-Identifier: Apache-2.0
// A bounded queue of blocks of bytes between two threads, one that writes and one that reads. Neither ever waits for
// the other: what finds no room is refused. Blocks begin at multiples of 8.
#pragma once
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>

namespace gsp::rt {

class ByteRing {
public:
    explicit ByteRing(size_t bytes);  // rounded up to a power of two

    // The writing thread: room for a block, to be filled before commit(). nullptr: there is none.
    char* reserve(size_t bytes) noexcept;
    void commit() noexcept;

    // The reading thread: the block after the last one, nullptr: there is none. Blocks are valid until release().
    const char* next() noexcept;
    void release() noexcept;  // of all that next() has given
    bool empty() const noexcept { return next_read_ == written_.load(std::memory_order_acquire); }  // next() has all

private:
    struct Head;
    Head* head(uint64_t position) noexcept;

    size_t capacity_;
    std::unique_ptr<std::byte[]> bytes_;
    // Positions only grow; each has a cache line of its own.
    alignas(64) std::atomic<uint64_t> written_{0};
    uint64_t next_write_ = 0;  // where commit() goes to
    alignas(64) std::atomic<uint64_t> read_{0};
    uint64_t next_read_ = 0;  // where release() goes to
};

}  // namespace gsp::rt
