// SPDX-License-Identifier: Apache-2.0
// ICE of calls: a message with candidates waits until there are any, SDP that comes has those of the other side.
#include "runtime/call/engine.h"
#include "runtime/media/ice_sdp.h"
#include "runtime/media/media.h"

namespace gsp::rt {

uint32_t Engine::wait_for_candidates(Call& call, uint32_t step, uint32_t what) {
    constexpr uint64_t kAskAgainNs = 2 * kMillisecond;
    static_assert(GSP_ICE_AUDIO == ice_bit(MediaKind::Audio) && GSP_ICE_VIDEO == ice_bit(MediaKind::Video) &&
                  GSP_ICE_LITE == kIceLite);
    call.wait_ns = 0;
    const uint32_t number = media_call(call);
    Result<IceState> state = shared.media->ice_ready(number, static_cast<uint8_t>(what), rng);
    if (!state) return ran_out(call, state.error()) ? GSP_CANNOT_SEND : GSP_ICE;
    if (*state == IceState::Gathering) call.wait_ns = kAskAgainNs;
    if (*state != IceState::NoCandidates) return GSP_OK;
    ladder_note(call, LadderKind::CheckFailed, step, ice_fault(*state));
    if (may_warn())
        warn("call " + std::string(call.call_id.view()) + ' ' + describe_step(step) + ": " + ice_fault(*state));
    return GSP_ICE;
}

void Engine::take_ice(Call& call, std::string_view sdp, const StreamTargets& targets) {
    shared.media->set_ice_remote(media_call(call), read_ice(sdp, targets), rng);
}

void Engine::take_ice_fragment(Call& call) {
    shared.media->add_ice_remote(media_call(call), read_ice_fragment(message.body_text()));
}

uint32_t Engine::order_ice(Call& call, std::string_view order) {
    const bool restarts = order == "restart";
    if (!restarts && order != "rollback") {
        fail_run("ice=\"" + std::string(order) + "\": there is no such order");
        return GSP_OK;
    }
    Media& media = *shared.media;
    const uint32_t number = media_call(call);
    bool done = uses_ice && media.uses_ice(number);
    if (done && restarts)
        media.restart_ice(number, rng);
    else if (done)
        done = media.go_back_in_ice(number);
    if (!done && may_warn())
        warn("call " + std::string(call.call_id.view()) + ' ' + describe_step(call.acting) +
             (restarts ? ": there is no ICE yet that could restart" : ": there is no restart of ICE to go back from"));
    return GSP_OK;
}

void Engine::check_ice(Call& call) {
    const char* const fault = shared.media->ice_fault(call.extra->media);
    if (!fault) return;
    call.failure = GSP_ICE;
    ladder_note(call, LadderKind::CheckFailed, call.step, fault);
    if (may_warn()) warn("call " + std::string(call.call_id.view()) + ": " + fault);
}

}  // namespace gsp::rt

using namespace gsp::rt;

uint32_t gsp_ice_wait(gsp_worker* w, gsp_call* c, uint32_t step, uint32_t what) noexcept {
    Engine& e = engine(w);
    return e.uses_ice ? e.wait_for_candidates(frame(c), step, what) : uint32_t{GSP_OK};
}
