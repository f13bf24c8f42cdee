// SPDX-License-Identifier: Apache-2.0
// Video that goes over the port of its call's audio (bundle.h).
#include "runtime/media/streams.h"

#include <algorithm>

namespace gsp::rt {

void Streams::set_bundle(uint32_t video, std::unique_ptr<const BundlePlan> plan, uint64_t now_ns) {
    Stream &stream = at(video), &audio = at(video - kVideoStream + kAudioStream);
    const bool waited = !way_of(stream).to.len;
    stream.bundle = std::move(plan);
    stream.carrier = stream.bundle ? &audio : nullptr;
    audio.carries = stream.bundle ? &stream : nullptr;
    for (Stream* const sends : {&audio, &stream})
        sends->extension = stream.bundle ? mid_extension(*stream.bundle, sends->kind) : std::string();
    if (!stream.extension.empty() && !extended_) extended_ = std::make_unique<std::array<Sealed, 64>>();
    share_handshake(video);
    if (waited) way_is_known(stream, now_ns);
}

// The whole packet, in the room of its place in the batch.
std::string_view Streams::extended(const Stream& stream, const RtpHeader& header, std::string_view payload) {
    constexpr char kHasExtension = 0x10;
    const size_t size = header.size() + stream.extension.size() + payload.size();
    if (size > kSealed) return {};
    Sealed& room = (*extended_)[n_batch_];
    auto at = std::copy(header.begin(), header.end(), room.begin());
    at = std::copy(stream.extension.begin(), stream.extension.end(), at);
    std::copy(payload.begin(), payload.end(), at);
    room[0] |= kHasExtension;
    return {room.data(), size};
}

// RFC 8843 10: one for both, if audio has one.
void Streams::share_handshake(uint32_t video) {
    Stream& stream = at(video);
    const bool shares = stream.carrier && stream.carrier->dtls;
    if (shares) {
        drop_dtls(video);
        stream.srtp.reset();
    }
    stream.keys_of = shares ? video - kVideoStream + kAudioStream : video;
}

// RFC 8843 9.2: by mid, by an SSRC that is known, by payload type. RTCP by what it reports on or who sends it.
uint32_t Streams::of_bundle(uint32_t audio, const RtpArrival& arrival) {
    const Stream& stream = at(audio);
    if (!stream.carries) return audio;
    const uint32_t video = audio - kAudioStream + kVideoStream;
    Reception* const heard = stream.carries->reception.get();
    const auto knows = [](Reception* reception, uint32_t ssrc) { return reception && reception->find(ssrc); };
    if (is_rtcp(arrival.datagram)) {
        std::string_view rest = arrival.datagram;
        const auto packet = take_rtcp(rest);
        const auto block = packet && packet->count ? packet->block(0) : std::nullopt;
        if (block) return block->ssrc == stream.carries->ssrc ? video : audio;
        return packet && packet->ssrc() && knows(heard, *packet->ssrc()) ? video : audio;
    }
    const BundlePlan& plan = *stream.carries->bundle;
    if (const auto kind = kind_by_mid(arrival.datagram, plan)) return *kind == MediaKind::Video ? video : audio;
    const std::optional<RtpView> packet = read_rtp(arrival.datagram);
    if (!packet || knows(stream.reception.get(), packet->ssrc)) return audio;
    return knows(heard, packet->ssrc) || plan.video_types[packet->type] ? video : audio;
}

}  // namespace gsp::rt
