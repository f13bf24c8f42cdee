// SPDX-License-Identifier: Apache-2.0
// Which transport carries what.
#include "runtime/transport/transport.h"

#include "runtime/transport/udp_transport.h"

namespace gsp::rt {

Result<std::unique_ptr<Transport>> open_udp(const TransportConfig& config) {
    return config.io == Io::Uring ? open_udp_uring(config) : open_udp_mmsg(config);
}

Result<std::unique_ptr<Transport>> open_transport(Protocol protocol, const TransportConfig& config,
                                                  boost::asio::io_context& io) {
    if (protocol != Protocol::Udp) return open_streams(protocol, config, io);
    return config.sockets == Sockets::One ? open_udp(config) : open_udp_sockets(config);
}

Result<ConnId> Transport::open(const Address&, const Address&) {
    return kMainConn;
}

}  // namespace gsp::rt
