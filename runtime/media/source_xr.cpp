// SPDX-License-Identifier: Apache-2.0
// What extended reports say of a source.
#include <algorithm>
#include <cmath>

#include "runtime/media/reception.h"

namespace gsp::rt {

// Numbers from which it is so far to the highest that they are settled: what has not come by then is lost.
void RtpSource::settle(uint32_t ahead) {
    constexpr uint32_t kLag = 32;
    const uint64_t in_time = seen_ & ~xr_->late;
    for (uint32_t i = 0; i < ahead; ++i)
        if (highest_ + 1 + i >= first_ + kLag) xr_->bursts.settle(i < kLag && (in_time >> (kLag - 1 - i) & 1));
    xr_->late = ahead < 64 ? xr_->late << ahead : 0;
}

void RtpSource::time_for_xr(const RtpView& packet, double took_ns, double sent_ns) {
    xr_->interval.time(std::abs(took_ns - sent_ns) * clock_hz_ / 1e9);
    if (packet.sequence == static_cast<uint16_t>(xr_->last_sequence + 1)) xr_->packet_ns = sent_ns;
    xr_->last_sequence = packet.sequence;
    if (!too_late()) return;
    ++xr_->packets_too_late;
    const auto behind = static_cast<uint16_t>(static_cast<uint16_t>(highest_) - packet.sequence);
    if (behind < 64) xr_->late |= uint64_t{1} << behind;
}

std::optional<RtpSource::Extended> RtpSource::extended() {
    if (!xr_) return {};
    const uint64_t all = expected(), new_ones = all - xr_->reported_expected, unique = unique_ - xr_->reported_unique;
    const auto share = [&](uint64_t n) {
        return static_cast<uint8_t>(std::min<uint64_t>(255, all ? (n << 8) / all : 0));
    };
    Extended e{};
    e.statistics.ssrc = e.voip.ssrc = ssrc_;
    e.statistics.end = static_cast<uint16_t>(highest_ + 1);
    e.statistics.begin = static_cast<uint16_t>(e.statistics.end - new_ones);
    e.statistics.lost = static_cast<uint32_t>(new_ones > unique ? new_ones - unique : 0);
    xr_->interval.put(e.statistics);
    e.voip.loss = share(lost());
    e.voip.discard = share(xr_->packets_too_late);
    e.voip.buffer_ms = static_cast<uint16_t>(kBufferNs / 1e6);
    xr_->bursts.put(e.voip, xr_->packet_ns / 1e6);
    xr_->reported_expected = all;
    xr_->reported_unique = unique_;
    xr_->interval.reset();
    return e;
}

}  // namespace gsp::rt
