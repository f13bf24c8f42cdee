// SPDX-License-Identifier: Apache-2.0
// Set-up of UDP sockets. SO_REUSEADDR is not set: two sockets on one port would take each other's datagrams.
#include "runtime/transport/udp_socket.h"

#include <linux/errqueue.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstring>
#include <optional>

#include "runtime/transport/sockaddr.h"

namespace gsp::rt {

namespace {

bool set_int(int fd, int level, int option, int value) {
    return setsockopt(fd, level, option, &value, sizeof value) == 0;
}

// The kernel cuts what is asked for to the limit of a sysctl, silently.
std::string buffer_shortage(int fd, int asked) {
    struct Buffer {
        int option;
        const char *name, *limit;
    };
    std::string all;
    for (const Buffer& buffer :
         {Buffer{SO_RCVBUF, "receive", "net.core.rmem_max"}, Buffer{SO_SNDBUF, "send", "net.core.wmem_max"}}) {
        int got = 0;
        socklen_t size = sizeof got;
        if (getsockopt(fd, SOL_SOCKET, buffer.option, &got, &size) != 0 || got / 2 >= asked) continue;  // it is doubled
        all += (all.empty() ? "" : ", ") + std::string("the ") + buffer.name + " buffer of the socket has " +
               std::to_string(got / 2) + " bytes (" + buffer.limit + ")";
    }
    return all.empty() ? all : all + ", not the " + std::to_string(asked) + " of -buff_size";
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
    shortage_ = buffer_shortage(fd_, bytes);
    if (config.local.family == 6 && !set_int(fd_, IPPROTO_IPV6, IPV6_V6ONLY, 1))
        return system_error("cannot set IPV6_V6ONLY" + where, errno);
    if (!config.device.empty() && setsockopt(fd_, SOL_SOCKET, SO_BINDTODEVICE, config.device.c_str(),
                                             static_cast<socklen_t>(config.device.size())) != 0)
        return system_error("cannot bind to the device '" + config.device + "'", errno);
    // What follows helps but is not needed: old kernels and other systems lack some of it.
    set_int(fd_, SOL_SOCKET, SO_TIMESTAMPNS, 1);
    set_int(fd_, SOL_SOCKET, SO_RXQ_OVFL, 1);
    tells_refusals_ = config.tells_refusals && (config.local.family == 6 ? set_int(fd_, IPPROTO_IPV6, IPV6_RECVERR, 1)
                                                                         : set_int(fd_, IPPROTO_IP, IP_RECVERR, 1));
    gso_ = config.gso && set_int(fd_, SOL_UDP, UDP_SEGMENT, 0);
    gro_ = config.gro && set_int(fd_, SOL_UDP, UDP_GRO, 1);
    return {};
}

namespace {

bool is_unreachable(int error) {
    return error == ECONNREFUSED || error == EHOSTUNREACH || error == ENETUNREACH;
}

// What an entry of the error queue says; nothing: not that somebody cannot be reached.
std::optional<Address> refusal_in(msghdr& header, const sockaddr_storage& to) {
    for (const cmsghdr* c = CMSG_FIRSTHDR(&header); c; c = CMSG_NXTHDR(&header, const_cast<cmsghdr*>(c))) {
        const bool v4 = c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_RECVERR;
        const bool v6 = c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_RECVERR;
        if (!v4 && !v6) continue;
        sock_extended_err error;
        std::memcpy(&error, CMSG_DATA(c), sizeof error);
        if (error.ee_origin != SO_EE_ORIGIN_LOCAL && is_unreachable(static_cast<int>(error.ee_errno)))
            return from_native(to);
    }
    return {};
}

}  // namespace

uint32_t UdpSocket::drops_since(uint32_t last) const {
    uint32_t info[SK_MEMINFO_VARS] = {};
    socklen_t size = sizeof info;
    return getsockopt(fd_, SOL_SOCKET, SO_MEMINFO, info, &size) == 0 ? info[SK_MEMINFO_DROPS] - last : 0;
}

void UdpSocket::take_refusals(std::vector<Address>& refusals) const {
    if (!tells_refusals_) return;
    for (;;) {
        alignas(cmsghdr) char control[512];
        char payload[1];
        sockaddr_storage to{};
        iovec part{payload, sizeof payload};
        msghdr header{};
        header.msg_name = &to;
        header.msg_namelen = sizeof to;
        header.msg_iov = &part;
        header.msg_iovlen = 1;
        header.msg_control = control;
        header.msg_controllen = sizeof control;
        if (recvmsg(fd_, &header, MSG_ERRQUEUE | MSG_DONTWAIT) < 0) return;
        if (const auto refusal = refusal_in(header, to)) refusals.push_back(*refusal);
    }
}

bool UdpSocket::is_of_an_earlier(int error, const Address& to, std::vector<Address>& refusals) const {
    if (!tells_refusals_ || !is_unreachable(error)) return false;
    const size_t before = refusals.size();
    take_refusals(refusals);
    if (refusals.size() > before) return true;
    refusals.push_back(to);
    return false;
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
