// SPDX-License-Identifier: Apache-2.0
// Streams whose packets take the way that ICE has found: what their agent says comes from its thread.
#include <utility>

#include "runtime/media/streams.h"
#include "runtime/transport/sockaddr.h"

namespace gsp::rt {

void Streams::take_ice(const IceNews& news, uint64_t now_ns) {
    Stream& stream = at(news.stream);
    const bool known = stream.board && stream.ice && stream.ssrc == news.ssrc;  // else it is closed, or another one
    if (news.kind == IceNews::Kind::Datagram) {
        if (!known) return;
        sockaddr_storage from{};
        to_native(news.peer, from);
        if (!is_rtcp(news.bytes())) {
            counts_.add(Counter::RtpPacketsReceived, 1);
            counts_.add(Counter::RtpBytesReceived, news.size);
        }
        return received({news.stream, news.bytes(), news.at_ns, &from});
    }
    if (!known) {
        if (news.socket >= 0) network_.close(news.socket);
        return;
    }
    const bool waited = stream.to.len == 0;
    flush();  // what is in the batch goes the way it was meant to
    leave_path(stream);
    if (news.kind == IceNews::Kind::NoPath) return timers_.disarm(stream);
    stream.socket = news.socket;
    stream.to = destination(news.peer);
    if (!waited) return;
    stream.expected_from_ns = now_ns;
    if (stream.playing == Stream::Playing::Bytes && !stream.paused) start(stream, now_ns);
}

void Streams::leave_path(Stream& stream) {
    const int socket = std::exchange(stream.socket, -1);
    if (socket >= 0) network_.close(socket);
    stream.to.len = 0;
}

}  // namespace gsp::rt
