// SPDX-License-Identifier: Apache-2.0
#include "runtime/stats/media_quality.h"

#include <algorithm>

#include "runtime/base/clock.h"

namespace gsp::rt {

namespace {

uint64_t as_ns(double number) {
    return static_cast<uint64_t>(number * static_cast<double>(kSecond));
}

}  // namespace

void MediaQuality::add(const StreamReport& stream) {
    sum.add(stream);
    if (const uint64_t tenths = stream[StreamValue::RemoteMosCq]) {
        ++remotely_rated;
        remote_mos.record(tenths * kSecond / 10);
    }
    if (!stream[StreamValue::PacketsReceived]) return;
    most_lost = std::max(most_lost, stream[StreamValue::PacketsLost]);
    most_jitter_ticks = std::max(most_jitter_ticks, stream[StreamValue::JitterMax] * stream.clock_hz / kSecond);
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

void MediaQuality::add_call(uint64_t packets_received) {
    if (packets_received == 0) return;
    least_packets = calls_with_packets ? std::min(least_packets, packets_received) : packets_received;
    ++calls_with_packets;
}

void MediaQuality::merge(const MediaQuality& other) {
    sum.add(other.sum);
    streams += other.streams;
    digits += other.digits;
    rated += other.rated;
    remotely_rated += other.remotely_rated;
    remote_mos.merge(other.remote_mos);
    most_lost = std::max(most_lost, other.most_lost);
    most_jitter_ticks = std::max(most_jitter_ticks, other.most_jitter_ticks);
    if (other.calls_with_packets)
        least_packets = calls_with_packets ? std::min(least_packets, other.least_packets) : other.least_packets;
    calls_with_packets += other.calls_with_packets;
    loss.merge(other.loss);
    jitter.merge(other.jitter);
    mos.merge(other.mos);
    longest_gap.merge(other.longest_gap);
    first_packet.merge(other.first_packet);
}

}  // namespace gsp::rt
