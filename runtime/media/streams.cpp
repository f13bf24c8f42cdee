// SPDX-License-Identifier: Apache-2.0
#include "runtime/media/streams.h"

#include <algorithm>
#include <utility>

namespace gsp::rt {

Streams::Streams(RtpNetwork& network, MediaCounts& counts, RtpTolerance tolerance, bool keeps_all_checks, RtcpPlan rtcp,
                 std::shared_ptr<MediaHub> hub, MediaHub::Lane lane)
    : network_(network),
      counts_(counts),
      tolerance_(tolerance),
      keeps_all_checks_(keeps_all_checks),
      rtcp_(rtcp),
      rng_(rtcp.seed),
      cname_("gossipper-" + std::to_string(rng_.next())),
      hub_(std::move(hub)),
      lane_(lane) {}

Streams::Stream& Streams::at(uint32_t number) {
    while (streams_.size() <= number) {
        streams_.emplace_back();
        streams_.back().keys_of = static_cast<uint32_t>(streams_.size() - 1);
    }
    return streams_[number];
}

void Streams::apply(MediaCommand&& command, uint64_t now_ns) {
    using Kind = MediaCommand::Kind;
    now_ns_ = now_ns;
    Stream& stream = at(command.stream);
    switch (command.kind) {
    case Kind::Open:
        open(stream, command, now_ns);
        if (command.socket >= 0) network_.take(command.socket, command.stream, false);
        if (rtcp_.on) open_rtcp(stream, command, now_ns);
        break;
    case Kind::Close: close(command.stream, now_ns); break;
    case Kind::RtcpTarget:
        set_rtcp_target(stream, command);
        begin_dtls(stream);
        break;
    case Kind::Protect:  // keys replace those of DTLS; none do not
        if (stream.dtls && !command.keys) break;
        drop_dtls(command.stream);
        protect(stream.srtp, command.keys.get(), command.on);
        start_waiting(command.stream, now_ns);
        break;
    case Kind::Dtls: set_dtls(command.stream, *command.dtls, now_ns); break;
    case Kind::Bundle: set_bundle(command.stream, std::move(command.bundle), now_ns); break;
    case Kind::Echo: stream.echoes = command.on, stream.echoes_plain = command.plain; break;
    case Kind::Types: stream.types = command.types; break;
    case Kind::Record:
    case Kind::StopRecord:
    case Kind::Keep:
    case Kind::Save: set_tap(std::move(command)); break;
    case Kind::Target: set_target(stream, destination(command.to), now_ns); break;
    case Kind::PlayBytes: play_bytes(stream, command, now_ns); break;
    case Kind::PlayCapture: play_capture(stream, command, now_ns); break;
    case Kind::Pause:
        if (stream.playing != Stream::Playing::Bytes || stream.pattern != command.pattern) break;
        stream.paused = true;
        if (!stream.sends_events()) halt(stream);
        break;
    case Kind::Events: send_events(stream, command, now_ns); break;
    case Kind::Stop:
        if (stream.playing == Stream::Playing::Bytes) stop(stream);
        stream.echoes = false;
        break;
    case Kind::Resume:
        if (stream.pattern == command.pattern) resume(stream, now_ns);
        break;
    }
}

void Streams::open(Stream& stream, const MediaCommand& command, uint64_t now_ns) {
    stream.socket = command.socket;
    stream.port = command.port;
    stream.ice = command.ice != nullptr;
    stream.kind = command.stream % kStreamsOfCall == kVideoStream ? MediaKind::Video : MediaKind::Audio;
    stream.ssrc = command.ssrc;
    stream.sequence = 0;
    stream.format = {};
    stream.packets_sent = stream.octets_sent = 0;
    stream.board = command.board;
    stream.expected_from_ns = now_ns;
    if (!stream.board) return;
    stream.board->clear();
    stream.board->received.write(report(command.stream));
}

void Streams::set_target(Stream& stream, const RtpDestination& to, uint64_t now_ns) {
    const bool waited = stream.to.len == 0;
    stream.to = to;
    for (Stream* const goes : {&stream, stream.carries}) {
        if (!goes) continue;
        if (!to.len) halt(*goes);  // on hold
        if (waited) way_is_known(*goes, now_ns);
    }
    begin_dtls(stream);
}

void Streams::close(uint32_t number, uint64_t now_ns) {
    Stream& stream = at(number);
    count_unsent(stream, now_ns);
    count_unaimed(stream);
    stream.events.reset();
    stop(stream);
    close_rtcp(number, now_ns);
    drop_dtls(number);
    finish_check(stream);
    finish_reception(number);
    hear_from(stream, number, {});
    close_socket(stream);
    stream.to.len = 0;
    stream.own_capture.reset();
    stream.microphone.reset();
    stream.board = nullptr;
    stream.types = no_dynamic_types();
    stream.srtp.reset();
    stream.echoes = false;
    stream.bundle.reset();
    stream.extension.clear();
    if (stream.carrier) stream.carrier->carries = nullptr;
    if (stream.carries) stream.carries->carrier = nullptr;
    stream.carrier = stream.carries = nullptr;
    stream.keys_of = number;
    if (stream.tap) close_tap(number);
}

void Streams::close_socket(Stream& stream) {
    const int socket = std::exchange(stream.socket, -1);
    if (socket >= 0) network_.close(socket);
}

void Streams::close_all(uint64_t now_ns) {
    for (uint32_t number = 0; number < streams_.size(); ++number) close(number, now_ns);
    if (!recorder_) return;
    record_problems_ = recorder_->finish();
    counts_.add(Counter::MediaFilesFailed, record_problems_.files);
}

void Streams::run(uint64_t now_ns) {
    now_ns_ = now_ns;
    timers_.expire(now_ns, [&](TimerNode& node) { send_due(static_cast<Stream&>(node), now_ns); });
    flush();
    rtcp_timers_.expire(now_ns, [&](TimerNode& node) {
        Stream::Rtcp& rtcp = static_cast<Stream::Rtcp&>(node);
        send_rtcp(rtcp.stream, now_ns, false);
        arm_rtcp(rtcp, now_ns);
    });
    shake_hands(now_ns);
}

uint64_t Streams::next_due_ns() const {
    const uint64_t due_ns = std::min(timers_.next_due_ns(), rtcp_timers_.next_due_ns());
    if (!handshakes_) return due_ns;
    return handshakes_->waiting.empty() ? std::min(due_ns, handshakes_->timers.next_due_ns()) : 0;
}

}  // namespace gsp::rt
