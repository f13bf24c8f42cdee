// SPDX-License-Identifier: Apache-2.0
#include "runtime/media/rtp_socket.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>

#include "runtime/transport/sockaddr.h"

namespace gsp::rt {

namespace {

Result<RtpSocket> open_unbound(const Address& local, uint32_t buffer_bytes) {
    const int fd = ::socket(local.family == 6 ? AF_INET6 : AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) return system_error("cannot open a UDP socket for media", errno);
    const int bytes = static_cast<int>(std::min<uint32_t>(buffer_bytes, INT_MAX));
    setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes);
    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes);
    return RtpSocket(fd, 0);
}

int bind_to(int fd, const Address& local) {  // errno, 0: done
    sockaddr_storage native{};
    const socklen_t len = to_native(local, native);
    return bind(fd, reinterpret_cast<const sockaddr*>(&native), len) == 0 ? 0 : errno;
}

uint16_t bound_port(int fd) {
    sockaddr_storage native{};
    socklen_t len = sizeof native;
    getsockname(fd, reinterpret_cast<sockaddr*>(&native), &len);
    return from_native(native).port;
}

}  // namespace

RtpSocket::~RtpSocket() {
    if (fd_ >= 0) close(fd_);
}

Result<RtpSocket> open_rtp_socket(const Address& local, uint32_t buffer_bytes) {
    Result<RtpSocket> socket = open_unbound(local, buffer_bytes);
    if (!socket) return socket.error();
    if (const int error = bind_to(socket->fd(), local))
        return system_error("cannot bind the media port " + endpoint_text(local), error);
    const uint16_t port = bound_port(socket->fd());
    return RtpSocket(socket->release(), port);
}

Result<EchoSockets> open_echo_sockets(const Address& media) {
    constexpr int kTries = 100;
    constexpr uint32_t kBufferBytes = 1 << 20;  // the kernel gives less if it allows less
    Address first = media, second = media;
    Error error{"there are none"};
    for (int i = 0; i < kTries && first.port <= UINT16_MAX - 2; ++i, first.port += 2) {
        second.port = first.port + 2;
        Result<RtpSocket> one = open_rtp_socket(first, kBufferBytes);
        Result<RtpSocket> two = one ? open_rtp_socket(second, kBufferBytes) : Result<RtpSocket>(one.error());
        if (two) return EchoSockets{std::move(*one), std::move(*two)};
        error = two.error();
        if (error.system_code != EADDRINUSE) break;
    }
    return Error{"-rtp_echo: no two media ports from " + std::to_string(media.port) + ": " + error.text};
}

PortAllocator::PortAllocator(const Address& first, uint16_t last, uint32_t buffer_bytes)
    : next_(first), first_((first.port + 1u) & ~1u), last_(last), buffer_bytes_(buffer_bytes) {
    next_.port = 0;
}

Result<PortAllocator::Ports> PortAllocator::take(bool pair) {
    const uint32_t pairs = first_ < last_ ? (last_ - first_ + 1) / 2 : 0;
    if (pairs == 0)
        return Error{"there are no RTP ports from " + std::to_string(first_) + " to " + std::to_string(last_)};
    Result<RtpSocket> socket = open_unbound(next_, buffer_bytes_);
    if (!socket) return socket.error();
    Ports taken;
    int error = EADDRINUSE;
    for (uint32_t i = 0; i < pairs && error == EADDRINUSE; ++i) {
        uint32_t port = next_.port + 2u;
        if (next_.port == 0 || port + 1 > last_) port = first_;
        next_.port = static_cast<uint16_t>(port);
        if (pair) {  // first, as a socket can be bound only once
            Address above = next_;
            ++above.port;
            Result<RtpSocket> rtcp = open_rtp_socket(above, buffer_bytes_);
            if (!rtcp) {
                error = rtcp.error().system_code;
                continue;
            }
            taken.rtcp = std::move(*rtcp);
        }
        error = bind_to(socket->fd(), next_);
    }
    if (error)
        return system_error("no free RTP port from " + std::to_string(first_) + " to " + std::to_string(last_), error);
    taken.rtp = RtpSocket(socket->release(), next_.port);
    return taken;
}

}  // namespace gsp::rt
