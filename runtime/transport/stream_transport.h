// SPDX-License-Identifier: Apache-2.0
// TCP, TLS and WebSocket: who is connected to whom, connections for calls, and what happens when one is lost (SIPp's
// -max_reconnect, -reconnect_close, -reconnect_sleep, but nothing stands still meanwhile). Opening is in
// stream_open.cpp, losing in stream_lose.cpp, messages in stream_transport.cpp. Private to runtime/transport.
#pragma once
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <deque>

#include "runtime/transport/conn_table.h"
#include "runtime/transport/stream_connection.h"

namespace gsp::rt {

class StreamTransport final : public Transport, private ConnectionOwner {
public:
    StreamTransport(boost::asio::io_context& io, const TransportConfig& config,
                    std::unique_ptr<ConnectionFactory> factory)
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
    bool gives_all() const override { return !may_be_more_; }
    void before_wait() override { read_on(); }
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
        Connection::State state;  // in which it must no longer be
    };

    Connection* find(ConnId id) const {
        const ConnectionPtr* found = connections_.find(id);
        return found ? found->get() : nullptr;
    }
    void read_on();
    void poll();
    Result<ConnId> add(const ConnectionPtr&);
    void forget(Connection&);
    ConnectionPtr make(boost::asio::ip::tcp::socket, const Address& peer);
    Result<ConnId> open_common(const Address& peer);
    Result<ConnId> open_own(const Address& peer, const Address& from);
    ConnId share(const Address& peer);
    // A socket to `peer`, from the address `from` or that of the run, and from `port` if that is not 0 and can be had.
    Result<boost::asio::ip::tcp::socket> prepare(const Address& peer, const Address& from, uint16_t port);
    void start(const ConnectionPtr&);
    Result<ConnectionPtr> connect(const Address& peer, const Address& from, uint16_t port);
    Common* common_of(ConnId);
    bool may_reconnect() const {
        return config_.reconnect.most < 0 || reconnections_ < uint64_t(config_.reconnect.most);
    }
    void reconnect_later(Common&, Connection* lost);
    void accept();
    void take(boost::asio::ip::tcp::socket);
    void watch(const ConnectionPtr&);  // that it does not stay in its present state
    void tick_later();
    void tick();
    std::string name_of(const Connection&) const;

    // ConnectionOwner
    void has_messages(const ConnectionPtr& connection) override { ready_.push_back(connection); }
    void is_open(Connection& connection) override;
    void has_ended(Connection&, const std::string& why, bool orderly) override;
    void becomes_busy(bool busy) override { busy_ += busy ? 1 : -1; }

    boost::asio::io_context& io_;
    const TransportConfig config_;
    std::unique_ptr<ConnectionFactory> factory_;
    boost::asio::ip::tcp::acceptor acceptor_;
    Address local_;
    ConnTable<ConnectionPtr> connections_{config_.seat};
    std::vector<Common> common_;
    SharedInTurn own_;                    // opened for single calls
    std::deque<ConnectionPtr> ready_;     // have messages
    std::vector<ConnectionPtr> used_up_;  // all theirs were taken, they are not read until that is no longer needed
    std::vector<Connection*> to_flush_;
    std::deque<Disconnect> disconnects_;
    std::deque<Deadline> deadlines_[2];  // of opening, of goodbyes: each in order of time
    bool ticking_ = false;
    boost::asio::steady_timer tick_, accept_again_;
    uint64_t now_ns_ = 0, reconnections_ = 0;
    int64_t busy_ = 0;
    bool shutting_down_ = false;
    bool may_be_more_ = false;  // behind what the last receive() gave
};

}  // namespace gsp::rt
