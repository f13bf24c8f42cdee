// SPDX-License-Identifier: Apache-2.0
// Streams: messages in and out.
#include "runtime/transport/stream_transport.h"

#include <cerrno>

namespace gsp::rt {

namespace asio = boost::asio;

// ---- messages --------------------

uint32_t StreamTransport::receive(std::span<RxPacket> out, uint64_t now_ns) {
    now_ns_ = now_ns;
    may_be_more_ = false;
    if (ready_.empty()) {
        read_on();
        poll();
    }
    uint32_t taken = 0;
    while (taken < out.size() && !ready_.empty()) {
        const ConnectionPtr& connection = ready_.front();
        taken += connection->take(out.subspan(taken), now_ns);
        if (connection->has_more()) break;
        may_be_more_ |= !factory_->reads_all() || connection->filled();
        used_up_.push_back(connection);
        ready_.pop_front();
    }
    return taken;
}

// Not before somebody waits or asks again: what came meanwhile is read at once then, instead of finding nothing first.
void StreamTransport::read_on() {
    for (const ConnectionPtr& connection : used_up_) connection->resume();
    used_up_.clear();
}

// A single connection that has messages leaves nothing to look for.
void StreamTransport::poll() {
    if (io_.stopped()) io_.restart();
    if (connections_.size() > 1)
        io_.poll();
    else
        while (ready_.empty() && io_.poll_one() > 0) {
        }
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
namespace {

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
