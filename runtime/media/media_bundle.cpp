// SPDX-License-Identifier: Apache-2.0
// BUNDLE of calls: it holds if the SDP of both sides has it.
#include "runtime/media/media.h"

#include "runtime/media/media_order.h"

namespace gsp::rt {

void Media::set_bundle(CallNumber call, std::optional<BundlePlan>&& plan, bool own) {
    std::unique_ptr<Call::Bundle>& bundle = at(call).bundle;
    if (!plan && !bundle) return;
    if (!bundle) bundle = std::make_unique<Call::Bundle>();
    (own ? bundle->own : bundle->peer) = std::move(plan);
    tell_bundle(call);
}

// What arrives has the types and the extensions that the own SDP says. Video may arrive before anything is played, so
// it is open from then on.
void Media::tell_bundle(CallNumber call) {
    Call::Bundle* const bundle = at(call).bundle.get();
    if (!bundle || !at(call).ports[kAudioStream]) return;
    std::optional<BundlePlan> now = is_bundled(call) ? bundle->own : std::nullopt;
    if (now) now->sends_mid = now->mid_extension && now->mid_extension == bundle->peer->mid_extension;
    if (now == bundle->told) return;
    if (now && !at(call).ports[kVideoStream]) open_bundled(call);
    MediaCommand order = command(MediaCommand::Kind::Bundle, stream_number(call, kVideoStream));
    if (now) order.bundle = std::make_unique<const BundlePlan>(*now);
    bundle->told = now;
    tell(std::move(order));
}

void Media::open_bundled(CallNumber call) {
    MediaCommand order = command(MediaCommand::Kind::Open, stream_number(call, kVideoStream));
    order.port = at(call).ports[kVideoStream] = at(call).ports[kAudioStream];
    order.ssrc = at(call).ssrc + kVideoStream;
    order.board = &boards_[call - 1][kVideoStream];
    tell(std::move(order));
    tell_types(call, kVideoStream);
}

}  // namespace gsp::rt
