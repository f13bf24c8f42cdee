// SPDX-License-Identifier: Apache-2.0
// Streams: listening, accepting, connecting, and which call is on which connection.
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <boost/asio/ip/v6_only.hpp>
#include <cerrno>
#include <climits>
#include <cstring>

#include "runtime/transport/sockaddr.h"
#include "runtime/transport/stream_transport.h"

namespace gsp::rt {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
using State = Connection::State;

namespace {

constexpr auto kAcceptAgain = std::chrono::milliseconds(100);  // after there were no file descriptors
constexpr int kBacklog = 4096;

tcp::endpoint to_endpoint(const Address& address) {
    sockaddr_storage native{};
    const socklen_t length = to_native(address, native);
    tcp::endpoint endpoint;
    std::memcpy(endpoint.data(), &native, length);
    endpoint.resize(length);
    return endpoint;
}

Address from_endpoint(const tcp::endpoint& endpoint) {
    sockaddr_storage native{};
    std::memcpy(&native, endpoint.data(), endpoint.size());
    return from_native(native);
}

Error network_error(const std::string& what, const error_code& error) {
    return {what + ": " + error.message(), error.value()};
}

// To an address, where one is given, and any port.
error_code bind_address(tcp::socket& socket, Address source, const Address& peer) {
    error_code error;
    if (source.family != peer.family || is_wildcard(source)) return error;
    source.port = 0;
    const int later = 1;  // the port is chosen when the peer is known, so each peer has all ports
    setsockopt(socket.native_handle(), IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &later, sizeof later);
    socket.bind(to_endpoint(source), error);
    return error;
}

// A peer that has vanished without a word is found out: by what it does not acknowledge, and by probes when there is
// nothing to acknowledge. Of the kernel's own accord that takes a quarter of an hour, or two hours.
void watch_peer(tcp::socket& socket, uint64_t timeout_ns) {
    if (timeout_ns == 0) return;
    const int ms = static_cast<int>(std::min<uint64_t>(timeout_ns / kMillisecond, INT_MAX));
    const int quiet_s = std::max(ms / 4000, 1);  // before the first probe, and between two
    const int fd = socket.native_handle(), on = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &ms, sizeof ms);
    setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &quiet_s, sizeof quiet_s);
    setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &quiet_s, sizeof quiet_s);
    setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
}

}  // namespace

// ---- numbers of connections --------------------

Result<ConnId> StreamTransport::add(const ConnectionPtr& connection) {
    Result<ConnId> id = connections_.add(connection);
    if (id) connection->id = *id;
    return id;
}

void StreamTransport::forget(Connection& connection) {
    if (find(connection.id) != &connection) return;
    own_.remove(connection.id);
    connections_.erase(connection.id);
}

ConnectionPtr StreamTransport::make(tcp::socket socket, const Address& peer) {
    ConnectionPtr connection = factory_->make(*this, std::move(socket), peer);
    connection->peer = peer;
    return connection;
}

// ---- opening --------------------

Result<void> StreamTransport::listen() {
    using PortUse = TransportConfig::PortUse;
    using ReusePort = asio::detail::socket_option::boolean<SOL_SOCKET, SO_REUSEPORT>;
    const Address wanted = config_.local;
    error_code error;
    const auto try_port = [&](uint16_t port) {
        Address at = wanted;
        at.port = port;
        const tcp::endpoint endpoint = to_endpoint(at);
        error_code ignored;
        acceptor_.close(ignored);
        error.clear();
        acceptor_.open(endpoint.protocol(), error);
        if (!error) acceptor_.set_option(tcp::acceptor::reuse_address(true), error);
        if (!error && wanted.family == 6) acceptor_.set_option(asio::ip::v6_only(true), error);
        if (!error && !config_.device.empty() &&
            setsockopt(acceptor_.native_handle(), SOL_SOCKET, SO_BINDTODEVICE, config_.device.c_str(),
                       static_cast<socklen_t>(config_.device.size())) != 0)
            error.assign(errno, boost::system::system_category());
        if (!error && config_.port_use == PortUse::Joins) acceptor_.set_option(ReusePort(true), error);
        if (!error) acceptor_.bind(endpoint, error);
        // Only now: the port was nobody's before.
        if (!error && config_.port_use == PortUse::LetsJoin) acceptor_.set_option(ReusePort(true), error);
        return !error;
    };
    bool bound = false;
    if (wanted.port == 0 && config_.first_port != 0)
        for (uint32_t port = config_.first_port; port <= config_.last_port && !bound; ++port)
            bound = try_port(static_cast<uint16_t>(port));
    if (!bound) bound = try_port(wanted.port);
    if (!bound) return network_error("cannot listen on " + endpoint_text(wanted), error);
    local_ = from_endpoint(acceptor_.local_endpoint(error));
    // Before the port is listened on: afterwards no connection can leave from it.
    if (config_.first_peer.family)
        if (Result<ConnId> first = open_common(config_.first_peer); !first) return first.error();
    acceptor_.listen(kBacklog, error);
    if (error) return network_error("cannot listen on " + endpoint_text(local_), error);
    accept();
    return {};
}

void StreamTransport::accept() {
    acceptor_.async_accept([this](const error_code& error, tcp::socket socket) {
        if (error == asio::error::operation_aborted || shutting_down_) return;
        if (error) {  // most likely there are no file descriptors
            disconnects_.push_back(
                {kNoConn, false, true, false, false, "cannot accept a connection: " + error.message()});
            accept_again_.expires_after(kAcceptAgain);
            accept_again_.async_wait([this](const error_code& stopped) {
                if (!stopped) accept();
            });
            return;
        }
        take(std::move(socket));
        accept();
    });
}

void StreamTransport::take(tcp::socket socket) {
    error_code failed;
    const Address peer = from_endpoint(socket.remote_endpoint(failed));
    if (failed) return;  // gone again
    socket.set_option(tcp::no_delay(true), failed);
    watch_peer(socket, config_.peer_timeout_ns);
    const Address own = from_endpoint(socket.local_endpoint(failed));
    const ConnectionPtr connection = make(std::move(socket), peer);
    connection->local = own;
    if (!add(connection)) return;
    watch(connection);
    connection->accepted();
}

Result<tcp::socket> StreamTransport::prepare(const Address& peer, const Address& from, uint16_t port) {
    tcp::socket socket(io_);
    error_code error;
    socket.open(to_endpoint(peer).protocol(), error);
    if (error) return network_error("cannot open a socket", error);
    socket.set_option(tcp::no_delay(true), error);
    watch_peer(socket, config_.peer_timeout_ns);
    Address source = from.family ? from : config_.local;
    if (port) {
        source.port = port;
        socket.set_option(tcp::socket::reuse_address(true), error);
        socket.bind(to_endpoint(source), error);
    }
    if (!port || error) error = bind_address(socket, source, peer);
    if (error) return network_error("cannot bind " + ip_text(source), error);
    socket.non_blocking(true, error);
    return socket;
}

// Its socket is prepared.
void StreamTransport::start(const ConnectionPtr& connection) {
    error_code ignored;
    connection->connect(to_endpoint(connection->peer));
    connection->local = from_endpoint(connection->socket().local_endpoint(ignored));
    watch(connection);
}

Result<ConnectionPtr> StreamTransport::connect(const Address& peer, const Address& from, uint16_t port) {
    Result<tcp::socket> socket = prepare(peer, from, port);
    if (!socket)
        return Error{"cannot connect to " + endpoint_text(peer) + ": " + socket.error().text,
                     socket.error().system_code};
    const ConnectionPtr connection = make(std::move(*socket), peer);
    start(connection);
    return connection;
}

Result<ConnId> StreamTransport::open(const Address& peer, const Address& from) {
    return config_.sockets == Sockets::One ? open_common(peer) : open_own(peer, from);
}

Result<ConnId> StreamTransport::open_own(const Address& peer, const Address& from) {
    if (own_.size() >= config_.max_sockets)
        if (const ConnId shared = share(peer); shared != kNoConn) return shared;
    Result<ConnectionPtr> connection = connect(peer, from, 0);
    if (!connection) return connection.error();
    Result<ConnId> id = add(*connection);
    if (!id) return (*connection)->drop(), id;
    (*connection)->users = 1;
    own_.add(*id);
    return id;
}

ConnId StreamTransport::share(const Address& peer) {
    const ConnId id = own_.next([&](ConnId each) {
        const Connection* connection = find(each);
        return connection && connection->peer == peer && !connection->said_goodbye();
    });
    if (id != kNoConn) ++find(id)->users;
    return id;
}

Result<ConnId> StreamTransport::open_common(const Address& peer) {
    auto at = std::find_if(common_.begin(), common_.end(), [&](const Common& c) { return c.peer == peer; });
    if (at != common_.end() && !at->lost) return at->id;
    if (at != common_.end()) {
        if (!may_reconnect()) {
            disconnects_.push_back({at->id, false, true, true, true,
                                    std::string(factory_->name()) + " connection to " + endpoint_text(peer) +
                                        " was closed, and -max_reconnect allows no other",
                                    peer});
            return Error{disconnects_.back().why, ECONNRESET};
        }
        at->lost = false;
        reconnect_later(*at, nullptr);
        return at->id;
    }
    const bool is_first = peer == config_.first_peer && common_.empty();
    Result<ConnectionPtr> connection = connect(peer, {}, is_first ? config_.local.port : 0);
    if (!connection) return connection.error();
    Result<ConnId> id = add(*connection);
    if (id) common_.push_back({peer, *id});
    return id;
}

void StreamTransport::is_open(Connection& connection) {
    error_code ignored;
    connection.local = from_endpoint(connection.socket().local_endpoint(ignored));
    if (connection.state() == State::Closing) watch(connection.shared_from_this());
}

void StreamTransport::close(ConnId id) {
    Connection* connection = find(id);
    if (!connection || connection->users == 0 || --connection->users > 0) return;
    own_.remove(id);
    const ConnectionPtr held = connection->shared_from_this();
    held->goodbye();
    if (held->state() == State::Closed) return forget(*held);
    watch(held);
}

Address StreamTransport::local(ConnId id) const {
    const Connection* connection = find(id);
    // In SIPp one connection has the port that is listened on, whatever its own is.
    if (!connection || config_.sockets == Sockets::One) return local_;
    return connection->local;
}

}  // namespace gsp::rt
