// SPDX-License-Identifier: Apache-2.0
#include "runtime/media/media.h"

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <ios>
#include <random>
#include <string>
#include <thread>
#include <utility>

#include "runtime/base/file_limit.h"

namespace gsp::rt {

namespace {

// Of a run; threads have numbers of their own.
uint32_t stream_number(Media::CallNumber call, uint32_t which) {
    return (call - 1) * kStreamsOfCall + which;
}

// Threads of one worker: all that were asked for, shared out; without a wish one for each worker, or as many as leave
// half of the processors to the rest.
uint32_t threads_of(const MediaConfig& config, Seat seat) {
    if (config.threads) return std::max(config.threads / seat.of, 1u);
    return seat.of > 1 ? 1 : std::max(std::thread::hardware_concurrency() / 2, 1u);
}

constexpr uint32_t kSsrcBase = 0xca110000;  // SIPp's

// 0.0.0.0 and :: are where nothing goes (RFC 3264 8.4).
Address or_none(const Address& target) {
    return is_wildcard(target) ? Address{} : target;
}

using Kind = MediaCommand::Kind;

MediaCommand command(Kind kind, uint32_t stream) {
    MediaCommand made;
    made.kind = kind;
    made.stream = stream;
    return made;
}

}  // namespace

Media::Media(const RunConfig& config, const Address& media, Clock& clock, uint64_t seed, Place place)
    : config_(config),
      media_(media),
      ssrc_base_(config.media.random_ssrc ? std::random_device()() : kSsrcBase),
      seed_(seed),
      place_(place),
      clock_(clock),
      ports_(media, config.net.last_media_port, config.media.buffer_bytes),
      library_(place.first ? place.first->library_.microphones() : nullptr),
      hub_(place.first ? place.first->hub_ : std::make_shared<MediaHub>()),
      lanes_(threads_of(config.media, place.seat)) {}

Media::~Media() {
    for (Lane& lane : lanes_) {
        if (lane.thread) lane.thread->shut_down();  // before what it uses: the boards
        if (lane.ice) lane.ice->shut_down();
    }
}

Result<std::unique_ptr<Media>> Media::open(const RunConfig& config, const Address& media, Clock& clock, uint64_t seed,
                                           Place place) {
    raise_file_limit();  // a stream has a socket
    std::unique_ptr<Media> made(new Media(config, media, clock, seed, place));
    if (auto found = made->find_ice_servers(); !found) return found.error();
    if (auto folders = made->make_folders(); !folders) return folders.error();
    if (place.first) made->media_.port = place.first->port();
    if (config.media.dtls != DtlsConfig{})  // what is wrong there is said at once
        if (auto loaded = made->identity(); !loaded) return loaded.error();
    if (!config.media.echo || place.first) return made;
    Result<EchoSockets> sockets = open_echo_sockets(media);
    if (!sockets) return sockets.error();
    made->media_.port = sockets->first.port();
    if (auto started = made->start_thread(0, std::move(*sockets)); !started) return started.error();
    return made;
}

Result<void> Media::start_thread(uint32_t lane, EchoSockets&& echo) {
    const auto number = static_cast<MediaHub::Lane>(place_.seat.index * lanes_.size() + lane);
    Result<std::unique_ptr<MediaThread>> started = MediaThread::start(
        media_, config_.media, clock_, lanes_[lane].counts, seed_ + number, std::move(echo), hub_, number);
    if (!started) return started.error();
    lanes_[lane].thread = std::move(*started);
    return {};
}

MediaThread* Media::thread_of(MediaCommand& order) {
    const auto n = static_cast<uint32_t>(lanes_.size());
    const uint32_t call = order.stream / kStreamsOfCall, which = order.stream % kStreamsOfCall;
    order.stream = call / n * kStreamsOfCall + which;
    return lanes_[call % n].thread.get();
}

Result<void> Media::push(MediaCommand&& order) {
    const auto lane = static_cast<uint32_t>(order.stream / kStreamsOfCall % lanes_.size());
    if (!lanes_[lane].thread)
        if (auto started = start_thread(lane); !started) return started;
    tell(std::move(order));
    return {};
}

void Media::tell(MediaCommand&& order) {
    if (MediaThread* const thread = thread_of(order)) thread->push(std::move(order));
}

void Media::set_echo(bool on) {
    const Media& echoing = place_.first ? *place_.first : *this;
    if (echoing.lanes_.front().thread) echoing.lanes_.front().thread->set_echo(on);
}

Media::CallNumber Media::open_call(uint64_t name) {
    if (free_.empty()) {
        calls_.emplace_back();
        boards_.emplace_back();
        free_.push_back(static_cast<CallNumber>(calls_.size()));
    }
    const CallNumber call = free_.back();
    free_.pop_back();
    at(call) = Call{};
    at(call).ssrc = ssrc_base_ + 2 * (opened_++ * place_.seat.of + place_.seat.index);
    at(call).name = name;
    begin_records(call);
    return call;
}

void Media::close_call(CallNumber call) {
    for (uint32_t which = 0; which < kStreamsOfCall; ++which) tell(command(Kind::Close, stream_number(call, which)));
    if (uses_ice(call)) close_ice(call);
    free_.push_back(call);
}

Result<uint16_t> Media::rtp_port(CallNumber call, MediaKind kind) {
    const auto which = static_cast<uint32_t>(kind);
    uint16_t& port = at(call).ports[which];
    if (port) return port;
    Result<PortAllocator::Ports> taken = ports_.take(config_.media.rtcp);
    if (!taken) return taken.error();
    RtpSocket& socket = taken->rtp;
    MediaCommand order = command(Kind::Open, stream_number(call, which));
    order.port = socket.port();
    order.ssrc = at(call).ssrc + which;
    order.board = &boards_[call - 1][which];
    order.socket = socket.fd();
    order.rtcp_socket = taken->rtcp.fd();
    if (auto pushed = push(std::move(order)); !pushed) return pushed.error();
    socket.release();
    taken->rtcp.release();
    port = socket.port();
    if (at(call).targets[which].family) tell_target(call, which);
    tell_types(call, which);
    tell_rtcp(call, which);
    tell_bundle(call);
    return port;
}

void Media::tell_target(CallNumber call, uint32_t which) {
    MediaCommand order = command(Kind::Target, stream_number(call, which));
    order.to = or_none(at(call).targets[which]);
    tell(std::move(order));
}

void Media::set_stream_targets(CallNumber call, const StreamTargets& targets) {
    for (uint32_t which = 0; which < targets.size(); ++which) {
        if (!targets[which].family || targets[which] == at(call).targets[which]) continue;
        at(call).targets[which] = targets[which];
        if (at(call).ports[which] && !uses_ice(call)) tell_target(call, which);
    }
}

void Media::tell_rtcp(CallNumber call, uint32_t which) {
    const RtcpTarget& target = at(call).rtcp[which];
    if (!config_.media.rtcp || !target.to.family) return;
    MediaCommand order = command(Kind::RtcpTarget, stream_number(call, which));
    order.to = or_none(target.to);
    order.on = target.muxed && at(call).own_mux[which];
    tell(std::move(order));
}

void Media::set_rtcp_targets(CallNumber call, const std::array<RtcpTarget, 2>& targets, bool own) {
    for (uint32_t which = 0; which < targets.size(); ++which) {
        if (own)
            at(call).own_mux[which] = targets[which].muxed;
        else if (targets[which].to.family)
            at(call).rtcp[which] = targets[which];
        if (at(call).ports[which]) tell_rtcp(call, which);
    }
}

void Media::tell_types(CallNumber call, uint32_t which) {
    if (at(call).types[which] == no_dynamic_types()) return;
    MediaCommand order = command(Kind::Types, stream_number(call, which));
    order.types = at(call).types[which];
    tell(std::move(order));
}

void Media::set_types(CallNumber call, const TypesOfKinds& types, bool own) {
    if (!own) at(call).peer_audio_types = types[static_cast<size_t>(MediaKind::Audio)];
    for (uint32_t which = 0; which < types.size(); ++which) {
        DynamicTypes& known = at(call).types[which];
        const DynamicTypes before = known;
        for (size_t i = 0; i < known.size(); ++i)
            if (types[which][i] != kNoCodec && (own || known[i] == kNoCodec)) known[i] = types[which][i];
        if (known != before && at(call).ports[which]) tell_types(call, which);
    }
}

void Media::set_capture_targets(CallNumber call, const CaptureTargets& targets) {
    for (size_t i = 0; i < targets.size(); ++i) {
        if (!targets[i].port) continue;
        Address& known = at(call).capture_targets[i];
        if (targets[i].family)
            known = targets[i];
        else
            known.port = targets[i].port;
    }
}

void Media::set_source_ports(CallNumber call, const CapturePorts& ports) {
    for (size_t i = 0; i < ports.size(); ++i)
        if (ports[i]) at(call).source_ports[i] = ports[i];
}

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

std::span<const StreamReport> Media::reports(CallNumber call, ReportsOfCall& out) const {
    const Call& c = calls_[call - 1];
    size_t n = 0;
    for (uint32_t which = 0; which < kStreamsOfCall; ++which) {
        if (which == kCaptureStream ? !c.plays_capture : !c.ports[which]) continue;
        const StreamBoard& board = boards_[call - 1][which];
        StreamReport& report = out[n++] = board.received.read();
        if (report.own_ssrc == c.ssrc + which) {
            board.put_sent(report);
            rate(report);
            continue;
        }
        report = StreamReport();  // the thread has not opened it yet: the board is that of an earlier call
        report.media = static_cast<StreamReport::Media>(which);
    }
    return {out.data(), n};
}

void Media::put_counts(Counters& out) const {
    Counters all;
    const auto add = [&](Counter counter, uint64_t value) { all[counter] += value; };
    for (const Lane& lane : lanes_) lane.counts.each(add), lane.ice_counts.each(add);
    const auto put = [&](Counter counter, uint64_t) { out[counter] = all[counter] - base_[counter]; };
    lanes_.front().counts.each(put);
    lanes_.front().ice_counts.each(put);
}

void Media::reset_counts() {
    base_ = {};
    const auto add = [&](Counter counter, uint64_t value) { base_[counter] += value; };
    for (const Lane& lane : lanes_) lane.counts.each(add), lane.ice_counts.each(add);
}

Result<void> Media::shut_down() {
    for (Lane& lane : lanes_) {
        if (!lane.thread) continue;
        lane.thread->shut_down();
        if (lane.ice) lane.ice->shut_down();
        if (!quality_) quality_.emplace();
        quality_->merge(lane.thread->quality());
        checks_.insert(checks_.end(), lane.thread->checks().begin(), lane.thread->checks().end());
    }
    if (!quality_) return {};
    if (config_.media.check_debug)
        for (const auto& [kind, file] : {std::pair(MediaKind::Audio, "debugafile"), {MediaKind::Video, "debugvfile"}})
            if (auto written = write_checks(kind, file); !written) return written;
    return record_problems();
}

// SIPp's names; what it writes there is for its developers.
Result<void> Media::write_checks(MediaKind kind, const char* file) const {
    std::ofstream out(file);
    for (const RtpCheck& check : checks_)
        if (check.kind == kind)
            out << "ssrc " << std::hex << check.ssrc << std::dec << ": " << check.sent << " packets, " << check.good
                << " came back as they were sent: " << (check.failed ? "failed" : "passed") << '\n';
    out.close();
    if (!out) return system_error("cannot write '" + std::string(file) + "'", errno);
    return {};
}

const MediaQuality* Media::quality() const {
    return quality_ ? &*quality_ : nullptr;
}

bool Media::check_failed() const {
    return std::any_of(checks_.begin(), checks_.end(), [](const RtpCheck& check) { return check.failed; });
}

}  // namespace gsp::rt
