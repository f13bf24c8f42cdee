// SPDX-License-Identifier: Apache-2.0
// Datagrams in a room of fixed size: the first ones stay, of the others the last ones. Nothing allocates after it was
// made. One thread at a time.
#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

#include "runtime/transport/transport.h"

namespace gsp::rt {

struct StoredPacket {
    uint64_t at_ns;  // wall clock, since 1970
    Address from, to;
    std::string_view head, rest;  // its bytes, in two parts
};

class PacketStore {
public:
    explicit PacketStore(size_t bytes);  // a quarter of them is for the first packets
    void add(const StoredPacket&);
    void clear() { first_end_ = 0, first_full_ = false, begin_ = end_ = left_out_ = 0; }
    bool empty() const { return first_end_ == 0 && begin_ == end_; }
    uint64_t left_out() const { return left_out_; }  // between the first and the last ones
    template <class F>
    void each(F&& f) const {  // f(packet), in the order in which they were added; its bytes are in `head`
        for (size_t at = 0; at < first_end_; at += size_at(first(at))) f(packet_at(first(at)));
        for (uint64_t at = begin_; at < end_;) {
            const uint64_t size = size_at(last(at));
            if (size == kSkip) {
                at += to_end(at);
                continue;
            }
            f(packet_at(last(at)));
            at += size;
        }
    }

private:
    struct Head;
    static constexpr uint64_t kSkip = UINT64_MAX;  // the next one is at the begin of the ring
    static uint64_t size_at(const char*);
    static StoredPacket packet_at(const char*);
    static void write(char*, uint64_t size, const StoredPacket&);
    const char* first(size_t at) const { return bytes_.get() + at; }
    const char* last(uint64_t at) const { return bytes_.get() + first_size_ + at % ring_size_; }
    char* last(uint64_t at) { return bytes_.get() + first_size_ + at % ring_size_; }
    size_t to_end(uint64_t at) const { return ring_size_ - at % ring_size_; }
    void make_room(uint64_t up_to);

    size_t first_size_, ring_size_;
    std::unique_ptr<char[]> bytes_;
    size_t first_end_ = 0;
    bool first_full_ = false;
    uint64_t begin_ = 0, end_ = 0;  // in the ring; they only grow
    uint64_t left_out_ = 0;
};

}  // namespace gsp::rt
