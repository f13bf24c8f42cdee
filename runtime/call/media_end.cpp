// SPDX-License-Identifier: Apache-2.0
// What becomes of the media of a call that ends, and of the call by it.
#include "runtime/call/engine.h"
#include "runtime/media/media.h"
#include "runtime/stats/sent_in_time.h"

namespace gsp::rt {

std::span<const StreamReport> Engine::streams_of(const Call& call, ReportsOfCall& room) const {
    if (!call.extra || !call.extra->media) return {};
    return shared.media->reports(call.extra->media, room);
}

std::span<const StreamReport> Engine::judge_media(Call& call, uint32_t status) {
    if (!call.extra || !call.extra->media) return {};
    const std::span<const StreamReport> streams = streams_of(call, streams_at_end_);
    const SentInTime sent(streams);
    if (sent.worth_telling()) ++count(Counter::CallsMediaLate);
    if (status != GSP_OK || call.failure != GSP_OK) return streams;
    if (uses_ice) check_ice(call);
    if (call.failure == GSP_OK && sent.fails(config.media.late_limit)) fail_late_media(call, sent.text());
    return streams;
}

void Engine::fail_late_media(Call& call, const std::string& why) {
    call.failure = GSP_MEDIA_LATE;
    ladder_note(call, LadderKind::MediaLate, call.step, why);
    note_failed_check(call, why);
    if (may_warn()) warn("call " + std::string(call.call_id.view()) + ": " + why);
}

std::string Engine::save_packets(const Call& call) {
    if (!call.extra || !call.extra->media) return {};
    return shared.media->save_packets(call.extra->media);
}

void Engine::end_media(Call& call) {
    const std::string fault = shared.media->dtls_fault(call.extra->media);
    if (!fault.empty() && may_warn()) warn("call " + std::string(call.call_id.view()) + ": DTLS-SRTP: " + fault);
    shared.media->close_call(call.extra->media);
}

}  // namespace gsp::rt
