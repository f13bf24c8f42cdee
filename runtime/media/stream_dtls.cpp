// SPDX-License-Identifier: Apache-2.0
// DTLS-SRTP of streams (RFC 5764): handshakes at their ports, whose keys are those of SRTP then.
#include <algorithm>
#include <utility>

#include "runtime/media/streams.h"

namespace gsp::rt {

namespace {

enum Port : size_t { kRtpPort, kRtcpPort };

// Does what is under way, or done, go on (RFC 8842 4)? What was not known of the peer may be known now.
bool continues(const DtlsPlan& before, const DtlsPlan& now) {
    if (before.role != now.role || failed(now.fault)) return false;
    return !before.peer.n || (before.peer == now.peer && before.ids == now.ids);
}

}  // namespace

template <class F>
void Streams::each_with_keys_of(uint32_t number, F&& f) {
    const uint32_t capture = number - number % kStreamsOfCall + kCaptureStream;
    for (uint32_t which = number; which <= capture; ++which)
        if (Stream& stream = at(which); stream.keys_of == number) f(stream);
}

void Streams::set_dtls(uint32_t number, const DtlsOrder& order, uint64_t now_ns) {
    Stream& stream = at(number);
    if (stream.carrier && stream.carrier->dtls) return share_handshake(number);
    if (stream.dtls && continues(stream.dtls->plan, order.plan)) return expect(stream, order.plan, now_ns);
    const bool had = stream.dtls != nullptr;
    const bool replaces = had && stream.dtls->ports[kRtpPort].outcome == DtlsOutcome::Established;
    drop_dtls(number);
    note_change(number);
    if (order.plan.role == DtlsPlan::Role::None && !failed(order.plan.fault)) {
        if (!had) return;
        stream.srtp.reset();
        return start_waiting(number, now_ns);
    }
    if (!handshakes_) handshakes_ = std::make_unique<Handshakes>();
    handshakes_->identity = order.identity;
    stream.dtls = std::make_unique<StreamDtls>();
    if (stream.carries) share_handshake(number + kVideoStream);
    stream.dtls->plan.role = order.plan.role;
    stream.dtls->ports[kRtpPort].stream = stream.dtls->ports[kRtcpPort].stream = number;
    stream.dtls->ports[kRtcpPort].rtcp = true;
    if (!replaces) {  // else the keys count until there are others
        protect(stream.srtp, nullptr, true);
        each_with_keys_of(number, [&](Stream& waits) { halt(waits); });
    }
    protect(stream.srtcp, nullptr, true);
    if (failed(order.plan.fault)) return end_handshake(stream.dtls->ports[kRtpPort], order.plan.fault, now_ns);
    expect(stream, order.plan, now_ns);
    if (order.plan.role == DtlsPlan::Role::Active) begin_dtls(stream);
}

void Streams::expect(Stream& stream, const DtlsPlan& plan, uint64_t now_ns) {
    StreamDtls& dtls = *stream.dtls;
    const bool news = !dtls.plan.peer.n && plan.peer.n;
    dtls.plan = plan;
    if (!news) return;
    for (DtlsPort& port : dtls.ports) {
        if (port.outcome != DtlsOutcome::Pending) continue;
        port.give_up_ns = now_ns + Handshakes::kLongestNs;
        if (port.end) port.end->expect(plan.peer);
        if (!port.rtcp || port.end) settle(port, now_ns);
    }
}

// Of what is active, once it is known where to.
void Streams::begin_dtls(Stream& stream) {
    if (!stream.dtls || stream.dtls->plan.role != DtlsPlan::Role::Active) return;
    for (DtlsPort& port : stream.dtls->ports)
        if (!port.end && port.outcome == DtlsOutcome::Pending && dtls_target(stream, port).len)
            handshakes_->waiting.push_back({port.stream, port.rtcp, {}, {}});
}

// An active end sends where its media goes, a passive one answers.
RtpDestination Streams::dtls_target(const Stream& stream, const DtlsPort& port) const {
    if (stream.dtls->plan.role == DtlsPlan::Role::Passive) return port.answers_to;
    if (!port.rtcp) return stream.to;
    const bool has_port = stream.rtcp && !stream.rtcp->muxed && stream.rtcp->socket >= 0;
    return has_port ? stream.rtcp->to : RtpDestination{};
}

bool Streams::take_dtls(uint32_t number, const RtpArrival& arrival) {
    Stream& stream = at(number);
    if (!stream.dtls) return false;
    if (handshakes_->waiting.size() < Handshakes::kMost)
        handshakes_->waiting.push_back(
            {number, arrival.rtcp, std::string(arrival.datagram), destination(from_native(*arrival.from))});
    return true;
}

void Streams::shake_hands(uint64_t now_ns) {
    if (!handshakes_) return;
    handshakes_->timers.expire(now_ns, [&](TimerNode& node) {
        DtlsPort& port = static_cast<DtlsPort&>(node);
        if (now_ns >= port.give_up_ns) return end_handshake(port, DtlsOutcome::TimedOut, now_ns);
        if (port.end) port.end->tick();
        settle(port, now_ns);
    });
    if (handshakes_->waiting.empty()) return;
    const Handshakes::Piece piece = std::move(handshakes_->waiting.front());
    handshakes_->waiting.pop_front();
    do_piece(piece, now_ns);
}

void Streams::do_piece(const Handshakes::Piece& piece, uint64_t now_ns) {
    StreamDtls& dtls = *at(piece.stream).dtls;  // those of a stream that has none are thrown away with it
    DtlsPort& port = dtls.ports[piece.rtcp];
    if (failed(port.outcome)) return;
    const bool begins = piece.datagram.empty();
    if (begins && port.end) return;
    if (!port.end) port.end = std::make_unique<DtlsEnd>(*handshakes_->identity, dtls.plan);
    if (!begins) port.answers_to = piece.from;
    begins ? port.end->begin() : port.end->take(piece.datagram);
    settle(port, now_ns);
}

void Streams::settle(DtlsPort& port, uint64_t now_ns) {
    if (!port.end) return handshakes_->timers.arm(port, port.give_up_ns);
    send_dtls(port);
    if (port.outcome != DtlsOutcome::Pending) return;
    if (const DtlsOutcome outcome = port.end->outcome(); outcome != DtlsOutcome::Pending)
        return end_handshake(port, outcome, now_ns);
    const auto timeout_ns = port.end->timeout_ns();
    const uint64_t due_ns = std::min(timeout_ns ? now_ns + *timeout_ns : TimerWheel::kNever, port.give_up_ns);
    if (due_ns != TimerWheel::kNever) handshakes_->timers.arm(port, due_ns);
}

void Streams::send_dtls(DtlsPort& port) {
    Stream& stream = at(port.stream);
    const RtpDestination to = dtls_target(stream, port);
    const int socket = port.rtcp ? (stream.rtcp ? stream.rtcp->socket : -1) : stream.socket;
    for (const std::string& datagram : port.end->to_send()) {
        const RtpPacket packet{socket, &to, {}, false, datagram};
        if (stream.tap && to.len) [[unlikely]]
            keep_sent(stream, packet);
        if (socket == -1 || !to.len || network_.send({&packet, 1}).packets) counts_.add(Counter::RtpSendErrors, 1);
    }
    port.end->to_send().clear();
}

void Streams::end_handshake(DtlsPort& port, DtlsOutcome outcome, uint64_t now_ns) {
    Stream& stream = at(port.stream);
    handshakes_->timers.disarm(port);
    port.outcome = outcome;
    counts_.add(failed(outcome) ? Counter::DtlsFailures : Counter::DtlsHandshakes, 1);
    note_change(port.stream);
    std::unique_ptr<Stream::Srtp>& srtp = port.rtcp ? stream.srtcp : stream.srtp;
    srtp.reset();  // packets of another association are counted anew
    if (failed(outcome)) {
        if (port.end) port.end->say_goodbye(), send_dtls(port);
        return protect(srtp, nullptr, true);
    }
    protect(srtp, &port.end->keys(), false);
    if (!port.rtcp) start_waiting(port.stream, now_ns);
}

void Streams::start_waiting(uint32_t number, uint64_t now_ns) {
    each_with_keys_of(number, [&](Stream& stream) {
        const bool plays = stream.playing != Stream::Playing::Nothing && !stream.paused;
        if ((plays || stream.sends_events()) && !stream.armed()) start(stream, now_ns);
    });
}

bool Streams::awaits_keys(const Stream& stream) const {
    const Stream& keys = streams_[stream.keys_of];
    return keys.dtls && !(keys.srtp && keys.srtp->out);
}

void Streams::drop_dtls(uint32_t number) {
    Stream& stream = at(number);
    if (!stream.dtls) return;
    flush();
    for (DtlsPort& port : stream.dtls->ports) {
        handshakes_->timers.disarm(port);
        if (!port.end) continue;
        port.end->say_goodbye();
        send_dtls(port);
    }
    std::erase_if(handshakes_->waiting, [&](const Handshakes::Piece& piece) { return piece.stream == number; });
    stream.srtcp.reset();
    stream.dtls.reset();
}

}  // namespace gsp::rt
