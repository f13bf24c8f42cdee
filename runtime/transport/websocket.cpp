// SPDX-License-Identifier: Apache-2.0
// SIP over WebSocket and secure WebSocket (RFC 7118), by Boost.Beast: each SIP message is a WebSocket message.
// Those of a turn leave in one write, and many come with one read.
#include <utility>

#include <algorithm>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/websocket.hpp>
#include <boost/beast/websocket/ssl.hpp>

#include "runtime/sip/framing.h"
#include "runtime/transport/stream_connection.h"
#include "runtime/transport/stream_gather.h"
#include "runtime/transport/tls_context.h"
#include "runtime/transport/tls_error.h"

namespace gsp::rt {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
namespace ssl = asio::ssl;
namespace websocket = beast::websocket;
using asio::ip::tcp;

namespace {

// What Beast asks of a layer that it closes.
template <class Next, class Handler>
void async_teardown(beast::role_type role, GatheringStream<Next>& layer, Handler&& handler) {
    using websocket::async_teardown;
    async_teardown(role, layer.next_layer(), std::forward<Handler>(handler));
}

constexpr const char* kSubprotocol = "sip";  // RFC 7118 4.1

struct Request {
    std::string host, path;
};

void ask_for_sip(websocket::request_type& request) {
    request.set(http::field::sec_websocket_protocol, kSubprotocol);
}
void agree_on_sip(websocket::response_type& response) {
    response.set(http::field::sec_websocket_protocol, kSubprotocol);
}

// Layer: a TCP socket, or TLS over one.
template <class Layer>
class WebSocketConnection final : public Connection {
    static constexpr bool kSecure = !std::is_same_v<Layer, tcp::socket>;

public:
    template <class... Args>
    WebSocketConnection(ConnectionOwner& owner, const Request& request, TlsContext* tls, Args&&... layer)
        : Connection(owner), request_(request), tls_(tls), stream_(std::forward<Args>(layer)...) {
        stream_.read_message_max(sip::kLongestMessage);
        stream_.auto_fragment(false);
        stream_.text(true);
        stream_.next_layer().on_dry([this] { hand_out(); });
    }

private:
    auto self() { return std::static_pointer_cast<WebSocketConnection>(shared_from_this()); }
    tcp::socket& socket() override {
        if constexpr (kSecure)
            return layer().next_layer();
        else
            return layer();
    }
    Layer& layer() { return stream_.next_layer().next_layer(); }
    bool keeps_ends() const override { return true; }

    void start_handshake(bool as_server) override {
        if constexpr (kSecure) {
            if (!as_server) tls_->prepare_client(layer().native_handle(), peer);
            layer().async_handshake(as_server ? ssl::stream_base::server : ssl::stream_base::client,
                                    [me = self(), as_server](const error_code& error) {
                                        if (error) return me->on_handshake(error);
                                        me->upgrade(as_server);
                                    });
        } else {
            upgrade(as_server);
        }
    }
    void upgrade(bool as_server) {
        const auto done = [me = self()](const error_code& error) { me->on_handshake(error); };
        if (as_server) {
            stream_.set_option(websocket::stream_base::decorator(agree_on_sip));
            return stream_.async_accept(done);
        }
        stream_.set_option(websocket::stream_base::decorator(ask_for_sip));
        stream_.async_handshake(request_.host, request_.path, done);
    }
    void start_read() override {
        received_.consume(received_.size());
        stream_.async_read(received_, [me = self()](const error_code& error, size_t) {
            const auto bytes = me->received_.cdata();
            if (me->on_message(error, {static_cast<const char*>(bytes.data()), bytes.size()})) me->start_read();
        });
    }
    void start_write() override {
        sent_ = 0;
        stream_.next_layer().gather();
        write_next({});
    }
    void write_next(const error_code& error) {
        if (error) return on_write(error);
        if (sent_ == sending_ends().size())
            return stream_.next_layer().flush([me = self()](const error_code& failed) { me->on_write(failed); });
        const size_t from = sent_ ? sending_ends()[sent_ - 1] : 0, to = sending_ends()[sent_];
        ++sent_;
        stream_.async_write(asio::buffer(sending().substr(from, to - from)),
                            [me = self()](const error_code& failed, size_t) { me->write_next(failed); });
    }
    void start_goodbye() override {
        stream_.async_close(websocket::close_code::normal, [me = self()](const error_code&) { me->on_goodbye(); });
    }
    std::string describe(const error_code& error) const override {
        std::string text = error == websocket::error::closed ? "closed by the peer" : Connection::describe(error);
        if constexpr (kSecure)
            return describe_tls_error(error, const_cast<WebSocketConnection*>(this)->layer().native_handle(), text);
        return text;
    }
    bool is_orderly(const error_code& error) const override {
        return error == websocket::error::closed || error == ssl::error::stream_truncated ||
               Connection::is_orderly(error);
    }

    using Stream = websocket::stream<GatheringStream<Layer>>;
    const Request& request_;
    TlsContext* tls_;
    Stream stream_;
    beast::flat_buffer received_{sip::kLongestMessage};
    size_t sent_ = 0;  // messages of sending()
};

class WebSocketConnections final : public ConnectionFactory {
public:
    WebSocketConnections(std::unique_ptr<TlsContext> tls, Request request)
        : tls_(std::move(tls)), request_(std::move(request)) {}
    ConnectionPtr make(ConnectionOwner& owner, tcp::socket socket, const Address&) override {
        if (!tls_)
            return std::make_shared<WebSocketConnection<tcp::socket>>(owner, request_, nullptr, std::move(socket));
        return std::make_shared<WebSocketConnection<ssl::stream<tcp::socket>>>(owner, request_, tls_.get(),
                                                                               std::move(socket), tls_->context());
    }
    std::string_view name() const override { return tls_ ? "WSS" : "WS"; }

private:
    std::unique_ptr<TlsContext> tls_;
    Request request_;
};

}  // namespace

Result<std::unique_ptr<ConnectionFactory>> websocket_connections(const TransportConfig& config, bool secure) {
    std::unique_ptr<TlsContext> tls;
    if (secure) {
        auto made = TlsContext::make(config);
        if (!made) return made.error();
        tls = std::move(*made);
    }
    return std::unique_ptr<ConnectionFactory>(
        std::make_unique<WebSocketConnections>(std::move(tls), Request{config.host, config.ws_path}));
}

}  // namespace gsp::rt
