// SPDX-License-Identifier: Apache-2.0
// Between the media thread and the agents' thread (ice_thread.h): what arrives for streams that use ICE, the pairs that
// their packets take, and packets that only an agent can send, as they go to a TURN server. Two bounded rings, no lock;
// what finds no room is dropped and counted by the one who writes.
#pragma once
#include <atomic>
#include <cstdint>
#include <functional>
#include <string_view>

#include "runtime/base/byte_ring.h"
#include "runtime/transport/transport.h"

namespace gsp::rt {

// Numbers of sockets that are none: what is sent there goes to the agent of the stream. -1 is still: no socket.
constexpr int relay_socket(uint32_t stream) {
    return -2 - static_cast<int>(stream);
}
constexpr uint32_t stream_of_relay(int socket) {
    return static_cast<uint32_t>(-2 - socket);
}

struct IceNews {
    enum class Kind : uint8_t {
        Datagram,  // `size` bytes behind this, from `peer`, at `at_ns` of the run's clock
        Path,      // packets of the stream go from `socket` to `peer` now; the socket is the receiver's to close
        NoPath     // … go nowhere
    };
    Kind kind;
    uint32_t stream, ssrc;  // the SSRC tells the stream from those that had its number before
    uint32_t size;
    int socket;  // or a relay_socket()
    Address peer;
    uint64_t at_ns;
    std::string_view bytes() const { return {reinterpret_cast<const char*>(this + 1), size}; }
};

struct IcePacket {
    uint32_t stream, size;
    std::string_view bytes() const { return {reinterpret_cast<const char*>(this + 1), size}; }
};

struct IceLink {
    static constexpr size_t kRingBytes = 1 << 20;
    ByteRing to_media{kRingBytes}, to_agents{kRingBytes};  // blocks of IceNews, IcePacket
    std::function<void()> wake_agents;
    std::atomic<bool> media_ended{false};  // nobody reads `to_media` any more
};

}  // namespace gsp::rt
