// SPDX-License-Identifier: Apache-2.0
// RTCP of streams (RFC 3550 6): reports at random intervals, what those of the other side say, BYE at the end.
#include <cstring>

#include "runtime/media/streams.h"

namespace gsp::rt {

void Streams::open_rtcp(Stream& stream, const MediaCommand& command, uint64_t now_ns) {
    stream.rtcp = std::make_unique<Stream::Rtcp>();
    stream.rtcp->stream = command.stream;
    stream.rtcp->socket = command.rtcp_socket;
    if (command.rtcp_socket >= 0) network_.take(command.rtcp_socket, command.stream, true);
    arm_rtcp(*stream.rtcp, now_ns);
}

void Streams::set_rtcp_target(Stream& stream, const MediaCommand& command) {
    if (!stream.rtcp) return;
    stream.rtcp->muxed = command.on;
    stream.rtcp->to = destination(command.to);
}

// RFC 3550 6.2, 6.3.1: with two members the minimum of 5 s decides, half of it for the first report; times 0.5 to 1.5,
// over e - 3/2.
void Streams::arm_rtcp(Stream::Rtcp& rtcp, uint64_t now_ns) {
    constexpr double kMinimumNs = 5e9, kCompensation = 1.21828;
    const double planned = rtcp.first ? kMinimumNs / 2 : kMinimumNs;
    rtcp.first = false;
    rtcp_timers_.arm(rtcp, now_ns + static_cast<uint64_t>(planned * (0.5 + rng_.uniform()) / kCompensation));
}

void Streams::send_rtcp(uint32_t number, uint64_t now_ns, bool bye) {
    Stream& stream = at(number);
    Stream::Rtcp& rtcp = *stream.rtcp;
    const Stream& way = way_of(stream);
    const bool muxed = rtcp.muxed || stream.carrier;
    const RtpDestination& to = muxed ? way.to : rtcp.to;
    const int socket = muxed ? way.socket : rtcp.socket;
    if (!to.len || socket == -1) return;
    std::array<RtcpBlock, Reception::kSources> blocks;
    std::array<RtpSource*, Reception::kSources> heard;
    size_t n = 0;
    if (stream.reception)
        for (RtpSource& source : stream.reception->sources()) {
            if (!source.has_news()) continue;
            heard[n] = &source;
            blocks[n++] = source.report(now_ns);
        }
    RtcpWriter writer;
    const bool sends = stream.packets_sent > rtcp.sent_before_that;  // within the last two intervals (6.4)
    if (sends) {
        const uint32_t timestamp = stream.format.ms ? rtp_time(stream.format, now_ns) : 0;
        writer.sender_report(stream.ssrc,
                             {ntp_of(rtcp_.epoch_ns + now_ns), timestamp, stream.packets_sent, stream.octets_sent},
                             {blocks.data(), n});
    } else {
        writer.receiver_report(stream.ssrc, {blocks.data(), n});
    }
    writer.cname(stream.ssrc, cname_);
    write_xr(stream, number, writer, {heard.data(), n}, now_ns, sends);
    if (bye) writer.bye(stream.ssrc);
    rtcp.sent_before_that = rtcp.sent_before;
    rtcp.sent_before = stream.packets_sent;

    std::string_view bytes = writer.packet();
    if (const Stream::Srtp* const srtp = srtcp_of(stream, !muxed)) {
        if (!srtp->out) return;
        Sealed& room = sealing_->out[0];  // the batch is empty: run() has flushed it
        std::memcpy(room.data(), bytes.data(), bytes.size());
        bytes = {room.data(), srtp->out->protect_rtcp(room, bytes.size())};
    }
    const RtpPacket packet{socket, &to, {}, false, bytes};
    if (stream.tap) [[unlikely]]
        keep_sent(stream, packet);
    if (bytes.empty() || network_.send({&packet, 1}).packets) return counts_.add(Counter::RtpSendErrors, 1);
    ++rtcp.counts[static_cast<size_t>(sends ? StreamValue::SenderReports : StreamValue::ReceiverReports)];
    counts_.add(sends ? Counter::RtcpSenderReports : Counter::RtcpReceiverReports, 1);
    note_change(number);
}

void Streams::close_rtcp(uint32_t number, uint64_t now_ns) {
    Stream& stream = at(number);
    if (!stream.rtcp) return;
    flush();
    if (rtcp_.on && (stream.packets_sent || stream.reception)) send_rtcp(number, now_ns, true);
    drop_dtls(number);  // its goodbye leaves from the port that is closed here
    rtcp_timers_.disarm(*stream.rtcp);
    if (stream.rtcp->socket >= 0) network_.close(stream.rtcp->socket);
}

// ---- what arrives --------------------

void Streams::rtcp_received(uint32_t number, const RtpArrival& arrival) {
    Stream& stream = at(number);
    if (!stream.board) return;
    std::string_view rest = arrival.datagram;
    if (const Stream::Srtp* const srtp = srtcp_of(stream, arrival.rtcp)) {
        if (stream.dtls && !srtp->in) return;
        rest = unseal(srtp->in.get(), rest, &SrtpContext::unprotect_rtcp);
        if (rest.empty()) return counts_.add(Counter::SrtpErrors, 1);
    }
    if (!stream.rtcp) stream.rtcp = std::make_unique<Stream::Rtcp>();
    const auto count = [&](StreamValue value) { ++stream.rtcp->counts[static_cast<size_t>(value)]; };
    bool first = true;
    for (auto packet = take_rtcp(rest); packet; packet = take_rtcp(rest)) {
        const bool report = packet->type == kRtcpSr || packet->type == kRtcpRr;
        if (first && !report) return;  // A.2: a compound packet begins with one
        if (first) {
            count(StreamValue::RtcpReceived);
            counts_.add(Counter::RtcpPacketsReceived, 1);
        }
        first = false;
        const std::optional<uint32_t> ssrc = packet->ssrc();
        RtpSource* const source = ssrc && stream.reception ? stream.reception->find(*ssrc) : nullptr;
        if (const auto info = packet->sender_info(); info && source)
            source->note_sender_report(info->ntp, arrival.at_ns);
        for (uint32_t i = 0; report && i < packet->count; ++i)
            if (const auto block = packet->block(i); block && block->ssrc == stream.ssrc)
                take_block(stream, *block, arrival.at_ns);
        if (packet->type == kRtcpBye) count(StreamValue::ByesReceived);
        if (packet->type == kRtcpXr) take_xr(stream, *packet, arrival.at_ns);
    }
    note_change(number);
}

void Streams::take_block(Stream& stream, const RtcpBlock& block, uint64_t at_ns) {
    const auto value = [&](StreamValue v) -> uint64_t& { return stream.rtcp->counts[static_cast<size_t>(v)]; };
    ++value(StreamValue::RtcpBlocks);
    value(StreamValue::RemoteLost) = static_cast<uint64_t>(std::max(block.lost, 0));
    uint64_t& fraction = value(StreamValue::RemoteFraction);
    fraction = std::max<uint64_t>(fraction, block.fraction_lost);
    uint64_t &most = value(StreamValue::RemoteJitter), &least = value(StreamValue::RemoteJitterMin);
    most = std::max<uint64_t>(most, block.jitter);
    if (block.jitter && (!least || block.jitter < least)) least = block.jitter;
    value(StreamValue::RemoteJitterSum) += block.jitter;
    if (const auto round_trip = round_trip_ns(block, ntp_of(rtcp_.epoch_ns + at_ns)))
        value(StreamValue::RoundTrip) = *round_trip;
}

}  // namespace gsp::rt
