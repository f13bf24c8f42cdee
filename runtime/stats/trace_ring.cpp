// SPDX-License-Identifier: Apache-2.0
#include "runtime/stats/trace_ring.h"

#include <algorithm>
#include <bit>
#include <cstring>

namespace gsp::rt {

// Head of a record in the ring; its texts follow. Slots begin at multiples of 8 and do not wrap.
struct TraceRing::Slot {
    uint32_t size;  // with the texts, a multiple of 8; kSkip: the next slot is at the start of the ring
    TraceFile file;
    TraceKind kind;
    uint64_t time_ns, call, value;
    std::array<uint32_t, 3> length;
};

namespace {

constexpr uint32_t kSkip = UINT32_MAX;
constexpr size_t kAlign = 8, kSmallest = 4096, kLargest = size_t{1} << 31;

}  // namespace

TraceRing::TraceRing(size_t bytes)
    : capacity_(std::bit_ceil(std::clamp(bytes, kSmallest, kLargest))),
      bytes_(std::make_unique_for_overwrite<std::byte[]>(capacity_)) {}

TraceRing::Slot* TraceRing::slot(uint64_t position) noexcept {
    return reinterpret_cast<Slot*>(bytes_.get() + (position & (capacity_ - 1)));
}

bool TraceRing::push(const TraceRecord& record) noexcept {
    size_t size = sizeof(Slot);
    for (const std::string_view text : record.text) size += text.size();
    size = (size + kAlign - 1) / kAlign * kAlign;
    uint64_t position = written_.load(std::memory_order_relaxed);
    const size_t to_end = capacity_ - (position & (capacity_ - 1));
    const size_t skipped = size > to_end ? to_end : 0;
    if (position + skipped + size - read_.load(std::memory_order_acquire) > capacity_) return false;
    if (skipped) {
        std::memcpy(slot(position), &kSkip, sizeof kSkip);
        position += skipped;
    }
    Slot& s = *slot(position);
    s = {static_cast<uint32_t>(size), record.file, record.kind, record.time_ns, record.call, record.value, {}};
    char* out = reinterpret_cast<char*>(&s + 1);
    for (size_t i = 0; i < record.text.size(); ++i) {
        s.length[i] = static_cast<uint32_t>(record.text[i].size());
        if (s.length[i]) std::memcpy(out, record.text[i].data(), s.length[i]);
        out += s.length[i];
    }
    written_.store(position + size, std::memory_order_release);
    return true;
}

bool TraceRing::pop(TraceRecord& record) noexcept {
    uint64_t position = read_.load(std::memory_order_relaxed);
    if (position == written_.load(std::memory_order_acquire)) return false;
    uint32_t size;
    std::memcpy(&size, slot(position), sizeof size);
    if (size == kSkip) position += capacity_ - (position & (capacity_ - 1));
    const Slot& s = *slot(position);
    record = {s.file, s.kind, s.time_ns, s.call, s.value, {}};
    const char* in = reinterpret_cast<const char*>(&s + 1);
    for (size_t i = 0; i < record.text.size(); ++i) {
        record.text[i] = {in, s.length[i]};
        in += s.length[i];
    }
    next_read_ = position + s.size;
    return true;
}

void TraceRing::release() noexcept {
    read_.store(next_read_, std::memory_order_release);
}

}  // namespace gsp::rt
