// SPDX-License-Identifier: Apache-2.0
// SIP over TLS (RFC 3261 26.2), by OpenSSL.
#include <utility>

#include <boost/asio/write.hpp>

#include "runtime/transport/stream_connection.h"
#include "runtime/transport/tls_context.h"
#include "runtime/transport/tls_error.h"

namespace gsp::rt {

namespace asio = boost::asio;
namespace ssl = asio::ssl;

namespace {

class TlsConnection final : public Connection {
public:
    TlsConnection(ConnectionOwner& owner, tcp::socket socket, TlsContext& tls)
        : Connection(owner), stream_(std::move(socket), tls.context()), tls_(tls) {}

private:
    auto self() { return std::static_pointer_cast<TlsConnection>(shared_from_this()); }
    tcp::socket& socket() override { return stream_.next_layer(); }

    void start_handshake(bool as_server) override {
        if (!as_server) tls_.prepare_client(stream_.native_handle(), peer);
        stream_.async_handshake(as_server ? ssl::stream_base::server : ssl::stream_base::client,
                                [me = self()](const error_code& error) { me->on_handshake(error); });
    }
    void start_read() override {
        const std::span<char> room = free_room();
        stream_.async_read_some(asio::buffer(room.data(), room.size()),
                                [me = self()](const error_code& error, size_t bytes) { me->on_read(error, bytes); });
    }
    void start_write() override {
        asio::async_write(stream_, asio::buffer(sending()),
                          [me = self()](const error_code& error, size_t) { me->on_write(error); });
    }
    void start_goodbye() override {
        stream_.async_shutdown([me = self()](const error_code&) { me->on_goodbye(); });
    }
    std::string describe(const error_code& error) const override {
        return describe_tls_error(error, const_cast<Stream&>(stream_).native_handle(), Connection::describe(error));
    }
    bool is_orderly(const error_code& error) const override {
        return error == ssl::error::stream_truncated || Connection::is_orderly(error);
    }

    using Stream = ssl::stream<tcp::socket>;
    Stream stream_;
    TlsContext& tls_;
};

class TlsConnections final : public ConnectionFactory {
public:
    explicit TlsConnections(std::unique_ptr<TlsContext> tls) : tls_(std::move(tls)) {}
    ConnectionPtr make(ConnectionOwner& owner, asio::ip::tcp::socket socket, const Address&) override {
        return std::make_shared<TlsConnection>(owner, std::move(socket), *tls_);
    }
    std::string_view name() const override { return "TLS"; }

private:
    std::unique_ptr<TlsContext> tls_;
};

}  // namespace

Result<std::unique_ptr<ConnectionFactory>> tls_connections(const TransportConfig& config) {
    auto tls = TlsContext::make(config);
    if (!tls) return tls.error();
    return std::unique_ptr<ConnectionFactory>(std::make_unique<TlsConnections>(std::move(*tls)));
}

}  // namespace gsp::rt
