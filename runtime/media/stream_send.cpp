// SPDX-License-Identifier: Apache-2.0
// What is due: packets are made, gathered and handed to the network; those that leave late are counted.
#include "runtime/media/streams.h"

#include <span>

#include "runtime/media/encoders.h"

namespace gsp::rt {

void Streams::send_due(Stream& stream, uint64_t now_ns) {
    do {
        const bool more = stream.playing == Stream::Playing::Capture ? send_capture(stream) : send_slot(stream);
        if (!more && stream.paused) return halt(stream);  // the digits are over
        if (!more) return stop(stream);
    } while (stream.due_ns <= now_ns);
    arm(stream);
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
        if (stream.pattern) ++stream.sent_to_check, ++stream.unanswered;
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
    if (header && !stream.extension.empty()) [[unlikely]] {
        payload = extended(stream, *header, payload);
        header = nullptr;
        if (payload.empty()) return counts_.add(Counter::RtpSendErrors, 1);
    }
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
    uint64_t too_late = 0, late = 0, little_late = 0;
    for (const Planned& planned : std::span(planned_.data(), n_batch_)) {
        if (planned.due_ns == 0 || planned.due_ns + kRtpLittleLate >= left_ns) continue;
        ++little_late;
        if (planned.due_ns + kRtpLate >= left_ns) continue;
        ++late;
        const uint64_t by_ns = left_ns - planned.due_ns;
        too_late += by_ns > kRtpTooLate;
        if (planned.board) planned.board->note_late(by_ns);
    }
    if (little_late == 0) return;
    counts_.add(Counter::RtpPacketsLate, late);
    counts_.add(Counter::RtpPacketsLateBy2ms, little_late);
    counts_.add(Counter::RtpPacketsTooLate, too_late);
}

// What should have left, but the thread was not that far.
void Streams::count_unsent(const Stream& stream, uint64_t now_ns) {
    if (!stream.armed() || !stream.plays_bytes() || now_ns < stream.due_ns + kRtpLate) return;
    counts_.add(Counter::RtpPacketsUnsent, (now_ns - stream.due_ns) / (stream.format.ms * kMillisecond));
}

}  // namespace gsp::rt
