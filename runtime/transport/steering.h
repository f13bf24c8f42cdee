// SPDX-License-Identifier: Apache-2.0
// Several workers that wait for calls at one port have sockets and connections of their own, and the kernel gives a
// datagram or a connection to any of them. Here each message reaches the worker whose call it is about, the owner of
// its Call-ID, and what that sends leaves over the connection of whoever has it: through rings from each worker to each
// other one. The end of a connection is told to all.
#pragma once
#include <array>
#include <atomic>
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
    using Owner = std::function<uint32_t(std::string_view message)>;  // kNobody: whoever has it

    Steering(uint32_t workers, Owner owner, size_t ring_bytes = 1 << 20);

    // The transport of a worker, around the one with its socket; the steering must outlive it. `wake` is called on
    // other threads when there is something for it. To be called for all before any of them receives.
    std::unique_ptr<Transport> steer(uint32_t worker, std::unique_ptr<Transport>, std::function<void()> wake);

private:
    friend class SteeredTransport;
    struct Way {  // from one worker to another
        explicit Way(size_t bytes) : ring(bytes) {}
        ByteRing ring;
        uint64_t to_send = 0;           // messages to be sent by the other; of the writing thread
        std::atomic<uint64_t> sent{0};  // … that it has sent
    };
    Way& way(uint32_t from, uint32_t to) { return *ways_[from * n_ + to]; }
    // Where it is noted that an end has been counted. Ends use the same one in turn: far more than are on their way.
    std::atomic<uint64_t>& counted(uint64_t end) { return counted_[end % counted_.size()]; }

    const uint32_t n_;
    const Owner owner_;
    std::vector<std::unique_ptr<Way>> ways_;
    std::vector<std::function<void()>> wake_;
    std::atomic<uint64_t> ends_{0};  // of connections, that all were told of
    std::array<std::atomic<uint64_t>, 4096> counted_{};
    std::atomic<bool> awaited_{false};  // somebody waits for what it has given others to send
};

// The owner of a call among so many workers. Takes other bits of the hash than the tables of calls do.
constexpr uint32_t owner_of(uint64_t call_hash, uint32_t workers) {
    return static_cast<uint32_t>((call_hash & 0xffffffff) * workers >> 32);
}

}  // namespace gsp::rt
