// SPDX-License-Identifier: Apache-2.0
// Several workers that wait for calls on one UDP port have a socket each, and the kernel gives a datagram to any of
// them. Here each reaches the worker whose call it is about: the owner of its Call-ID. What one receives for another is
// copied into a ring between the two.
#pragma once
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>
#include <vector>

#include "runtime/base/byte_ring.h"
#include "runtime/transport/transport.h"

namespace gsp::rt {

class Steering {
public:
    static constexpr uint32_t kNobody = UINT32_MAX;
    using Owner = std::function<uint32_t(std::string_view datagram)>;  // kNobody: whoever has it

    Steering(uint32_t workers, Owner owner, size_t ring_bytes = 1 << 20);

    // The transport of a worker, around the one with its socket; the steering must outlive it. `wake` is called on other
    // threads when there is something for it. To be called for all before any of them receives.
    std::unique_ptr<Transport> steer(uint32_t worker, std::unique_ptr<Transport>, std::function<void()> wake);

private:
    friend class SteeredTransport;
    ByteRing& ring(uint32_t from, uint32_t to) { return *rings_[from * n_ + to]; }

    const uint32_t n_;
    const Owner owner_;
    std::vector<std::unique_ptr<ByteRing>> rings_;
    std::vector<std::function<void()>> wake_;
};

// The owner of a call among so many workers. Takes other bits of the hash than the tables of calls do.
constexpr uint32_t owner_of(uint64_t call_hash, uint32_t workers) {
    return static_cast<uint32_t>((call_hash & 0xffffffff) * workers >> 32);
}

}  // namespace gsp::rt
