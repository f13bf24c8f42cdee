// SPDX-License-Identifier: Apache-2.0
// SRTP of streams: packets are sealed where they join the batch, and opened where they arrive.
#include <algorithm>
#include <utility>

#include "runtime/media/streams.h"

namespace gsp::rt {

namespace {

using Direction = SrtpContext::Direction;

void set_key(std::unique_ptr<SrtpContext>& context, const SrtpKey& key, Direction direction) {
    if (!context || !context->change(key)) context = SrtpContext::create(key, direction);
}

}  // namespace

void Streams::protect(std::unique_ptr<Stream::Srtp>& place, const SrtpKeys* keys, bool blocks) {
    if (!keys) {
        place.reset(blocks ? new Stream::Srtp : nullptr);
        return;
    }
    if (!sealing_) sealing_ = std::make_unique<Sealing>();
    if (!place) place = std::make_unique<Stream::Srtp>();
    Stream::Srtp& srtp = *place;
    if (!srtp.out || srtp.keys.own != keys->own) set_key(srtp.out, keys->own, Direction::Out);
    if (!srtp.in || srtp.keys.peer != keys->peer) set_key(srtp.in, keys->peer, Direction::In);
    srtp.keys = *keys;
}

// In the room of the packet's place in the batch.
std::string_view Streams::seal(SrtpContext* context, const RtpHeader* header, std::string_view payload) {
    const size_t header_size = header ? header->size() : 0, size = header_size + payload.size();
    if (!context || size > kSealed) return {};
    Sealed& room = sealing_->out[n_batch_];
    if (header) std::copy(header->begin(), header->end(), room.begin());
    std::copy(payload.begin(), payload.end(), room.begin() + static_cast<ptrdiff_t>(header_size));
    return {room.data(), context->protect(room, size)};
}

// A view that holds until the next one.
std::string_view Streams::unseal(SrtpContext* context, std::string_view datagram,
                                 size_t (SrtpContext::*opens)(std::span<char>)) {
    if (!context || datagram.size() > kSealed) return {};
    Sealed& room = sealing_->in;
    std::copy(datagram.begin(), datagram.end(), room.begin());
    return {room.data(), (context->*opens)({room.data(), datagram.size()})};
}

// With the own key, to where it came from. exec rtp_echo: without SRTP nothing goes back (SIPp).
void Streams::echo_back(Stream& stream, const RtpArrival& arrival, std::string_view packet) {
    if (!stream.echoes || way_of(stream).socket == -1 || !(stream.echoes_plain || srtp_of(stream))) return;
    if (const Address from = from_native(*arrival.from); !(from == stream.echoes_to)) {
        flush();  // what is in the batch goes to the one before
        stream.echoes_to = from;
        stream.echo_to = destination(from);
    }
    add(stream, way_of(stream).socket, stream.echo_to, nullptr, packet, 0);
    if (!srtp_of(stream)) flush();  // what was not sealed lies where the next datagram is read to
}

}  // namespace gsp::rt
