// SPDX-License-Identifier: Apache-2.0
#include <utility>

#include "runtime/threepcc/twin_sockets.h"

#include <poll.h>

#include <algorithm>
#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <chrono>
#include <string>
#include <vector>

#include "runtime/threepcc/command_text.h"
#include "runtime/threepcc/role.h"
#include "runtime/transport/transport.h"

namespace gsp::rt {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

namespace {

constexpr size_t kMaxAccepted = 10;              // SIPp's limit, extended 3PCC
constexpr size_t kMaxQueued = 16 * 1024 * 1024;  // bytes that a twin has not taken yet
constexpr size_t kReadAtOnce = 65536;
constexpr std::chrono::milliseconds kPartingTime{100};

struct Connection {
    explicit Connection(tcp::socket s) : socket(std::move(s)) {}
    void configure() {
        error_code ignored;
        socket.set_option(tcp::no_delay(true), ignored);
        socket.non_blocking(true, ignored);
    }
    size_t unsent() const { return queued.size() - sent; }
    error_code write_queued() {
        error_code error;
        while (unsent() > 0 && !error) sent += socket.write_some(asio::buffer(queued) + sent, error);
        if (sent >= queued.size() / 2) queued.erase(0, std::exchange(sent, 0));
        return error;
    }
    void close() {
        error_code ignored;
        open = false;
        socket.close(ignored);
    }

    tcp::socket socket;
    bool open = true;
    bool connecting = false;  // commands wait for it
    bool waiting = false;     // … for room in the socket
    bool broken = false;      // it takes no more
    std::string queued;
    size_t sent = 0;  // of `queued`
    CommandFramer framer;
    std::array<char, kReadAtOnce> bytes;
};
using ConnectionPtr = std::shared_ptr<Connection>;

// A twin that this one sends commands to; classic 3PCC has one, without a name.
struct Peer {
    std::string name;
    tcp::endpoint endpoint;
    ConnectionPtr connection;  // null: not yet, or no more
};

Error network_error(const std::string& what, const error_code& error) {
    return {what + ": " + error.message(), error.value()};
}

std::string text_of(const tcp::endpoint& e) {
    const std::string ip = e.address().to_string();
    return (e.address().is_v6() ? "[" + ip + "]" : ip) + ":" + std::to_string(e.port());
}

Result<tcp::endpoint> find_endpoint(const TwinConfig::Place& place) {
    Result<Address> address = resolve(place.host, place.port);
    if (!address) return address.error();
    return tcp::endpoint(asio::ip::make_address(ip_text(*address)), place.port);
}

const TwinConfig::Place* find_place(const TwinConfig& config, std::string_view name) {
    const auto found =
        std::find_if(config.peers.begin(), config.peers.end(), [&](const auto& peer) { return peer.first == name; });
    return found == config.peers.end() ? nullptr : &found->second;
}

}  // namespace

// Handlers hold it, so that it outlives what they wait for.
struct TwinSockets::Impl : std::enable_shared_from_this<Impl> {
    Impl(asio::io_context& context, TwinRole r) : io(context), role(r), acceptor(context) {}

    Result<void> add_peers(const gsp_program&, const TwinConfig&);
    Result<void> listen(tcp::endpoint);
    Result<void> connect_all();
    void connect_later(Peer&);
    void accept();
    void take(tcp::socket);
    void read(const ConnectionPtr&);
    void write(const ConnectionPtr&);
    void lost(const ConnectionPtr&);
    void close();
    void wait_for_ends();

    asio::io_context& io;
    const TwinRole role;
    tcp::acceptor acceptor;
    std::vector<Peer> peers;
    std::vector<ConnectionPtr> accepted;  // extended 3PCC: commands come in on these
    TwinEvents events;
    bool closed = false;
};

// Extended 3PCC: whom the scenario sends commands to.
Result<void> TwinSockets::Impl::add_peers(const gsp_program& program, const TwinConfig& config) {
    for (uint32_t i = 0; i < program.n_all_steps; ++i) {
        if (program.steps[i].kind != GSP_STEP_SEND_CMD) continue;
        const std::string name(program.steps[i].peer.ptr, program.steps[i].peer.len);
        if (std::any_of(peers.begin(), peers.end(), [&](const Peer& peer) { return peer.name == name; })) continue;
        const TwinConfig::Place* place = find_place(config, name);
        if (!place) return Error{"sendCmd: '" + name + "' is no name in the file of -slave_cfg"};
        Result<tcp::endpoint> endpoint = find_endpoint(*place);
        if (!endpoint) return endpoint.error();
        peers.push_back({name, *endpoint, nullptr});
    }
    return {};
}

// SIPp: on the wildcard; the host only says of which family.
Result<void> TwinSockets::Impl::listen(tcp::endpoint at) {
    at.address(at.address().is_v6() ? asio::ip::address(asio::ip::address_v6::any())
                                    : asio::ip::address(asio::ip::address_v4::any()));
    error_code error;
    acceptor.open(at.protocol(), error);
    if (!error) acceptor.set_option(tcp::acceptor::reuse_address(true), error);
    if (!error) acceptor.bind(at, error);
    if (!error) acceptor.listen(asio::socket_base::max_listen_connections, error);
    if (error) return network_error("cannot listen for twins on " + text_of(at), error);
    return {};
}

Result<void> TwinSockets::Impl::connect_all() {
    for (Peer& peer : peers) {
        tcp::socket socket(io);
        error_code error;
        socket.connect(peer.endpoint, error);
        if (error) return network_error("cannot connect to the twin at " + text_of(peer.endpoint), error);
        peer.connection = std::make_shared<Connection>(std::move(socket));
        peer.connection->configure();
    }
    return {};
}

// What is sent meanwhile waits in the queue.
void TwinSockets::Impl::connect_later(Peer& peer) {
    peer.connection = std::make_shared<Connection>(tcp::socket(io));
    peer.connection->connecting = true;
    peer.connection->socket.async_connect(
        peer.endpoint, [self = shared_from_this(), c = peer.connection, to = peer.endpoint](const error_code& error) {
            if (!c->open) return;
            if (error) {
                c->close();
                return self->events.failure(network_error("cannot connect to the twin at " + text_of(to), error).text);
            }
            c->connecting = false;
            c->configure();
            self->read(c);
            self->write(c);
        });
}

void TwinSockets::Impl::accept() {
    acceptor.async_accept([self = shared_from_this()](const error_code& error, tcp::socket socket) {
        if (self->closed) return;
        if (error && error != asio::error::connection_aborted)
            return self->events.warning("no more twins are accepted: " + error.message());
        if (!error) self->take(std::move(socket));
        self->accept();
    });
}

void TwinSockets::Impl::take(tcp::socket socket) {
    if (is_classic(role)) {
        Peer& twin = peers.front();
        if (twin.connection) twin.connection->close();  // SIPp: the later one counts
        twin.connection = std::make_shared<Connection>(std::move(socket));
        twin.connection->configure();
        return read(twin.connection);
    }
    if (accepted.size() == kMaxAccepted)
        return events.warning("a connection of an eleventh twin was closed, ten are the most");
    accepted.push_back(std::make_shared<Connection>(std::move(socket)));
    read(accepted.back());
    if (role != TwinRole::Slave) return;
    for (Peer& peer : peers)
        if (!peer.connection) connect_later(peer);
}

void TwinSockets::Impl::read(const ConnectionPtr& c) {
    c->socket.async_read_some(
        asio::buffer(c->bytes), [self = shared_from_this(), c](const error_code& error, size_t n) {
            if (!c->open) return;
            if (error) return self->lost(c);
            if (!c->framer.feed({c->bytes.data(), n}, self->events.command)) {
                self->events.warning("a command of a twin is longer than " + std::to_string(GSP_MAX_MESSAGE) +
                                     " bytes, the connection was closed");
                return self->lost(c);
            }
            self->read(c);
        });
}

// A connection that cannot be written to is found out by the read that waits on it: the caller is in the middle of a
// call.
void TwinSockets::Impl::write(const ConnectionPtr& c) {
    const error_code error = c->write_queued();
    if (!error) return;
    if (error != asio::error::would_block) {
        c->broken = true;
        return;
    }
    c->waiting = true;
    c->socket.async_wait(tcp::socket::wait_write, [self = shared_from_this(), c](const error_code& failed) {
        c->waiting = false;
        if (!failed && c->open) self->write(c);
    });
}

void TwinSockets::Impl::lost(const ConnectionPtr& c) {
    c->close();
    std::erase(accepted, c);
    for (Peer& peer : peers)
        if (peer.connection == c) peer.connection = nullptr;
    events.gone();
}

void TwinSockets::Impl::close() {
    error_code ignored;
    closed = true;
    acceptor.close(ignored);
    for (Peer& peer : peers) {
        if (!peer.connection) continue;
        if (!peer.connection->connecting) peer.connection->write_queued();
        peer.connection->close();
    }
    wait_for_ends();
    for (ConnectionPtr& c : accepted) c->close();
}

// Two instances of extended 3PCC are connected twice. SIPp 3.6 fails an assertion when both connections end at once, so
// that it gets the time to close the one that it has opened itself.
void TwinSockets::Impl::wait_for_ends() {
    const auto limit = std::chrono::steady_clock::now() + kPartingTime;
    std::vector<pollfd> waiting;
    for (const ConnectionPtr& c : accepted) waiting.push_back({c->socket.native_handle(), POLLRDHUP, 0});
    while (!waiting.empty()) {
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(limit - std::chrono::steady_clock::now());
        if (left.count() <= 0 || poll(waiting.data(), waiting.size(), static_cast<int>(left.count())) <= 0) return;
        std::erase_if(waiting, [](const pollfd& p) { return p.revents != 0; });
    }
}

Result<std::unique_ptr<TwinSockets>> TwinSockets::open(asio::io_context& io, const gsp_program& program,
                                                       const TwinConfig& config) {
    std::unique_ptr<TwinSockets> twins(new TwinSockets);
    twins->impl_ = std::make_shared<Impl>(io, twin_role(program, config));
    Impl& impl = *twins->impl_;
    const bool extended = !is_classic(impl.role);
    const std::string& own_name = config.slave.empty() ? config.master : config.slave;
    const TwinConfig::Place* place = extended ? find_place(config, own_name) : &config.address;
    if (!place) return Error{"'" + own_name + "' is no name in the file of -slave_cfg"};
    Result<tcp::endpoint> endpoint = find_endpoint(*place);
    if (!endpoint) return endpoint.error();
    if (!extended) {
        impl.peers.push_back({"", *endpoint, nullptr});
    } else if (auto added = impl.add_peers(program, config); !added) {
        return added.error();
    }
    if (extended || impl.role == TwinRole::B)
        if (auto listens = impl.listen(*endpoint); !listens) return listens.error();
    if (impl.role != TwinRole::B && impl.role != TwinRole::Slave)
        if (auto connected = impl.connect_all(); !connected) return connected.error();
    return twins;
}

TwinSockets::~TwinSockets() {
    impl_->close();
}

void TwinSockets::start(TwinEvents events) {
    impl_->events = std::move(events);
    if (impl_->acceptor.is_open()) impl_->accept();
    for (const Peer& peer : impl_->peers)
        if (peer.connection) impl_->read(peer.connection);
}

bool TwinSockets::send(std::string_view name, std::string_view command) {
    const bool classic = is_classic(impl_->role);
    const auto peer = std::find_if(impl_->peers.begin(), impl_->peers.end(),
                                   [&](const Peer& p) { return classic || p.name == name; });
    if (peer == impl_->peers.end() || !peer->connection) return false;
    const ConnectionPtr c = peer->connection;
    if (c->broken || c->unsent() + command.size() >= kMaxQueued) return false;
    c->queued += command;
    c->queued += kCommandEnd;
    if (!c->waiting && !c->connecting) impl_->write(c);
    return !c->broken;
}

uint16_t TwinSockets::port() const {
    error_code error;
    const tcp::endpoint at = impl_->acceptor.local_endpoint(error);
    return error ? 0 : at.port();
}

}  // namespace gsp::rt
