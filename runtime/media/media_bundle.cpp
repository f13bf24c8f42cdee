// SPDX-License-Identifier: Apache-2.0
// BUNDLE of calls: it holds if the SDP of both sides has it.
#include "runtime/media/media.h"

namespace gsp::rt {

void Media::set_bundle(CallNumber call, std::optional<BundlePlan>&& plan, bool own) {
    std::unique_ptr<Call::Bundle>& bundle = at(call).bundle;
    if (!plan && !bundle) return;
    if (!bundle) bundle = std::make_unique<Call::Bundle>();
    (own ? bundle->own : bundle->peer) = std::move(plan);
    if (at(call).ports[static_cast<size_t>(MediaKind::Video)]) tell_bundle(call);
}

// What arrives has the types and the extensions that the own SDP says.
void Media::tell_bundle(CallNumber call) {
    Call::Bundle* const bundle = at(call).bundle.get();
    if (!bundle) return;
    const std::optional<BundlePlan> now = is_bundled(call) ? bundle->own : std::nullopt;
    if (now == bundle->told) return;
    MediaCommand order;
    order.kind = MediaCommand::Kind::Bundle;
    order.stream = (call - 1) * kStreamsOfCall + kVideoStream;
    if (now) order.bundle = std::make_unique<const BundlePlan>(*now);
    bundle->told = now;
    tell(std::move(order));
}

}  // namespace gsp::rt
