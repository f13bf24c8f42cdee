// SPDX-License-Identifier: Apache-2.0
// Set-up of UDP sockets. SO_REUSEADDR is not set: two sockets on one port would take each other's datagrams.
#include "runtime/transport/udp_socket.h"

#include <netinet/in.h>
#include <netinet/udp.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>

#include "runtime/transport/sockaddr.h"

namespace gsp::rt {

namespace {

bool set_int(int fd, int level, int option, int value) {
    return setsockopt(fd, level, option, &value, sizeof value) == 0;
}

// 0 or errno
int try_bind(int fd, Address address, uint16_t port) {
    address.port = port;
    sockaddr_storage native{};
    socklen_t length = to_native(address, native);
    return ::bind(fd, reinterpret_cast<sockaddr*>(&native), length) == 0 ? 0 : errno;
}

}  // namespace

UdpSocket::~UdpSocket() {
    if (fd_ >= 0) close(fd_);
}

Result<UdpSocket> UdpSocket::open(const TransportConfig& config) {
    if (config.local.family != 4 && config.local.family != 6)
        return Error{"cannot open a UDP socket: no local address", EAFNOSUPPORT};
    int family = config.local.family == 6 ? AF_INET6 : AF_INET;
    int fd = ::socket(family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) return system_error("cannot open a UDP socket for " + ip_text(config.local), errno);
    UdpSocket socket(fd);
    if (Result<void> done = socket.set_options(config); !done) return done.error();
    using PortUse = TransportConfig::PortUse;
    if (config.port_use == PortUse::Joins && !set_int(fd, SOL_SOCKET, SO_REUSEPORT, 1))
        return system_error("cannot share the port " + endpoint_text(config.local), errno);
    if (Result<void> done = socket.bind_to(config); !done) return done.error();
    // Only now: the port was nobody's before.
    if (config.port_use == PortUse::LetsJoin && !set_int(fd, SOL_SOCKET, SO_REUSEPORT, 1))
        return system_error("cannot share the port " + endpoint_text(config.local), errno);
    return socket;
}

Result<void> UdpSocket::set_options(const TransportConfig& config) {
    std::string where = " of the UDP socket for " + ip_text(config.local);
    int bytes = static_cast<int>(std::min<uint32_t>(config.buffer_bytes, INT_MAX));
    if (!set_int(fd_, SOL_SOCKET, SO_SNDBUF, bytes)) return system_error("cannot set the send buffer" + where, errno);
    if (!set_int(fd_, SOL_SOCKET, SO_RCVBUF, bytes))
        return system_error("cannot set the receive buffer" + where, errno);
    if (config.local.family == 6 && !set_int(fd_, IPPROTO_IPV6, IPV6_V6ONLY, 1))
        return system_error("cannot set IPV6_V6ONLY" + where, errno);
    if (!config.device.empty() && setsockopt(fd_, SOL_SOCKET, SO_BINDTODEVICE, config.device.c_str(),
                                             static_cast<socklen_t>(config.device.size())) != 0)
        return system_error("cannot bind to the device '" + config.device + "'", errno);
    // What follows helps but is not needed: old kernels and other systems lack some of it.
    set_int(fd_, SOL_SOCKET, SO_TIMESTAMPNS, 1);
    set_int(fd_, SOL_SOCKET, SO_RXQ_OVFL, 1);
    gso_ = config.gso && set_int(fd_, SOL_UDP, UDP_SEGMENT, 0);
    gro_ = config.gro && set_int(fd_, SOL_UDP, UDP_GRO, 1);
    return {};
}

Result<void> UdpSocket::bind_to(const TransportConfig& config) {
    Address wanted = config.local;
    int failure = EADDRINUSE;
    if (wanted.port == 0 && config.first_port != 0) {
        for (uint32_t port = config.first_port; port <= config.last_port && failure == EADDRINUSE; ++port) {
            wanted.port = static_cast<uint16_t>(port);
            failure = try_bind(fd_, wanted, wanted.port);
        }
    }
    if (failure == EADDRINUSE) {
        wanted.port = config.local.port;
        failure = try_bind(fd_, wanted, wanted.port);
    }
    if (failure != 0) return system_error("cannot bind " + endpoint_text(wanted), failure);
    sockaddr_storage bound{};
    socklen_t length = sizeof bound;
    if (getsockname(fd_, reinterpret_cast<sockaddr*>(&bound), &length) != 0) {
        return system_error("cannot find out the bound port of " + endpoint_text(wanted), errno);
    }
    local_ = from_native(bound);
    return {};
}

}  // namespace gsp::rt
