// SPDX-License-Identifier: Apache-2.0
// What the streams ask of a network: batches out, sockets by local port. The media thread owns it.
#pragma once
#include <sys/socket.h>

#include <cstdint>
#include <span>
#include <string_view>

#include "runtime/media/rtp.h"
#include "runtime/transport/sockaddr.h"

namespace gsp::rt {

struct RtpDestination {
    sockaddr_storage address{};
    socklen_t len = 0;  // 0: none
};

inline RtpDestination destination(const Address& to) {
    RtpDestination native;
    if (to.family && to.port) native.len = to_native(to, native.address);
    return native;
}

// The header is in the packet, the payload is not: it must stay until send() returns.
struct RtpPacket {
    int socket;
    const RtpDestination* to;
    RtpHeader header;
    bool has_header;  // else the payload is the whole datagram
    std::string_view payload;
    size_t size() const { return payload.size() + (has_header ? header.size() : 0); }
};

struct RtpRefused {  // by the network
    uint32_t packets = 0;
    uint64_t bytes = 0;
    uint64_t at_ns = 0;  // when it had them all; 0: when it was given them
};

struct RtpArrival {
    static constexpr uint32_t kNoStream = UINT32_MAX;  // a socket that all have in common
    uint32_t stream;
    std::string_view datagram;
    uint64_t at_ns;  // when the kernel had it, on the clock of the run
    const sockaddr_storage* from;
    bool rtcp = false;  // at the port of RTCP
    int socket = -1;    // where it arrived
};

class RtpNetwork {
public:
    virtual ~RtpNetwork() = default;
    virtual RtpRefused send(std::span<const RtpPacket>) = 0;
    // A stream's own socket, from now on the network's: datagrams that arrive there are the stream's.
    virtual void take(int socket, uint32_t stream, bool rtcp) = 0;
    virtual void close(int socket) = 0;  // one that was taken
    // A socket that all have in common, bound to this port of the media address if no one else has it, else to any.
    virtual int shared_socket(uint16_t port) = 0;  // -1: there is none
    virtual Address local(int) { return {}; }      // what a socket is bound to; family 0: it has no address
};

}  // namespace gsp::rt
