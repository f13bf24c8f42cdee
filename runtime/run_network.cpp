// SPDX-License-Identifier: Apache-2.0
#include "runtime/run_network.h"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <random>
#include <set>

#include "runtime/base/file_limit.h"
#include "runtime/base/seat.h"
#include "runtime/inject/injection_lines.h"
#include "runtime/transport/locate.h"
#include "runtime/transport/sockaddr.h"

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

// The source address that the kernel would use: connecting a UDP socket sends nothing.
Result<Address> source_towards(const Address& remote) {
    const Socket socket(remote.family == 6 ? AF_INET6 : AF_INET);
    sockaddr_storage peer{}, own{};
    const socklen_t peer_length = to_native(remote, peer);
    socklen_t own_length = sizeof own;
    if (socket.fd() < 0 || ::connect(socket.fd(), reinterpret_cast<sockaddr*>(&peer), peer_length) != 0 ||
        ::getsockname(socket.fd(), reinterpret_cast<sockaddr*>(&own), &own_length) != 0) {
        return system_error("no route to " + ip_text(remote), errno);
    }
    Address source = from_native(own);
    source.port = 0;
    return source;
}

Result<Address> address_of_this_host() {
    std::array<char, 256> name{};
    if (::gethostname(name.data(), name.size() - 1) == 0) {
        if (Result<Address> found = resolve(name.data(), 0, 4)) return found;
    }
    return resolve("127.0.0.1", 0, 4);
}

// With a port, and with -rsa, which says where to send, SRV is not asked for (RFC 3263 4.2).
Result<Located> locate_remote(const RunConfig& run) {
    const NetConfig& net = run.net;
    Result<std::unique_ptr<NameService>> names = open_name_service(net.dns_host, net.dns_port);
    if (!names) return names.error();
    if (net.remote_port || !net.srv || !net.send_host.empty())
        return locate_by_address(net.remote_host, net.remote_port.value_or(kSipPort), 0, **names);
    Rng rng(run.seed ? run.seed : std::random_device{}());
    return locate(net.remote_host, net.mode.row(), 0, **names, rng);
}

Result<Located> find_remote(const RunConfig& run) {
    std::fprintf(stderr, "Resolving remote host '%s'... ", run.net.remote_host.c_str());
    Result<Located> found = locate_remote(run);
    std::fputs(found ? "Done.\n" : "\n", stderr);
    if (found && !found->notice.empty()) std::fprintf(stderr, "%s\n", found->notice.c_str());
    return found;
}

// -t ui: the local addresses in a field of the first injection file, each once, in order.
Result<std::vector<Address>> find_locals(const RunConfig& config, int family) {
    const std::string& path = config.injection.files.front().path;
    Result<InjectionFile> file = InjectionFile::open(path);
    if (!file) return file.error();
    const InjectionLines lines(std::make_shared<const InjectionFile>(std::move(*file)));
    std::vector<Address> found;
    std::set<std::string, std::less<>> known;
    LineHint hint;
    for (uint32_t line = 0; line < lines.n_lines(); ++line) {
        std::array<char, 256> text;
        FieldState state = FieldState::NoLine;
        const char* end = lines.put_field(line, config.net.ip_field, text.data(), text.data() + text.size(), state, hint);
        const std::string host(text.data(),
                               end && state == FieldState::Found ? static_cast<size_t>(end - text.data()) : 0);
        if (!known.insert(host).second) continue;
        Result<Address> address = resolve(host, 0, family);
        if (!address)
            return Error{path + ", line " + std::to_string(line) + ": field " + std::to_string(config.net.ip_field) +
                         " is no local address (-t ui): " + address.error().text};
        found.push_back(*address);
    }
    if (found.empty()) return Error{path + " has no lines, so there are no local addresses (-t ui)"};
    return found;
}

// The modes with many sockets need room for them. SIPp refuses to start when there is less; here only what was asked
// for is refused.
Result<uint32_t> find_max_sockets(const NetConfig& net) {
    constexpr uint32_t kDefault = 50000;
    constexpr uint64_t kOthers = 64;  // files, the control socket …; half of them, when there are few
    const uint32_t wanted = net.max_sockets.value_or(kDefault);
    if (net.mode.sockets == Sockets::One && !net.mode.row().reliable) return wanted;
    const std::optional<uint64_t> limit = raise_file_limit();
    if (!limit) return wanted;
    const uint64_t room = *limit - std::min<uint64_t>(kOthers, *limit / 2);
    if (net.ignores_file_limit || wanted <= room) return wanted;
    if (!net.max_sockets) return static_cast<uint32_t>(room);
    return Error{"-max_socket " + std::to_string(wanted) + " is more than the " + std::to_string(*limit) +
                 " files that may be open (ulimit -n): lower it, or give -skip_rlimit"};
}

Result<TransportConfig> configure(const RunConfig& run, const gsp_program& program, const Network& network,
                                  Clock& clock) {
    const NetConfig& net = run.net;
    const bool places = (program.flags & GSP_PROGRAM_CLIENT) != 0;
    TransportConfig config;
    config.local.family = network.local.family;
    if (net.bind_local || !net.local_ip.empty()) config.local = network.local;
    config.local.port = net.local_port;
    config.buffer_bytes = net.buffer_bytes;
    if (net.local_port == 0) config.first_port = kFirstPort, config.last_port = kLastPort;
    config.clock_epoch_ns = clock.epoch_ns();
    config.device = net.device;
    config.io = net.io;
    config.gso = net.gso;
    config.gro = net.gro;
    config.sockets = places || net.mode.sockets == Sockets::PerIp ? net.mode.sockets : Sockets::One;
    config.reconnect = net.reconnect;
    config.peer_timeout_ns = net.peer_timeout_ns;
    config.tls = net.tls;
    config.host = net.remote_host;
    config.ws_path = net.ws_path;
    config.needs_certificate = !places;
    config.tells_refusals = !network.targets.empty();
    if (places && config.sockets == Sockets::One)
        config.first_peer = network.send_to.family ? network.send_to : network.remote;
    if (config.sockets != Sockets::PerIp) return config;
    Result<std::vector<Address>> locals = find_locals(run, network.local.family);
    if (!locals) return locals.error();
    config.local = locals->front();
    config.local.port = net.local_port;
    if (!places) config.also_local = std::move(*locals);
    return config;
}

TransportConfig for_worker(TransportConfig config, Seat seat, bool places, const Network& network) {
    config.seat = seat;
    if (seat.of == 1) return config;
    config.max_sockets = std::max(seat.share(config.max_sockets), 1u);
    if (places) {
        if (config.local.port) config.local.port = static_cast<uint16_t>(config.local.port + seat.index);
    } else if (seat.index == 0) {
        config.port_use = TransportConfig::PortUse::LetsJoin;
    } else {
        config.port_use = TransportConfig::PortUse::Joins;
        config.local.port = network.transports.front()->local().port;
    }
    return config;
}

}  // namespace

Result<Address> find_local(const NetConfig& net, const Address& remote) {
    if (!net.local_ip.empty()) return resolve(net.local_ip, 0, remote.family);
    return remote.family ? source_towards(remote) : address_of_this_host();
}

Result<Network> open_network(const RunConfig& run, const gsp_program& program, Clock& clock,
                             const std::vector<boost::asio::io_context*>& ios) {
    const NetConfig& net = run.net;
    Network network;
    if (!net.remote_host.empty()) {
        Result<Located> found = find_remote(run);
        if (!found) return found.error();
        network.remote = found->addresses.front();
        if (found->addresses.size() > 1 && net.send_host.empty()) network.targets = std::move(found->addresses);
    }

    if (!net.send_host.empty()) {
        Result<Address> send_to = resolve(net.send_host, net.send_port, network.remote.family);
        if (!send_to) return send_to.error();
        network.send_to = *send_to;
    }

    Result<Address> local = find_local(net, network.remote);
    if (!local) return local.error();
    network.local = *local;

    Result<uint32_t> max_sockets = find_max_sockets(net);
    if (!max_sockets) return max_sockets.error();
    Result<TransportConfig> config = configure(run, program, network, clock);
    if (!config) return config.error();
    config->max_sockets = *max_sockets;
    const bool places = (program.flags & GSP_PROGRAM_CLIENT) != 0;
    for (uint32_t i = 0; i < ios.size(); ++i) {
        const TransportConfig own = for_worker(*config, {i, static_cast<uint32_t>(ios.size())}, places, network);
        Result<std::unique_ptr<Transport>> transport = open_transport(net.mode.protocol, own, *ios[i]);
        if (!transport) return transport.error();
        if (const std::string notice = (*transport)->notice(); !notice.empty() && i == 0)
            std::fprintf(stderr, "%s\n", notice.c_str());
        network.transports.push_back(std::move(*transport));
    }
    const Transport& first = *network.transports.front();
    if (config->sockets == Sockets::PerIp) network.local = first.local();
    network.local.port = first.local().port;
    network.many_locals = config->sockets != Sockets::One;

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
