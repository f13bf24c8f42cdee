// SPDX-License-Identifier: Apache-2.0
// TCP, TLS and WebSocket: who is connected to whom, connections for calls, and what happens when one is lost (SIPp's
// -max_reconnect, -reconnect_close, -reconnect_sleep, but nothing stands still meanwhile).
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cerrno>
#include <chrono>
#include <deque>

#include "runtime/transport/conn_table.h"
#include "runtime/transport/sockaddr.h"
#include "runtime/transport/stream_connection.h"

namespace gsp::rt {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
using State = Connection::State;

namespace {

constexpr auto kGoodbyeTime = std::chrono::seconds(2);
constexpr auto kAcceptAgain = std::chrono::milliseconds(100);  // after there were no file descriptors
constexpr auto kTick = std::chrono::milliseconds(250);
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

class StreamTransport final : public Transport, private ConnectionOwner {
public:
    StreamTransport(asio::io_context& io, const TransportConfig& config, std::unique_ptr<ConnectionFactory> factory)
        : io_(io), config_(config), factory_(std::move(factory)), acceptor_(io), tick_(io), accept_again_(io) {}
    ~StreamTransport() override {
        connections_.each([](const ConnectionPtr& connection) {
            connection->detach();
            connection->drop();
        });
    }
    Result<void> listen();

    Address local() const override { return local_; }
    uint32_t receive(std::span<RxPacket> out, uint64_t now_ns) override;
    void end_turn() override;
    SendResult send(std::span<TxPacket> batch) override;
    int fd() const override { return -1; }
    uint32_t open_sockets() const override { return 1 + connections_.size(); }

    bool has_connections() const override { return true; }
    Result<ConnId> open(const Address& peer, const Address& from) override;
    void close(ConnId) override;
    Address local(ConnId id) const override;
    bool alive(ConnId id) const override { return find(id) != nullptr; }
    bool has_room(ConnId id) const override {
        const Connection* connection = find(id);
        return connection && connection->has_room();
    }
    uint64_t congested_ns(ConnId, uint64_t now_ns) const override;
    std::optional<Disconnect> next_disconnect() override;
    uint64_t reconnections() const override { return reconnections_; }
    bool all_sent() const override { return busy_ == 0; }
    void shut_down() override;

private:
    // The one connection to a peer that all calls share.
    struct Common {
        Address peer;
        ConnId id = kNoConn;  // its connection, also while it waits to be opened again
        bool lost = false;    // closed by the peer: the next call that needs it opens it again
    };
    using Time = std::chrono::steady_clock::time_point;
    struct Deadline {
        Time time;
        std::weak_ptr<Connection> connection;
        State state;  // in which it must no longer be
    };

    Connection* find(ConnId id) const {
        const ConnectionPtr* found = connections_.find(id);
        return found ? found->get() : nullptr;
    }
    Result<ConnId> add(const ConnectionPtr&);
    void forget(Connection&);
    ConnectionPtr make(tcp::socket, const Address& peer);
    Result<ConnId> open_common(const Address& peer);
    Result<ConnId> open_own(const Address& peer, const Address& from);
    ConnId share(const Address& peer);
    Result<ConnectionPtr> connect(const Address& peer, const Address& from, uint16_t port);
    Common* common_of(ConnId);
    bool may_reconnect() const {
        return config_.reconnect.most < 0 || reconnections_ < uint64_t(config_.reconnect.most);
    }
    void reconnect_later(Common&, Connection* lost);
    void accept();
    void take(tcp::socket);
    void watch(const ConnectionPtr&);  // that it does not stay in its present state
    void tick_later();
    void tick();
    std::string name_of(const Connection&) const;

    // ConnectionOwner
    void has_messages(const ConnectionPtr& connection) override { ready_.push_back(connection); }
    void is_open(Connection& connection) override;
    void has_ended(Connection&, const std::string& why, bool orderly) override;
    void becomes_busy(bool busy) override { busy_ += busy ? 1 : -1; }

    asio::io_context& io_;
    const TransportConfig config_;
    std::unique_ptr<ConnectionFactory> factory_;
    tcp::acceptor acceptor_;
    Address local_;
    ConnTable<ConnectionPtr> connections_;
    std::vector<Common> common_;
    SharedInTurn own_;                    // opened for single calls
    std::deque<ConnectionPtr> ready_;     // have messages
    std::vector<ConnectionPtr> used_up_;  // all theirs were taken in this turn
    std::vector<Connection*> to_flush_;
    std::deque<Disconnect> disconnects_;
    std::deque<Deadline> deadlines_[2];  // of opening, of goodbyes: each in order of time
    bool ticking_ = false;
    asio::steady_timer tick_, accept_again_;
    uint64_t now_ns_ = 0, reconnections_ = 0;
    int64_t busy_ = 0;
    bool shutting_down_ = false;
};

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
        if (!error) acceptor_.bind(endpoint, error);
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
    const Address own = from_endpoint(socket.local_endpoint(failed));
    const ConnectionPtr connection = make(std::move(socket), peer);
    connection->local = own;
    if (!add(connection)) return;
    watch(connection);
    connection->accepted();
}

// From `port` if that is not 0 and can be had.
Result<ConnectionPtr> StreamTransport::connect(const Address& peer, const Address& from, uint16_t port) {
    const std::string what = "cannot connect to " + endpoint_text(peer);
    tcp::socket socket(io_);
    error_code error;
    const tcp::endpoint endpoint = to_endpoint(peer);
    socket.open(endpoint.protocol(), error);
    if (error) return network_error(what, error);
    socket.set_option(tcp::no_delay(true), error);
    Address source = from.family ? from : config_.local;
    if (port) {
        source.port = port;
        socket.set_option(tcp::socket::reuse_address(true), error);
        socket.bind(to_endpoint(source), error);
    }
    if (!port || error) error = bind_address(socket, source, peer);
    if (error) return network_error(what + " from " + ip_text(source), error);
    const ConnectionPtr connection = make(std::move(socket), peer);
    connection->socket().non_blocking(true, error);
    connection->connect(endpoint);
    connection->local = from_endpoint(connection->socket().local_endpoint(error));
    watch(connection);
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

// ---- losing --------------------

std::string StreamTransport::name_of(const Connection& connection) const {
    return std::string(factory_->name()) + " connection " + (connection.incoming ? "from " : "to ") +
           endpoint_text(connection.peer);
}

StreamTransport::Common* StreamTransport::common_of(ConnId id) {
    const auto at = std::find_if(common_.begin(), common_.end(), [&](const Common& c) { return c.id == id; });
    return at == common_.end() ? nullptr : &*at;
}

void StreamTransport::has_ended(Connection& connection, const std::string& why, bool orderly) {
    const ConnectionPtr held = connection.shared_from_this();
    if (connection.said_goodbye() && connection.opened()) return forget(connection);
    Disconnect end{.conn = connection.id,
                   .orderly = orderly,
                   .refused = !connection.opened() && !connection.incoming,
                   .ends_calls = config_.reconnect.ends_calls,
                   .ends_run = false,
                   .why = name_of(connection) + ": " + why,
                   .peer = connection.incoming ? Address{} : connection.peer};
    Common* common = common_of(connection.id);
    if (!common) {
        // One that a call had for itself does not come again.
        end.ends_calls |= !connection.incoming;
        forget(connection);
    } else if (orderly && end.ends_calls) {
        common->lost = true;  // SIPp: seen by the next call that wants to send
        connections_.replace(common->id, nullptr);
    } else if (may_reconnect()) {
        reconnect_later(*common, &connection);
    } else {
        end.ends_run = true;
    }
    disconnects_.push_back(std::move(end));
}

// Until then messages for it are kept in a connection that is not opened yet.
void StreamTransport::reconnect_later(Common& common, Connection* lost) {
    ++reconnections_;
    const ConnectionPtr connection = make(tcp::socket(io_), common.peer);
    connection->id = common.id;
    connections_.replace(common.id, connection);
    if (lost && !config_.reconnect.ends_calls) connection->queue_unsent_of(*lost);
    auto timer = std::make_shared<asio::steady_timer>(io_, std::chrono::nanoseconds(config_.reconnect.sleep_ns));
    timer->async_wait([this, timer, connection](const error_code& error) {
        if (error || shutting_down_ || connection->state() != State::Opening) return;
        error_code failed;
        const tcp::endpoint endpoint = to_endpoint(connection->peer);
        connection->socket().open(endpoint.protocol(), failed);
        if (!failed) connection->socket().set_option(tcp::no_delay(true), failed);
        if (!failed) bind_address(connection->socket(), config_.local, connection->peer);
        watch(connection);
        connection->connect(endpoint);
    });
}

std::optional<Disconnect> StreamTransport::next_disconnect() {
    if (disconnects_.empty() || !ready_.empty()) return {};  // first what came before
    Disconnect next = std::move(disconnects_.front());
    disconnects_.pop_front();
    return next;
}

// ---- time --------------------

void StreamTransport::watch(const ConnectionPtr& connection) {
    const State state = connection->state();
    const Time::duration time =
        state == State::Closing ? Time::duration(kGoodbyeTime) : std::chrono::nanoseconds(config_.opening_ns);
    deadlines_[state == State::Closing].push_back({std::chrono::steady_clock::now() + time, connection, state});
    tick_later();
}

void StreamTransport::tick_later() {
    if (std::exchange(ticking_, true)) return;
    tick_.expires_after(kTick);
    tick_.async_wait([this](const error_code& error) {
        if (!error) tick();
    });
}

void StreamTransport::tick() {
    ticking_ = false;
    const Time now = std::chrono::steady_clock::now();
    for (auto& deadlines : deadlines_) {
        while (!deadlines.empty()) {
            const ConnectionPtr connection = deadlines.front().connection.lock();
            const bool settled = !connection || connection->state() != deadlines.front().state;
            if (!settled && deadlines.front().time > now) break;
            deadlines.pop_front();
            if (!settled) connection->give_up();
        }
        if (!deadlines.empty()) tick_later();
    }
}

void StreamTransport::shut_down() {
    shutting_down_ = true;
    error_code ignored;
    acceptor_.close(ignored);
    common_.clear();
    const auto open = [this] {
        bool any = false;
        connections_.each([&](const ConnectionPtr& c) { any |= c->state() != State::Closed; });
        return any;
    };
    connections_.each([](const ConnectionPtr& connection) { connection->goodbye(); });
    const Time end = std::chrono::steady_clock::now() + std::chrono::nanoseconds(config_.parting_ns);
    if (io_.stopped()) io_.restart();
    while (open() && std::chrono::steady_clock::now() < end) {
        io_.run_one_until(end);
        end_turn();
    }
}

// ---- messages --------------------

uint32_t StreamTransport::receive(std::span<RxPacket> out, uint64_t now_ns) {
    now_ns_ = now_ns;
    if (ready_.empty()) {  // a read brings a message (WebSocket) or a record (TLS): there may be more
        end_turn();
        if (io_.stopped()) io_.restart();
        io_.poll();
    }
    uint32_t taken = 0;
    while (taken < out.size() && !ready_.empty()) {
        const ConnectionPtr& connection = ready_.front();
        taken += connection->take(out.subspan(taken), now_ns);
        if (connection->has_more()) break;
        used_up_.push_back(connection);
        ready_.pop_front();
    }
    return taken;
}

void StreamTransport::end_turn() {
    for (const ConnectionPtr& connection : used_up_) connection->resume();
    used_up_.clear();
}

SendResult StreamTransport::send(std::span<TxPacket> batch) {
    SendResult result;
    result.sent = static_cast<uint32_t>(batch.size());
    for (const TxPacket& packet : batch) {
        Connection* connection = find(packet.conn);
        if (!connection || !connection->has_room()) {
            ++result.errors;
            result.last_error = connection ? ENOBUFS : ENOTCONN;
            continue;
        }
        if (connection->congested()) {
            ++result.congested;
            if (!connection->congested_since_ns) connection->congested_since_ns = now_ns_;
        }
        connection->queue({packet.data, packet.len});
        if (to_flush_.empty() || to_flush_.back() != connection) to_flush_.push_back(connection);
    }
    for (Connection* connection : to_flush_) connection->flush();
    to_flush_.clear();
    return result;
}

uint64_t StreamTransport::congested_ns(ConnId id, uint64_t now_ns) const {
    const Connection* connection = find(id);
    return connection && connection->congested_since_ns ? now_ns - connection->congested_since_ns : 0;
}

Result<std::unique_ptr<ConnectionFactory>> make_factory(Protocol protocol, const TransportConfig& config) {
    switch (protocol) {
    case Protocol::Tls: return tls_connections(config);
    case Protocol::Ws: return websocket_connections(config, false);
    case Protocol::Wss: return websocket_connections(config, true);
    default: return tcp_connections();
    }
}

}  // namespace

Result<std::unique_ptr<Transport>> open_streams(Protocol protocol, const TransportConfig& config,
                                                asio::io_context& io) {
    auto factory = make_factory(protocol, config);
    if (!factory) return factory.error();
    auto transport = std::make_unique<StreamTransport>(io, config, std::move(*factory));
    if (auto listening = transport->listen(); !listening) return listening.error();
    return std::unique_ptr<Transport>(std::move(transport));
}

}  // namespace gsp::rt
