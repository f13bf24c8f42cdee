// SPDX-License-Identifier: Apache-2.0
// What is recorded of calls: their audio goes to the recorder as it is heard, their datagrams stay in a room of the
// call until it is known whether the call has failed.
#include <algorithm>
#include <utility>

#include "runtime/media/streams.h"
#include "runtime/transport/sockaddr.h"

namespace gsp::rt {

namespace {

constexpr std::pair<std::string_view, RecordedAudio::Codec> kRecorded[] = {{"PCMU/8000", RecordedAudio::Codec::Pcmu},
                                                                           {"PCMA/8000", RecordedAudio::Codec::Pcma},
                                                                           {"G722/8000", RecordedAudio::Codec::G722}};

}  // namespace

void Streams::set_tap(MediaCommand&& command) {
    using Kind = MediaCommand::Kind;
    const uint32_t call = command.stream / kStreamsOfCall, first = call * kStreamsOfCall;
    while (taps_.size() <= call) taps_.emplace_back();
    if (!recorder_) recorder_ = std::make_unique<Recorder>();
    Tap& tap = taps_[call];
    const auto drop = [&] { counts_.add(Counter::MediaRecordsDropped, 1); };
    switch (command.kind) {
    case Kind::Record:
        if (tap.recording && !recorder_->end(tap.recording)) drop();
        tap.recording = call + 1;
        if (!recorder_->begin(tap.recording, command.record->path, command.on)) drop();
        break;
    case Kind::StopRecord:
        if (tap.recording && !recorder_->end(std::exchange(tap.recording, 0))) drop();
        break;
    case Kind::Keep:
        tap.keeps = true;
        if (command.record->store) tap.store = std::move(command.record->store);
        break;
    default: tap.save_to = std::move(command.record->path); break;
    }
    for (uint32_t which = 0; which < kStreamsOfCall; ++which)
        at(first + which).tap = tap.recording || tap.keeps ? &tap : nullptr;
}

void Streams::close_tap(uint32_t number) {
    Tap& tap = *std::exchange(at(number).tap, nullptr);
    if (number % kStreamsOfCall != kCaptureStream) return;
    if (tap.recording && !recorder_->end(std::exchange(tap.recording, 0))) counts_.add(Counter::MediaRecordsDropped, 1);
    if (std::string path = std::exchange(tap.save_to, {}); !path.empty() && tap.store)
        if (!recorder_->save(std::move(tap.store), std::move(path))) counts_.add(Counter::MediaFilesFailed, 1);
    if (tap.store) tap.store->clear();
    tap.keeps = false;
}

// ---- audio --------------------

void Streams::hear(const Stream& stream, RecordedAudio::Channel channel, const RtpView& packet, uint64_t at_ns) {
    if (!stream.tap->recording) return;
    const CodecId codec =
        packet.type >= kFirstDynamicType ? stream.types[packet.type - kFirstDynamicType] : codec_of_type(packet.type);
    const RtpCodec* const known = find_codec(codec);
    const auto row = std::find_if(std::begin(kRecorded), std::end(kRecorded),
                                  [&](const auto& r) { return known && r.first == known->name; });
    if (row == std::end(kRecorded)) return;  // that is silence in the recording
    if (!recorder_->audio(stream.tap->recording,
                          {channel, row->second, packet.ssrc, packet.timestamp, at_ns, packet.payload}))
        counts_.add(Counter::MediaRecordsDropped, 1);
}

void Streams::hear_own(const Stream& stream, const RtpHeader* header, std::string_view payload) {
    const std::string_view first =
        header ? std::string_view(reinterpret_cast<const char*>(header->data()), header->size()) : payload;
    std::optional<RtpView> packet = read_rtp(first);
    if (!packet) return;
    if (header) packet->payload = payload;
    hear(stream, RecordedAudio::Channel::Sent, *packet, now_ns_);
}

// ---- datagrams --------------------

void Streams::keep_sent(const Stream& stream, const RtpPacket& packet) {
    if (!stream.tap->keeps || !stream.tap->store) return;
    const std::string_view header(reinterpret_cast<const char*>(packet.header.data()), packet.header.size());
    stream.tap->store->add({rtcp_.epoch_ns + now_ns_, network_.local(packet.socket), from_native(packet.to->address),
                            packet.has_header ? header : std::string_view(), packet.payload});
}

void Streams::keep_received(const Stream& stream, const RtpArrival& arrival) {
    if (!stream.tap->keeps || !stream.tap->store) return;
    stream.tap->store->add({rtcp_.epoch_ns + arrival.at_ns,
                            from_native(*arrival.from),
                            network_.local(arrival.socket),
                            arrival.datagram,
                            {}});
}

}  // namespace gsp::rt
