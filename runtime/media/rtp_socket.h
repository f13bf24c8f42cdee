// SPDX-License-Identifier: Apache-2.0
// UDP sockets for media, and which port they get. Set-up of runs and of streams; whoever holds a socket closes it.
#pragma once
#include <cstdint>
#include <utility>

#include "runtime/base/result.h"
#include "runtime/transport/transport.h"

namespace gsp::rt {

class RtpSocket {
public:
    RtpSocket() = default;
    RtpSocket(int fd, uint16_t port) : fd_(fd), port_(port) {}
    ~RtpSocket();
    RtpSocket(RtpSocket&& other) noexcept : fd_(std::exchange(other.fd_, -1)), port_(other.port_) {}
    RtpSocket& operator=(RtpSocket&& other) noexcept {
        std::swap(fd_, other.fd_);
        std::swap(port_, other.port_);
        return *this;
    }
    int fd() const { return fd_; }  // -1: none
    uint16_t port() const { return port_; }
    int release() { return std::exchange(fd_, -1); }  // the caller's to close

private:
    int fd_ = -1;
    uint16_t port_ = 0;
};

// Bound to `local`, not blocking; port 0: any. The error has the errno of what failed.
Result<RtpSocket> open_rtp_socket(const Address& local, uint32_t buffer_bytes);

// -rtp_echo: media port and media port + 2, from the port of `media` upward in steps of 2, 100 times at most (SIPp).
struct EchoSockets {
    RtpSocket first, second;
};
Result<EchoSockets> open_echo_sockets(const Address& media);

// RTP ports of streams: even ones, in turn, from the first to the last and round again. What is taken is for the system
// to know: a port that cannot be bound is passed over.
class PortAllocator {
public:
    // `first`: from the even port that is not below the port of this address; `last`: the highest RTCP port.
    PortAllocator(const Address& first, uint16_t last, uint32_t buffer_bytes);
    // Fails when no port is free. `pair`: the port above is taken too, for RTCP.
    struct Ports {
        RtpSocket rtp, rtcp;
    };
    Result<Ports> take(bool pair);

private:
    Address next_;
    uint32_t first_, last_;
    uint32_t buffer_bytes_;
};

}  // namespace gsp::rt
