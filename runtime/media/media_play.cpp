// SPDX-License-Identifier: Apache-2.0
// What calls play, echo and send as digits.
#include "runtime/media/media.h"

#include <memory>
#include <utility>

#include "runtime/media/media_order.h"

namespace gsp::rt {

namespace {

using Kind = MediaCommand::Kind;

}  // namespace

Result<void> Media::stream(CallNumber call, std::string_view scenario, std::string_view value) {
    const DynamicTypes& types = at(call).types[static_cast<size_t>(MediaKind::Audio)];
    Result<StreamRequest> request = parse_stream_request(value, config_.media.payload_type, types);
    if (!request) return request.error();
    using What = StreamRequest::What;
    switch (request->what) {
    case What::Play: return play(call, scenario, *request);
    case What::Echo: return echo(call, request->kind, true, true);
    case What::Pause: return steer(call, Kind::Pause, *request);
    case What::Resume: return steer(call, Kind::Resume, *request);
    case What::Stop: return steer(call, Kind::Stop, *request);
    }
    return {};
}

Result<void> Media::play(CallNumber call, std::string_view scenario, const StreamRequest& request) {
    MediaCommand order = command(Kind::PlayBytes, stream_number(call, static_cast<uint32_t>(request.kind)));
    order.pattern = request.source == StreamRequest::Source::Pattern;
    order.loops = request.loops;
    order.packets = request.packets;
    order.format = request.format;
    if (request.source == StreamRequest::Source::Microphone) {
        auto opened = library_.microphone(request);
        if (!opened) return opened.error();
        order.microphone = *opened;
    } else {
        Result<std::string_view> bytes = library_.payloads(scenario, request);
        if (!bytes) return bytes.error();
        order.bytes = *bytes;
    }
    if (auto port = rtp_port(call, request.kind); !port) return port.error();
    if (request.kind == MediaKind::Audio) at(call).audio_clock_hz = find_codec(request.format.codec)->clock_hz;
    return push(std::move(order));
}

Result<void> Media::steer(CallNumber call, Kind kind, const StreamRequest& request) {
    const auto which = static_cast<uint32_t>(request.kind);
    if (!at(call).ports[which]) return {};  // nothing plays
    MediaCommand order = command(kind, stream_number(call, which));
    order.pattern = request.source == StreamRequest::Source::Pattern;
    return push(std::move(order));
}

Result<void> Media::echo(CallNumber call, std::string_view value) {
    const std::optional<EchoRequest> request = parse_echo_request(value);
    if (!request) return Error{"rtp_echo=\"" + std::string(value) + "\": there is no such order"};
    return echo(call, request->kind, request->on, false);
}

Result<void> Media::echo(CallNumber call, MediaKind kind, bool on, bool plain) {
    if (auto port = rtp_port(call, kind); !port) return port.error();
    MediaCommand order = command(Kind::Echo, stream_number(call, static_cast<uint32_t>(kind)));
    order.on = on, order.plain = plain;
    return push(std::move(order));
}

Result<void> Media::send_capture(CallNumber call, CaptureKind kind, MediaCommand&& order) {
    const auto which = static_cast<size_t>(kind);
    order.to = or_none(at(call).capture_targets[which]);
    if (!order.to.family) return {};  // SIPp: it goes nowhere
    order.port = at(call).source_ports[which] ? at(call).source_ports[which] : media_.port;
    order.ssrc = at(call).ssrc + kCaptureStream;  // no packet has it: it tells calls apart
    order.board = &boards_[call - 1][kCaptureStream];
    order.types = at(call).types[static_cast<size_t>(MediaKind::Audio)];
    order.media = kind == CaptureKind::Video ? MediaKind::Video : MediaKind::Audio;
    at(call).plays_capture = true;
    return push(std::move(order));
}

Result<void> Media::play_capture(CallNumber call, CaptureKind kind, std::string_view scenario, std::string_view name) {
    Result<const Capture*> capture = library_.capture(scenario, name);
    if (!capture) return capture.error();
    MediaCommand order = command(Kind::PlayCapture, stream_number(call, kCaptureStream));
    order.capture = *capture;
    return send_capture(call, kind, std::move(order));
}

Result<void> Media::play_dtmf(CallNumber call, std::string_view value, uint32_t ssrc) {
    Result<Capture> digits = make_dtmf(value, ssrc, at(call).dtmf_sequence);
    if (!digits) return digits.error();
    MediaCommand order = command(Kind::PlayCapture, stream_number(call, kCaptureStream));
    order.own = std::make_unique<const Capture>(std::move(*digits));
    return send_capture(call, CaptureKind::Audio, std::move(order));
}

Result<void> Media::send_dtmf(CallNumber call, std::string_view value) {
    constexpr uint8_t kUsualType = 101;
    Result<EventOrder> digits = parse_event_order(value);
    if (!digits) return digits.error();
    if (auto port = rtp_port(call, MediaKind::Audio); !port) return port.error();
    const Call& c = at(call);
    const CodecId event = c.audio_clock_hz == 48000 ? kTelephoneEvent48k : kTelephoneEvent;
    digits->type = kUsualType;
    for (const DynamicTypes* const types : {&c.types[static_cast<size_t>(MediaKind::Audio)], &c.peer_audio_types})
        if (const auto type = find_dynamic_type(*types, event)) digits->type = *type;
    MediaCommand order = command(Kind::Events, stream_number(call, kAudioStream));
    order.events = std::make_unique<const EventOrder>(std::move(*digits));
    order.format = *find_rtp_format(0, "");
    return push(std::move(order));
}

}  // namespace gsp::rt
