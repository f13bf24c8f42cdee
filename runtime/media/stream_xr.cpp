// SPDX-License-Identifier: Apache-2.0
// Extended reports of streams (RFC 3611): what is said of sources that were heard, round trips of those who only
// receive, what the other side says.
#include <algorithm>
#include <cmath>

#include "runtime/media/e_model.h"
#include "runtime/media/streams.h"

namespace gsp::rt {

namespace {

void put_ratings(XrVoipMetrics& out, Impairments i) {
    const auto tenths = [](double mos) { return static_cast<uint8_t>(std::lround(10 * mos)); };
    const double r = rating(i);
    out.r = static_cast<uint8_t>(std::lround(std::clamp(r, 0.0, 100.0)));
    out.mos_cq = tenths(mos_of_rating(r));
    i.one_way_ms = 0;
    out.mos_lq = tenths(mos_of_rating(rating(i)));
}

}  // namespace

void Streams::write_xr(Stream& stream, uint32_t number, RtcpWriter& writer, std::span<RtpSource* const> heard,
                       uint64_t now_ns, bool sends) {
    Stream::Rtcp& rtcp = *stream.rtcp;
    XrWriter xr(writer, stream.ssrc);
    // Who sends learns the round trip from blocks about its reports.
    if (!sends) xr.reference_time(ntp_of(rtcp_.epoch_ns + now_ns));
    std::array<XrLastReceiver, Reception::kSources> last;
    for (size_t i = 0; i < rtcp.n_references; ++i) {
        const Stream::Rtcp::Reference& r = rtcp.references[i];
        last[i] = {r.ssrc, r.middle, static_cast<uint32_t>((now_ns - std::min(now_ns, r.at_ns)) * 65536 / kSecond)};
    }
    xr.last_receivers({last.data(), rtcp.n_references});
    rtcp.n_references = 0;
    const StreamReport all = report(number);
    for (RtpSource* const source : heard) {
        auto extended = source->extended();
        if (!extended) continue;
        extended->voip.round_trip_ms =
            static_cast<uint16_t>(std::min<uint64_t>(all[StreamValue::RoundTrip] / kMillisecond, UINT16_MAX));
        if (const auto impairments = impairments_of(all)) put_ratings(extended->voip, *impairments);
        xr.statistics(extended->statistics);
        if (stream.kind == MediaKind::Audio) xr.voip_metrics(extended->voip);
    }
    if (xr.end()) ++rtcp.counts[static_cast<size_t>(StreamValue::XrSent)];
}

void Streams::take_xr(Stream& stream, const RtcpPacketView& packet, uint64_t at_ns) {
    const auto value = [&](StreamValue v) -> uint64_t& { return stream.rtcp->counts[static_cast<size_t>(v)]; };
    const auto known = [](uint8_t n) { return n == XrVoipMetrics::kUnknown ? 0 : n; };
    Stream::Rtcp& rtcp = *stream.rtcp;
    const std::optional<uint32_t> from = packet.ssrc();
    if (!from) return;
    ++value(StreamValue::XrReceived);
    std::string_view rest = packet.body.substr(sizeof *from);
    while (const auto block = take_xr_block(rest)) {
        if (const auto ntp = block->reference_time(); ntp && rtcp.n_references < rtcp.references.size())
            rtcp.references[rtcp.n_references++] = {*from, middle_of(*ntp), at_ns};
        std::optional<XrLastReceiver> last;
        for (size_t i = 0; (last = block->last_receiver(i)); ++i) {
            if (last->ssrc != stream.ssrc) continue;
            const RtcpBlock answer{0, 0, 0, 0, 0, last->last_rr, last->since_last_rr};
            if (const auto took = round_trip_ns(answer, ntp_of(rtcp_.epoch_ns + at_ns)))
                value(StreamValue::RoundTrip) = *took;
        }
        if (const auto s = block->statistics(); s && s->ssrc == stream.ssrc)
            value(StreamValue::RemoteDuplicate) += s->duplicate;
        const auto m = block->voip_metrics();
        if (!m || m->ssrc != stream.ssrc) continue;
        value(StreamValue::RemoteDiscarded) = m->discard;
        value(StreamValue::RemoteBurstDensity) = m->burst_density;
        value(StreamValue::RemoteBurst) = m->burst_ms * kMillisecond;
        value(StreamValue::RemoteR) = known(m->r);
        value(StreamValue::RemoteMosLq) = known(m->mos_lq);
        value(StreamValue::RemoteMosCq) = known(m->mos_cq);
    }
}

}  // namespace gsp::rt
