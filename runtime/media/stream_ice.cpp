// SPDX-License-Identifier: Apache-2.0
// Streams whose packets take the way that ICE has found: what their agent says comes from its thread.
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
        return received({news.stream, news.bytes(), news.at_ns, &from, false, stream.socket});
    }
    if (!known) {
        if (news.socket >= 0) network_.close(news.socket);
        return;
    }
    flush();  // what is in the batch goes the way it was meant to
    const RtpDestination to = destination(news.peer);
    for (Stream::Way& way : at(news.stream - news.stream % kStreamsOfCall + kCaptureStream).ways)
        if (way.socket == stream.socket) way = {news.socket, to};
    close_socket(stream);
    stream.socket = news.socket;
    if (news.kind == IceNews::Kind::Path) return set_target(stream, to, now_ns);
    stream.to.len = 0;
    halt(stream);
    if (stream.carries) halt(*stream.carries);
}

}  // namespace gsp::rt
