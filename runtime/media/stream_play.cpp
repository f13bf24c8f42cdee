// SPDX-License-Identifier: Apache-2.0
// What streams play: from which order on, until when, and whether the packets of patterns come back.
#include "runtime/media/streams.h"

#include <utility>

namespace gsp::rt {

void Streams::way_is_known(Stream& stream, uint64_t now_ns) {
    stream.expected_from_ns = now_ns;
    if (stream.plays_bytes() || stream.sends_events()) start(stream, now_ns);
}

void Streams::start(Stream& stream, uint64_t now_ns) {
    if (stream.playing != Stream::Playing::Capture && way_of(stream).to.len == 0)
        return;  // SIPp: it waits for a destination
    if (awaits_keys(stream)) return;
    if (stream.playing == Stream::Playing::Capture)
        stream.start_ns = now_ns - stream.capture->packets[stream.next_packet].at_ns;
    stream.due_ns = now_ns;
    if (stream.playing != Stream::Playing::Capture)
        stream.due_ns = phases_.take(now_ns, stream.format.ms, stream.phase);
    arm(stream);
}

void Streams::arm(Stream& stream) {
    timers_.arm(stream, stream.due_ns);
    if (stream.board) stream.board->plan(stream.due_ns, stream.plays_bytes() ? stream.format.ms * kMillisecond : 0);
}

void Streams::halt(Stream& stream) {
    if (stream.board) {
        if (stream.armed()) stream.board->note_missed(now_ns_);
        stream.board->plan(0, 0);
    }
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

void Streams::finish_check(Stream& stream) {
    const uint32_t sent = std::exchange(stream.sent_to_check, 0), good = std::exchange(stream.good, 0);
    stream.unanswered = 0;
    if (sent == 0) return;
    const double most = stream.kind == MediaKind::Video ? tolerance_.video : tolerance_.audio;
    const bool failed = static_cast<double>(sent - good) / sent >= most;
    if (failed || keeps_all_checks_) checks_.push_back({stream.kind, stream.ssrc, sent, good, failed});
}

// For each packet of a pattern the next one that arrives must be that packet, sent back, also when several are on their
// way; what arrives beyond that counts for nothing.
void Streams::check_echo(Stream& stream, std::string_view payload) {
    if (!stream.pattern || stream.unanswered == 0) return;
    --stream.unanswered;
    if (payload == stream.bytes) ++stream.good;
}

}  // namespace gsp::rt
