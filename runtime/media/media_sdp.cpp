// SPDX-License-Identifier: Apache-2.0
// What SDP says of the streams of calls, but for keys, ICE and BUNDLE: where to, over which ports, with which types.
#include "runtime/media/media.h"

#include "runtime/media/media_order.h"

namespace gsp::rt {

namespace {

using Kind = MediaCommand::Kind;

}  // namespace

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

}  // namespace gsp::rt
