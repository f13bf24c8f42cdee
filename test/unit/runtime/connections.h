// SPDX-License-Identifier: Apache-2.0
// Two transports with connections on one io_context, for tests.
#pragma once
#include <gtest/gtest.h>

#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "runtime/transport/transport.h"

namespace gsp::rt {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

inline std::string message(const std::string& name, size_t body = 0) {
    return "MESSAGE sip:" + name + " SIP/2.0\r\nContent-Length: " + std::to_string(body) + "\r\n\r\n" +
           std::string(body, 'b');
}

inline std::string tls_file(const std::string& name) {
    return std::string(GSP_TLS) + "/" + name;
}

struct ReceivedOnConnection {
    std::string bytes;
    Address from;
    ConnId conn;
};

// Two transports on one io_context.
class Connections : public ::testing::Test {
protected:
    explicit Connections(Protocol protocol = Protocol::Tcp, const std::string& host = "127.0.0.1")
        : protocol_(protocol) {
        server_config_.local = client_config_.local = *resolve(host, 0);
        server_config_.needs_certificate = true;
        server_config_.tls.certificate = tls_file("peer.pem");
        server_config_.tls.key = tls_file("peer.key");
        client_config_.host = "localhost";
    }

    void start_server() { open(server_, server_config_); }
    void start_client() { open(client_, client_config_); }
    void start() {
        start_server();
        start_client();
    }
    void open(std::unique_ptr<Transport>& transport, const TransportConfig& config) {
        auto opened = open_transport(protocol_, config, io_);
        ASSERT_TRUE(opened.ok()) << opened.error().text;
        transport = std::move(*opened);
    }
    ConnId connect(const Address& peer) {
        Result<ConnId> id = client_->open(peer, {});
        EXPECT_TRUE(id.ok()) << id.error().text;
        return id.ok() ? *id : kNoConn;
    }
    ConnId connect() { return connect(server_->local()); }

    static SendResult send(Transport& from, const Address& to, ConnId conn, const std::string& bytes) {
        TxPacket packet{bytes.data(), static_cast<uint32_t>(bytes.size()), to, 0, conn};
        return from.send({&packet, 1});
    }
    // Lets things happen until it is true, for at most five seconds.
    bool until(const std::function<bool()>& done) {
        const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(5);
        while (!done()) {
            if (std::chrono::steady_clock::now() > end) return false;
            if (io_.stopped()) io_.restart();
            io_.run_one_for(std::chrono::milliseconds(5));
            for (Transport* each : {server_.get(), client_.get()}) {
                if (!each) continue;
                take(*each, each == server_.get() ? at_server_ : at_client_);
                while (auto end_of = each->next_disconnect())
                    (each == server_.get() ? lost_by_server_ : lost_by_client_).push_back(*end_of);
            }
        }
        return true;
    }
    static void take(Transport& transport, std::vector<ReceivedOnConnection>& into) {
        std::array<RxPacket, 7> packets;
        while (const uint32_t n = transport.receive(packets, 1)) {
            for (uint32_t i = 0; i < n; ++i)
                into.push_back({std::string(packets[i].data, packets[i].len), packets[i].from, packets[i].conn});
            transport.before_wait();
        }
        transport.before_wait();
    }
    bool arrive(size_t at_server, size_t at_client = 0) {
        return until([&] { return at_server_.size() >= at_server && at_client_.size() >= at_client; });
    }

    const Protocol protocol_;
    asio::io_context io_;  // outlives the transports
    TransportConfig server_config_, client_config_;
    std::unique_ptr<Transport> server_, client_;
    std::vector<ReceivedOnConnection> at_server_, at_client_;
    std::vector<Disconnect> lost_by_server_, lost_by_client_;
};

}  // namespace gsp::rt
