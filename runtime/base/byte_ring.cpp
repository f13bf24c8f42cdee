// SPDX-License-Identifier: Apache-2.0
#include "runtime/base/byte_ring.h"

#include <algorithm>
#include <bit>

namespace gsp::rt {

struct ByteRing::Head {
    uint64_t size;  // with this head, a multiple of 8; kSkip: the next block is at the start of the ring
};

namespace {

constexpr uint64_t kSkip = UINT64_MAX;
constexpr size_t kAlign = 8, kSmallest = 4096, kLargest = size_t{1} << 31;

}  // namespace

ByteRing::ByteRing(size_t bytes)
    : capacity_(std::bit_ceil(std::clamp(bytes, kSmallest, kLargest))),
      bytes_(std::make_unique_for_overwrite<std::byte[]>(capacity_)) {}

ByteRing::Head* ByteRing::head(uint64_t position) noexcept {
    return reinterpret_cast<Head*>(bytes_.get() + (position & (capacity_ - 1)));
}

char* ByteRing::reserve(size_t bytes) noexcept {
    const size_t size = (sizeof(Head) + bytes + kAlign - 1) / kAlign * kAlign;
    uint64_t position = written_.load(std::memory_order_relaxed);
    const size_t to_end = capacity_ - (position & (capacity_ - 1));
    const size_t skipped = size > to_end ? to_end : 0;
    if (position + skipped + size - read_.load(std::memory_order_acquire) > capacity_) return nullptr;
    if (skipped) {
        head(position)->size = kSkip;
        position += skipped;
    }
    Head* const block = head(position);
    block->size = size;
    next_write_ = position + size;
    return reinterpret_cast<char*>(block + 1);
}

void ByteRing::commit() noexcept {
    written_.store(next_write_, std::memory_order_release);
}

const char* ByteRing::next() noexcept {
    if (next_read_ == written_.load(std::memory_order_acquire)) return nullptr;
    if (head(next_read_)->size == kSkip) next_read_ += capacity_ - (next_read_ & (capacity_ - 1));
    const Head* const block = head(next_read_);
    next_read_ += block->size;
    return reinterpret_cast<const char*>(block + 1);
}

void ByteRing::release() noexcept {
    read_.store(next_read_, std::memory_order_release);
}

}  // namespace gsp::rt
