// SPDX-License-Identifier: Apache-2.0
// SIP over TCP (RFC 3261 18).
#include <utility>

#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>

#include "runtime/transport/stream_connection.h"

namespace gsp::rt {

namespace asio = boost::asio;

namespace {

class TcpConnection final : public Connection {
public:
    TcpConnection(ConnectionOwner& owner, tcp::socket socket) : Connection(owner), socket_(std::move(socket)) {}

private:
    auto self() { return std::static_pointer_cast<TcpConnection>(shared_from_this()); }
    tcp::socket& socket() override { return socket_; }

    void start_handshake(bool) override {
        error_code ignored;
        socket_.non_blocking(true, ignored);
        on_handshake({});
    }
    void start_read() override {
        const std::span<char> room = free_room();
        socket_.async_read_some(asio::buffer(room.data(), room.size()),
                                [me = self()](const error_code& error, size_t bytes) { me->on_read(error, bytes); });
    }
    // Mostly there is room for all, then nobody has to be told later.
    void start_write() override {
        error_code error;
        const size_t sent = socket_.write_some(asio::buffer(sending()), error);
        if (sent == sending().size()) return on_write({});
        const auto written = [me = self()](const error_code& e, size_t) { me->on_write(e); };
        if (error && error != asio::error::would_block)
            return asio::post(socket_.get_executor(), [written, error] { written(error, 0); });
        asio::async_write(socket_, asio::buffer(sending().substr(sent)), written);
    }
    void start_goodbye() override {
        error_code ignored;
        socket_.shutdown(tcp::socket::shutdown_send, ignored);
        on_goodbye();
    }

    tcp::socket socket_;
};

class TcpConnections final : public ConnectionFactory {
public:
    ConnectionPtr make(ConnectionOwner& owner, asio::ip::tcp::socket socket, const Address&) override {
        return std::make_shared<TcpConnection>(owner, std::move(socket));
    }
    std::string_view name() const override { return "TCP"; }
    bool reads_all() const override { return true; }
};

}  // namespace

std::unique_ptr<ConnectionFactory> tcp_connections() {
    return std::make_unique<TcpConnections>();
}

}  // namespace gsp::rt
