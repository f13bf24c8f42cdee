// SPDX-License-Identifier: Apache-2.0
#include "runtime/stats/media_quality.h"

#include "runtime/base/clock.h"

namespace gsp::rt {

namespace {

uint64_t as_ns(double number) {
    return static_cast<uint64_t>(number * static_cast<double>(kSecond));
}

}  // namespace

void MediaQuality::add(const StreamReport& stream) {
    sum.add(stream);
    if (!stream[StreamValue::PacketsReceived]) return;
    ++streams;
    digits += stream.heard.n;
    loss.record(as_ns(stream.loss_share()));
    jitter.record(stream[StreamValue::JitterMean]);
    longest_gap.record(stream[StreamValue::LongestGap]);
    first_packet.record(stream[StreamValue::FirstPacketDelay]);
    if (stream.mos == 0) return;
    ++rated;
    mos.record(as_ns(stream.mos));
}

void MediaQuality::merge(const MediaQuality& other) {
    sum.add(other.sum);
    streams += other.streams;
    digits += other.digits;
    rated += other.rated;
    loss.merge(other.loss);
    jitter.merge(other.jitter);
    mos.merge(other.mos);
    longest_gap.merge(other.longest_gap);
    first_packet.merge(other.first_packet);
}

}  // namespace gsp::rt
