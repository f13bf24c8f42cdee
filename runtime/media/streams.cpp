// SPDX-License-Identifier: Apache-2.0
#include "runtime/media/streams.h"

#include <algorithm>
#include <utility>

#include "runtime/media/encoders.h"

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

void Streams::way_is_known(Stream& stream, uint64_t now_ns) {
    stream.expected_from_ns = now_ns;
    if (stream.plays_bytes() || stream.sends_events()) start(stream, now_ns);
}

void Streams::start(Stream& stream, uint64_t now_ns) {
    if (stream.playing != Stream::Playing::Capture && way_of(stream).to.len == 0) return;  // SIPp: it waits for a destination
    if (awaits_keys(stream)) return;
    if (stream.playing == Stream::Playing::Capture)
        stream.start_ns = now_ns - stream.capture->packets[stream.next_packet].at_ns;
    stream.due_ns = now_ns;
    if (stream.playing != Stream::Playing::Capture)
        stream.due_ns = phases_.take(now_ns, stream.format.ms, stream.phase);
    timers_.arm(stream, stream.due_ns);
}

void Streams::halt(Stream& stream) {
    timers_.disarm(stream);
    phases_.leave(stream.phase);
}

// Digits that are being sent go on.
void Streams::stop(Stream& stream) {
    if (!stream.sends_events()) halt(stream);
    stream.playing = Stream::Playing::Nothing;
    stream.paused = false;
}

void Streams::play_bytes(Stream& stream, MediaCommand& command, uint64_t now_ns) {
    stop(stream);
    stream.playing = Stream::Playing::Bytes;
    stream.pattern = command.pattern;
    stream.format = command.format;
    stream.header = rtp_header(command.format.type, stream.ssrc);
    stream.loops_left = command.loops;
    stream.packets_left = command.packets;
    stream.bytes = command.bytes;
    stream.next_byte = 0;
    stream.microphone = std::move(command.microphone);
    if (stream.microphone) stream.heard = stream.microphone->heard();
    if (stream.microphone && !live_room_) live_room_ = std::make_unique<Live>();
    start(stream, now_ns);
}

void Streams::play_capture(Stream& stream, MediaCommand& command, uint64_t now_ns) {
    stop(stream);
    stream.own_capture = std::move(command.own);
    stream.capture = stream.own_capture ? stream.own_capture.get() : command.capture;
    stream.playing = Stream::Playing::Capture;
    stream.next_packet = 0;
    stream.start_ns = now_ns;
    if (!stream.board) open(stream, command, now_ns);
    stream.types = command.types;
    stream.keys_of = command.stream - kCaptureStream + static_cast<uint32_t>(command.media);
    at(stream.keys_of);
    stream.ways.clear();
    std::vector<Address> sources;
    for (const uint16_t above : stream.capture->ports) {
        Address to = command.to;
        to.port = static_cast<uint16_t>(to.port + above);
        stream.ways.push_back(way_of_capture(command.stream, static_cast<uint16_t>(command.port + above), to));
        sources.push_back(to);
    }
    hear_from(stream, command.stream, sources);
    start(stream, now_ns);
}

void Streams::send_events(Stream& stream, const MediaCommand& command, uint64_t now_ns) {
    if (!stream.events) stream.events = std::make_unique<EventSender>();
    stream.events->add(*command.events);
    if (stream.format.ms == 0) stream.format = command.format;
    if (!stream.armed()) start(stream, now_ns);
}

// From the socket of the call's own audio or video if it has this port.
Streams::Stream::Way Streams::way_of_capture(uint32_t stream, uint16_t port, const Address& to) {
    for (uint32_t number = stream - kCaptureStream; number < stream; ++number) {
        const Stream& own = at(number);
        if (own.socket != -1 && own.port == port) return {own.socket, own.ice ? own.to : destination(to)};
    }
    return {network_.shared_socket(port), destination(to)};
}

void Streams::resume(Stream& stream, uint64_t now_ns) {
    if (!std::exchange(stream.paused, false) || stream.armed()) return;
    start(stream, now_ns);
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

void Streams::finish_check(Stream& stream) {
    const uint32_t sent = std::exchange(stream.sent_to_check, 0), good = std::exchange(stream.good, 0);
    stream.echo_open = false;
    if (sent == 0) return;
    const double most = stream.kind == MediaKind::Video ? tolerance_.video : tolerance_.audio;
    const bool failed = static_cast<double>(sent - good) / sent >= most;
    if (failed || keeps_all_checks_) checks_.push_back({stream.kind, stream.ssrc, sent, good, failed});
}

// SIPp: what arrives first behind a packet of a pattern must be that packet, sent back.
void Streams::check_echo(Stream& stream, std::string_view payload) {
    if (!stream.pattern || !std::exchange(stream.echo_open, false)) return;
    if (payload == stream.bytes) ++stream.good;
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

void Streams::send_due(Stream& stream, uint64_t now_ns) {
    do {
        const bool more = stream.playing == Stream::Playing::Capture ? send_capture(stream) : send_slot(stream);
        if (!more && stream.paused) return halt(stream);  // the digits are over
        if (!more) return stop(stream);
    } while (stream.due_ns <= now_ns);
    timers_.arm(stream, stream.due_ns);
}

// Digits take the place of what is played, which goes on behind them where it would be without them.
bool Streams::send_slot(Stream& stream) {
    std::optional<EventSender::Packet> event;
    if (stream.events) event = stream.events->next(rtp_time(stream.format, stream.due_ns), stream.format);
    if (event) send_event(stream, *event);
    if (stream.plays_bytes() && !send_bytes(stream, event.has_value())) stop(stream);
    stream.due_ns += stream.format.ms * kMillisecond;
    return stream.plays_bytes() || stream.sends_events();
}

bool Streams::send_bytes(Stream& stream, bool silently) {
    const RtpFormat& format = stream.format;
    if (!silently) {
        // The clock of the timestamps is that of the run: silence while a stream is paused takes its time.
        patch(stream.header, stream.sequence++, rtp_time(format, stream.due_ns));
        const std::string_view payload =
            stream.microphone ? listen(stream) : std::string_view(stream.bytes.data() + stream.next_byte, format.bytes);
        const Stream& way = way_of(stream);
        add(stream, way.socket, way.to, &stream.header, payload, stream.due_ns);
        ++stream.packets_sent, stream.octets_sent += format.bytes;
        if (stream.pattern) ++stream.sent_to_check, stream.echo_open = true;
    }
    if (stream.packets_left > 0 && --stream.packets_left == 0) return false;
    if (stream.microphone) return true;
    stream.next_byte += format.bytes;
    if (stream.next_byte < stream.bytes.size()) return true;
    stream.next_byte -= stream.bytes.size();
    return stream.loops_left == 0 || --stream.loops_left > 0;
}

std::string_view Streams::listen(Stream& stream) {
    if (n_batch_ == batch_.size()) flush();
    std::array<int16_t, kLongestRtpPayload> samples;
    const std::span<int16_t> heard(samples.data(), stream.format.bytes);
    stream.microphone->listen(stream.heard, heard);
    char* const room = (*live_room_)[n_batch_].data();
    encode_g711(heard, stream.format.codec, room);
    return {room, heard.size()};
}

void Streams::send_event(Stream& stream, const EventSender::Packet& event) {
    RtpHeader header = rtp_header(event.type, stream.ssrc, event.marker);
    patch(header, stream.sequence++, event.timestamp);
    if (n_batch_ == batch_.size()) flush();
    EventSender::Payload& room = event_room_[n_batch_];
    room = event.payload;
    const Stream& way = way_of(stream);
    add(stream, way.socket, way.to, &header, {room.data(), room.size()}, stream.due_ns);
    ++stream.packets_sent, stream.octets_sent += static_cast<uint32_t>(room.size());
}

bool Streams::send_capture(Stream& stream) {
    const CapturedPacket& packet = stream.capture->packets[stream.next_packet];
    const Stream::Way& way = stream.ways[packet.port];
    add(stream, way.socket, way.to, nullptr, stream.capture->payload(packet), stream.due_ns);
    if (++stream.next_packet == stream.capture->packets.size()) return false;
    stream.due_ns = stream.start_ns + stream.capture->packets[stream.next_packet].at_ns;
    return true;
}

void Streams::add(const Stream& stream, int socket, const RtpDestination& to, const RtpHeader* header,
                  std::string_view payload, uint64_t due_ns) {
    if (socket == -1) return counts_.add(Counter::RtpSendErrors, 1);
    if (n_batch_ == batch_.size()) flush();
    if (stream.tap) [[unlikely]]
        hear_own(stream, header, payload);
    if (const Stream::Srtp* const srtp = srtp_of(stream)) {
        payload = seal(srtp->out.get(), header, payload);
        header = nullptr;
        if (payload.empty()) return counts_.add(Counter::RtpSendErrors, 1);
    }
    planned_[n_batch_] = {due_ns, stream.board};
    const RtpPacket& packet =
        batch_[n_batch_++] = {socket, &to, header ? *header : RtpHeader{}, header != nullptr, payload};
    if (stream.board) stream.board->note_sent(packet.size());
    if (stream.tap) [[unlikely]]
        keep_sent(stream, packet);
}

void Streams::flush() {
    if (n_batch_ == 0) return;
    const std::span<const RtpPacket> batch(batch_.data(), n_batch_);
    uint64_t bytes = 0;
    for (const RtpPacket& packet : batch) bytes += packet.size();
    const RtpRefused refused = network_.send(batch);
    counts_.add(Counter::RtpPacketsSent, n_batch_ - refused.packets);
    counts_.add(Counter::RtpBytesSent, bytes - refused.bytes);
    counts_.add(Counter::RtpSendErrors, refused.packets);
    note_lateness(refused.at_ns ? refused.at_ns : now_ns_);
    n_batch_ = 0;
}

void Streams::note_lateness(uint64_t left_ns) {
    uint64_t late = 0, little_late = 0;
    for (const Planned& planned : std::span(planned_.data(), n_batch_)) {
        if (planned.due_ns == 0 || planned.due_ns + kRtpLittleLate >= left_ns) continue;
        ++little_late;
        if (planned.due_ns + kRtpLate >= left_ns) continue;
        ++late;
        if (planned.board) planned.board->note_late();
    }
    if (little_late == 0) return;
    counts_.add(Counter::RtpPacketsLate, late);
    counts_.add(Counter::RtpPacketsLateBy2ms, little_late);
}

// What should have left, but the thread was not that far.
void Streams::count_unsent(const Stream& stream, uint64_t now_ns) {
    if (!stream.armed() || !stream.plays_bytes() || now_ns < stream.due_ns + kRtpLate) return;
    counts_.add(Counter::RtpPacketsUnsent, (now_ns - stream.due_ns) / (stream.format.ms * kMillisecond));
}

}  // namespace gsp::rt
