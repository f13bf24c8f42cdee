// SPDX-License-Identifier: Apache-2.0
// Media of calls: what SDP says about it, and what <exec> plays.
#include "runtime/media/media.h"

#include <algorithm>
#include <cerrno>

#include "runtime/call/engine.h"
#include "runtime/media/rtp_check.h"

namespace gsp::rt {

namespace {

Result<void> play_row(Engine& e, Media& media, uint32_t number, uint32_t exec, std::string_view value) {
    const std::string_view scenario{e.program.source.ptr, e.program.source.len};
    switch (exec) {
    case GSP_EXEC_play_pcap_audio: return media.play_capture(number, CaptureKind::Audio, scenario, value);
    case GSP_EXEC_play_pcap_image: return media.play_capture(number, CaptureKind::Image, scenario, value);
    case GSP_EXEC_play_pcap_video: return media.play_capture(number, CaptureKind::Video, scenario, value);
    case GSP_EXEC_play_dtmf: return media.play_dtmf(number, value, static_cast<uint32_t>(e.rng.next()));
    case GSP_EXEC_send_dtmf: return media.send_dtmf(number, value);
    case GSP_EXEC_rtp_stream: return media.stream(number, scenario, value);
    case GSP_EXEC_rtp_echo: return media.echo(number, value);
    case GSP_EXEC_rtp_record: return media.record(number, value);
    default: return {};
    }
}

// By the first word of the message.
SdpMessage kind_of_sdp(std::string_view word) {
    if (word == "SIP/2.0") return SdpMessage::Response;
    return word == "ACK" ? SdpMessage::Ack : word == "PRACK" ? SdpMessage::Prack : SdpMessage::Request;
}

}  // namespace

uint32_t Engine::media_call(Call& call) {
    uint32_t& number = extra(call).media;
    if (!number) number = shared.media->open_call(call.number);
    return number;
}

void Engine::take_sdp(Call& call) {
    if (program.steps[call.step].flags & GSP_STEP_IGNORE_SDP) return;
    Media& media = *shared.media;
    if (uses_ice && has_ice_fragment(message)) return take_ice_fragment(call);
    const std::string_view sdp = sdp_part(message.body_text());
    const SdpMessage kind = kind_of_sdp(message.is_request() ? message.method_text : "SIP/2.0");
    if (has_stream_sdp(message)) {
        Result<StreamTargets> targets = read_stream_targets(sdp);
        if (!targets) {
            if (may_warn()) warn("call " + std::string(call.call_id.view()) + ": " + targets.error().text);
            return;
        }
        if (!(*targets)[0].family && !(*targets)[1].family && may_warn())
            warn("call " + std::string(call.call_id.view()) + ": SDP with neither an audio nor a video port");
        if (uses_ice) take_ice(call, sdp, *targets);
        media.set_stream_targets(media_call(call), *targets);
        media.set_rtcp_targets(media_call(call), read_rtcp_targets(sdp, *targets), false);
        media.set_types(media_call(call), read_dynamic_types(sdp), false);
        media.set_bundle(media_call(call), read_bundle(sdp), false);
        take_keys(call, SdpSide::Peer, kind, sdp);
    } else if (kind == SdpMessage::Request && message.method == sip::Method_INVITE) {
        media.expect_offer(media_call(call));
    }
    if (has_capture_sdp(message))
        media.set_capture_targets(media_call(call), read_capture_targets(sdp, run.media.family));
}

void Engine::note_own_sdp(Call& call, std::string_view sent) {
    constexpr std::string_view kEndOfHeaders = "\r\n\r\n";
    const size_t end = sent.find(kEndOfHeaders);
    const std::string_view word = sent.substr(0, sent.find(' '));
    if (end == sent.npos || end + kEndOfHeaders.size() == sent.size()) {
        if (word == "INVITE") shared.media->expect_offer(media_call(call));
        return;
    }
    const std::string_view sdp = sdp_part(sent.substr(end + kEndOfHeaders.size()));
    shared.media->set_source_ports(media_call(call), read_capture_ports(sdp));
    shared.media->set_types(media_call(call), read_dynamic_types(sdp), true);
    shared.media->set_bundle(media_call(call), read_bundle(sdp), true);
    shared.media->set_rtcp_targets(media_call(call), read_rtcp_targets(sdp, {}), true);
    take_keys(call, SdpSide::Own, kind_of_sdp(word), sdp);
}

void Engine::take_keys(Call& call, SdpSide side, SdpMessage kind, std::string_view body) {
    const std::string fault = shared.media->set_crypto(media_call(call), side, kind, body, shared.places_calls);
    if (!fault.empty() && may_warn()) warn("call " + std::string(call.call_id.view()) + ": " + fault);
}

uint32_t Engine::play(Call& call, uint32_t exec, std::string_view value) {
    if (shared.media->refuses_srtp(media_call(call))) return GSP_SRTP_REFUSED;
    const Result<void> played = play_row(*this, *shared.media, media_call(call), exec, value);
    return !played && ran_out(call, played.error()) ? GSP_BAD_ACTION : GSP_OK;
}

// Ports and descriptors that have run out are there again when other calls have ended: only this one fails.
bool Engine::ran_out(Call& call, const Error& error) {
    constexpr int kOfRoom[] = {EADDRINUSE, EMFILE, ENFILE, ENOBUFS, ENOMEM};
    if (std::find(std::begin(kOfRoom), std::end(kOfRoom), error.system_code) == std::end(kOfRoom)) {
        fail_run(error.text);
        return false;
    }
    if (may_warn()) warn("call " + std::string(call.call_id.view()) + ": " + error.text);
    return true;
}

uint32_t Engine::check_media(Call& call, const RtpExpectation& asked, StreamReport& streams) {
    constexpr uint64_t kAskAgainNs = 10 * kMillisecond;
    ReportsOfCall room;
    streams = streams_as_one(streams_of(call, room), asked.media);
    std::string fault = unmet(asked, streams);
    uint64_t& since_ns = extra(call).check_since_ns;
    if (!since_ns) since_ns = std::max<uint64_t>(now_ns, 1);
    const auto timeout_ns = static_cast<uint64_t>(asked.timeout_ms * static_cast<double>(kMillisecond));
    const uint64_t waited_ns = now_ns - std::min(now_ns, since_ns);
    call.wait_ns = 0;
    const char* const no_way = uses_ice ? shared.media->ice_fault(media_call(call)) : nullptr;
    if (!fault.empty() && no_way) fault = no_way;
    if (!fault.empty() && !no_way && waited_ns < timeout_ns) {
        call.wait_ns = std::min(kAskAgainNs, timeout_ns - waited_ns);
        return GSP_OK;
    }
    since_ns = 0;
    return fault.empty() ? uint32_t{GSP_OK} : bad_check(call, fault);
}

uint32_t Engine::bad_check(Call& call, const std::string& why) {
    call.wait_ns = 0;
    extra(call).check_since_ns = 0;
    ladder_note(call, LadderKind::CheckFailed, call.acting, why);
    note_failed_check(call, why);
    if (may_warn())
        warn("call " + std::string(call.call_id.view()) + ": rtpcheck " + describe_step(call.acting) + ": " + why);
    return GSP_MEDIA_CHECK;
}

}  // namespace gsp::rt
