// SPDX-License-Identifier: Apache-2.0
#include "runtime/media/packet_store.h"

#include <algorithm>
#include <cstring>

namespace gsp::rt {

namespace {

constexpr size_t kAlign = 8, kSmallest = 16384;

}  // namespace

struct PacketStore::Head {
    uint64_t size;  // with this head, a multiple of kAlign
    uint64_t at_ns;
    Address from, to;
    uint32_t len;
};

PacketStore::PacketStore(size_t bytes)
    : first_size_(std::max(bytes, kSmallest) / 4 / kAlign * kAlign),
      ring_size_(std::max(bytes, kSmallest) / kAlign * kAlign - first_size_),
      bytes_(std::make_unique_for_overwrite<char[]>(first_size_ + ring_size_)) {}

uint64_t PacketStore::size_at(const char* at) {
    uint64_t size;
    std::memcpy(&size, at, sizeof size);
    return size;
}

StoredPacket PacketStore::packet_at(const char* at) {
    Head head;
    std::memcpy(static_cast<void*>(&head), at, sizeof head);
    return {head.at_ns, head.from, head.to, {at + sizeof head, head.len}, {}};
}

void PacketStore::write(char* at, uint64_t size, const StoredPacket& packet) {
    const auto put = [&](const void* bytes, size_t n) {
        if (n) std::memcpy(at, bytes, n);
        at += n;
    };
    const Head head{size, packet.at_ns, packet.from, packet.to,
                    static_cast<uint32_t>(packet.head.size() + packet.rest.size())};
    put(&head, sizeof head);
    put(packet.head.data(), packet.head.size());
    put(packet.rest.data(), packet.rest.size());
}

// The oldest ones of the ring go.
void PacketStore::make_room(uint64_t up_to) {
    while (up_to - begin_ > ring_size_) {
        const uint64_t size = size_at(last(begin_));
        if (size != kSkip) ++left_out_;
        begin_ += size == kSkip ? to_end(begin_) : size;
    }
}

void PacketStore::add(const StoredPacket& packet) {
    const size_t size = (sizeof(Head) + packet.head.size() + packet.rest.size() + kAlign - 1) / kAlign * kAlign;
    if (!first_full_ && first_end_ + size <= first_size_) {
        write(bytes_.get() + first_end_, size, packet);
        first_end_ += size;
        return;
    }
    first_full_ = true;
    if (size > ring_size_) {
        ++left_out_;
        return;
    }
    if (size > to_end(end_)) {
        const uint64_t next = end_ + to_end(end_);
        make_room(next);
        std::memcpy(last(end_), &kSkip, sizeof kSkip);
        end_ = next;
    }
    make_room(end_ + size);
    write(last(end_), size, packet);
    end_ += size;
}

}  // namespace gsp::rt
