// SPDX-License-Identifier: Apache-2.0
// Which stream a datagram belongs to that arrived at a socket that all have in common: that which sends to where it
// came from. If several do, none. Allocates when a stream begins.
#pragma once
#include <cstdint>
#include <string_view>
#include <unordered_map>

#include "runtime/base/hash.h"
#include "runtime/transport/transport.h"

namespace gsp::rt {

class SourceMap {
public:
    void add(const Address& source, uint64_t stream) { change(source, stream, 1); }
    void remove(const Address& source, uint64_t stream) { change(source, stream, UINT32_MAX); }
    static constexpr uint64_t kNone = UINT64_MAX;
    uint64_t find(const Address& source) const {
        const auto found = entries_.find(source);
        return found != entries_.end() && found->second.streams == 1 ? found->second.mixed : kNone;
    }

private:
    struct Hash {
        size_t operator()(const Address& a) const {
            return hash_bytes({reinterpret_cast<const char*>(&a), sizeof a}, 0);
        }
    };
    struct Entry {
        uint32_t streams = 0;
        uint64_t mixed = 0;  // how many there are; their numbers, by exclusive or
    };
    void change(const Address& source, uint64_t stream, uint32_t by) {
        Entry& entry = entries_[source];
        entry.streams += by;
        entry.mixed ^= stream;
        if (entry.streams == 0) entries_.erase(source);
    }
    std::unordered_map<Address, Entry, Hash> entries_;
};

}  // namespace gsp::rt
