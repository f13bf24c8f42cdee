// SPDX-License-Identifier: Apache-2.0
#include "runtime/run_network.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>

namespace gsp::rt {

namespace {

constexpr uint16_t kFirstPort = 5060, kLastPort = 5119;  // SIPp's search without -p

class Socket {
public:
    explicit Socket(int family) : fd_(::socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {}
    ~Socket() {
        if (fd_ >= 0) ::close(fd_);
    }
    Socket(const Socket&) = delete;
    Socket& operator=(const Socket&) = delete;
    int fd() const { return fd_; }

private:
    int fd_;
};

struct SocketAddress {
    sockaddr_storage storage{};
    socklen_t length = 0;
    sockaddr* get() { return reinterpret_cast<sockaddr*>(&storage); }
};

SocketAddress to_system(const Address& a) {
    SocketAddress s;
    if (a.family == 6) {
        auto& v6 = reinterpret_cast<sockaddr_in6&>(s.storage);
        v6.sin6_family = AF_INET6;
        v6.sin6_port = htons(a.port);
        std::memcpy(&v6.sin6_addr, a.ip, 16);
        s.length = sizeof v6;
    } else {
        auto& v4 = reinterpret_cast<sockaddr_in&>(s.storage);
        v4.sin_family = AF_INET;
        v4.sin_port = htons(a.port);
        std::memcpy(&v4.sin_addr, a.ip, 4);
        s.length = sizeof v4;
    }
    return s;
}

Address from_system(const SocketAddress& s) {
    Address a;
    if (s.storage.ss_family == AF_INET6) {
        a.family = 6;
        std::memcpy(a.ip, &reinterpret_cast<const sockaddr_in6&>(s.storage).sin6_addr, 16);
    } else {
        a.family = 4;
        std::memcpy(a.ip, &reinterpret_cast<const sockaddr_in&>(s.storage).sin_addr, 4);
    }
    return a;
}

// The source address that the kernel would use: connecting a UDP socket sends nothing.
Result<Address> source_towards(const Address& remote) {
    const Socket socket(remote.family == 6 ? AF_INET6 : AF_INET);
    SocketAddress peer = to_system(remote), own;
    own.length = sizeof own.storage;
    if (socket.fd() < 0 || ::connect(socket.fd(), peer.get(), peer.length) != 0 ||
        ::getsockname(socket.fd(), own.get(), &own.length) != 0) {
        return system_error("no route to " + ip_text(remote), errno);
    }
    return from_system(own);
}

Result<Address> address_of_this_host() {
    std::array<char, 256> name{};
    if (::gethostname(name.data(), name.size() - 1) == 0) {
        if (Result<Address> found = resolve(name.data(), 0, 4)) return found;
    }
    return resolve("127.0.0.1", 0, 4);
}

Result<Address> find_remote(const NetConfig& net) {
    if (net.remote_host.empty()) return Address{};
    std::fprintf(stderr, "Resolving remote host '%s'... ", net.remote_host.c_str());
    Result<Address> remote = resolve(net.remote_host, net.remote_port);
    std::fputs(remote ? "Done.\n" : "\n", stderr);
    return remote;
}

Result<Address> find_local(const NetConfig& net, const Address& remote) {
    if (!net.local_ip.empty()) return resolve(net.local_ip, 0, remote.family);
    return remote.family ? source_towards(remote) : address_of_this_host();
}

}  // namespace

Result<Network> open_network(const NetConfig& net, Clock& clock) {
    Network network;
    Result<Address> remote = find_remote(net);
    if (!remote) return remote.error();
    network.remote = *remote;

    if (!net.send_host.empty()) {
        Result<Address> send_to = resolve(net.send_host, net.send_port, network.remote.family);
        if (!send_to) return send_to.error();
        network.send_to = *send_to;
    }

    Result<Address> local = find_local(net, network.remote);
    if (!local) return local.error();
    network.local = *local;

    TransportConfig config;
    config.local.family = network.local.family;
    if (net.bind_local || !net.local_ip.empty()) config.local = network.local;
    config.local.port = net.local_port;
    config.buffer_bytes = net.buffer_bytes;
    if (net.local_port == 0) config.first_port = kFirstPort, config.last_port = kLastPort;
    config.clock_epoch_ns = clock.epoch_ns();
    config.device = net.device;
    config.gso = net.gso;
    config.gro = net.gro;
    Result<std::unique_ptr<Transport>> transport = open_udp(config);
    if (!transport) return transport.error();
    network.transport = std::move(*transport);
    network.local.port = network.transport->local().port;

    network.media = network.local;
    if (!net.media_ip.empty()) {
        Result<Address> media = resolve(net.media_ip, 0);
        if (!media) return media.error();
        network.media = *media;
    }
    network.media.port = net.media_port;
    return network;
}

}  // namespace gsp::rt
