// SPDX-License-Identifier: Apache-2.0
// A bound, non-blocking UDP socket with what the runtime wants switched on. Private to runtime/transport. Errors name
// address and cause.
#pragma once
#include <utility>

#include "runtime/transport/transport.h"

namespace gsp::rt {

class UdpSocket {
public:
    static Result<UdpSocket> open(const TransportConfig&);
    UdpSocket(UdpSocket&& other) noexcept
        : fd_(std::exchange(other.fd_, -1)), local_(other.local_), gso_(other.gso_), gro_(other.gro_) {}
    UdpSocket& operator=(UdpSocket&&) = delete;
    ~UdpSocket();

    int fd() const { return fd_; }
    const Address& local() const { return local_; }
    bool gso() const { return gso_; }  // asked for and known to the kernel
    bool gro() const { return gro_; }

private:
    explicit UdpSocket(int fd) : fd_(fd) {}
    Result<void> bind_to(const TransportConfig&);
    Result<void> set_options(const TransportConfig&);

    int fd_;
    Address local_;
    bool gso_ = false, gro_ = false;
};

}  // namespace gsp::rt
