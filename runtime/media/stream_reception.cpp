// SPDX-License-Identifier: Apache-2.0
// What streams learn of the packets that arrive for them.
#include <cmath>
#include <utility>

#include "runtime/media/demux.h"
#include "runtime/media/streams.h"
#include "runtime/transport/sockaddr.h"

namespace gsp::rt {

void Streams::received(const RtpArrival& arrival) {
    uint32_t number = arrival.stream;
    if (number == RtpArrival::kNoStream) {
        const std::optional<MediaHub::Owner> owner = hub_->find(from_native(*arrival.from));
        if (!owner) return count_unowned(arrival);
        if (owner->lane != lane_) return hub_->hand_over(owner->lane, arrival);
        number = owner->stream;
    }
    if (number % kStreamsOfCall == kAudioStream) number = of_bundle(number, arrival);
    Stream& stream = at(number);
    if (stream.tap) [[unlikely]]
        keep_received(stream, arrival);
    if (take_other(number, arrival)) return;
    if (arrival.rtcp || is_rtcp(arrival.datagram)) return rtcp_received(number, arrival);
    if (awaits_keys(stream)) return;
    std::string_view datagram = arrival.datagram;
    if (const Stream::Srtp* const srtp = srtp_of(stream)) {
        datagram = unseal(srtp->in.get(), datagram, &SrtpContext::unprotect);
        if (datagram.empty()) return counts_.add(Counter::SrtpErrors, 1);
    }
    const std::optional<RtpView> packet = read_rtp(datagram);
    if (packet) count_received(arrival);
    echo_back(stream, arrival, datagram);
    check_echo(stream, packet ? packet->payload : std::string_view());
    if (!packet || !stream.board) return;
    if (stream.tap) [[unlikely]]
        hear(stream, RecordedAudio::Channel::Received, *packet, arrival.at_ns);
    if (!stream.reception) {
        stream.reception = std::make_unique<Reception>();
        stream.reception->expect_from(stream.expected_from_ns);
        if (rtcp_.on) stream.reception->prepare_xr();
    }
    stream.reception->take(*packet, arrival.datagram.size(), stream.types, arrival.at_ns);
    note_change(number);
}

// Only what is RTP, and could be opened if it was sealed.
void Streams::count_received(const RtpArrival& arrival) {
    counts_.add(Counter::RtpPacketsReceived, 1);
    counts_.add(Counter::RtpBytesReceived, arrival.datagram.size());
}

// At a port that calls have in common, from somewhere that none of them sends to.
void Streams::count_unowned(const RtpArrival& arrival) {
    if (!arrival.rtcp && !is_rtcp(arrival.datagram) && read_rtp(arrival.datagram)) count_received(arrival);
}

// What has waited for an address to its end. The carrier of a bundle has it for both.
void Streams::count_unaimed(const Stream& stream) {
    if (stream.plays_bytes() && way_of(stream).to.len == 0 && stream.packets_sent == 0)
        counts_.add(Counter::RtpStreamsUnaimed, 1);
}

// What there is besides media at a port that is the stream's alone (RFC 7983). False: nothing of that.
bool Streams::take_other(uint32_t number, const RtpArrival& arrival) {
    if (arrival.stream == RtpArrival::kNoStream) return false;
    switch (kind_of(arrival.datagram)) {
    case DatagramKind::Dtls: return take_dtls(number, arrival);
    case DatagramKind::Stun: return true;  // some keep ports open so; it means nothing here
    default: return false;
    }
}

void Streams::note_change(uint32_t number) {
    Stream& stream = at(number);
    if (stream.changed) return;
    stream.changed = true;
    changed_.push_back(number);
}

void Streams::publish() {
    for (const uint32_t number : changed_) {
        Stream& stream = at(number);
        stream.changed = false;
        if (stream.board) stream.board->received.write(report(number));
    }
    changed_.clear();
}

void Streams::hear_from(Stream& stream, uint32_t number, const std::vector<Address>& sources) {
    for (const Address& source : stream.sources) hub_->remove(source, {lane_, number});
    stream.sources = sources;
    for (const Address& source : stream.sources) hub_->add(source, {lane_, number});
}

StreamReport Streams::report(uint32_t number) const {
    const Stream& stream = streams_[number];
    StreamReport made;
    made.media = static_cast<StreamReport::Media>(number % kStreamsOfCall);
    made.own_ssrc = stream.ssrc;
    if (stream.board) stream.board->put_sent(made, now_ns_);
    if (stream.reception) stream.reception->put(made);
    if (stream.dtls) made.dtls = stream.dtls->ports[0].outcome;
    if (const Stream::Srtp* const srtp = srtp_of(stream); srtp && srtp->out)
        made.srtp = srtp->keys.own.row().name.data();
    if (stream.rtcp)
        for (size_t i = 0; i < kStreamValues; ++i) made.v[i] += stream.rtcp->counts[i];
    return made;
}

void Streams::finish_reception(uint32_t number) {
    Stream& stream = at(number);
    if (stream.board) finish_report(stream, number);
    if (number % kStreamsOfCall != kCaptureStream) return;
    quality_.add_call(std::exchange(received_of_call_, 0));
    if (audio_of_call_.sent != audio_of_call_.received) counts_.add(Counter::CallsOneWayAudio, 1);
    audio_of_call_ = {};
}

void Streams::finish_report(Stream& stream, uint32_t number) {
    StreamReport last = report(number);
    rate(last);
    quality_.add(last);
    const auto count = [&](Counter counter, StreamValue value) { counts_.add(counter, last[value]); };
    count(Counter::RtpPacketsLost, StreamValue::PacketsLost);
    count(Counter::RtpPacketsReordered, StreamValue::PacketsReordered);
    count(Counter::RtpPacketsDuplicate, StreamValue::PacketsDuplicate);
    received_of_call_ += last[StreamValue::PacketsReceived];
    if (last.media != StreamReport::Media::Video) {
        audio_of_call_.sent |= last[StreamValue::PacketsSent] != 0;
        audio_of_call_.received |= last[StreamValue::PacketsReceived] != 0;
    }
    if (last[StreamValue::PacketsReceived]) {
        counts_.add(Counter::RtpStreamsReceived, 1);
        counts_.add(Counter::RtpJitterMicroseconds, last[StreamValue::JitterMean] / 1000);
    }
    if (last.mos > 0) {
        counts_.add(Counter::RtpStreamsRated, 1);
        counts_.add(Counter::RtpMosHundredths, static_cast<uint64_t>(std::lround(100 * last.mos)));
    }
    counts_.add(Counter::DtmfDigitsReceived, last.heard.n);
    stream.reception.reset();
    stream.rtcp.reset();
}

}  // namespace gsp::rt
