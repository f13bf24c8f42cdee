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
#include "runtime/media/media_order.h"

namespace gsp::rt {

namespace {

using Kind = MediaCommand::Kind;

// Threads of one worker: all that were asked for, shared out; without a wish one for each worker, or as many as leave
// half of the processors to the rest.
uint32_t threads_of(const MediaConfig& config, Seat seat) {
    if (config.threads) return std::max(config.threads / seat.of, 1u);
    return seat.of > 1 ? 1 : std::max(std::thread::hardware_concurrency() / 2, 1u);
}

constexpr uint32_t kSsrcBase = 0xca110000;  // SIPp's

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

std::span<const StreamReport> Media::reports(CallNumber call, ReportsOfCall& out) const {
    const Call& c = calls_[call - 1];
    const uint64_t now_ns = clock_.read_ns();
    size_t n = 0;
    for (uint32_t which = 0; which < kStreamsOfCall; ++which) {
        if (which == kCaptureStream ? !c.plays_capture : !c.ports[which]) continue;
        const StreamBoard& board = boards_[call - 1][which];
        StreamReport& report = out[n++] = board.received.read();
        if (report.own_ssrc == c.ssrc + which) {
            board.put_sent(report, now_ns);
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
