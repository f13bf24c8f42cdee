// SPDX-License-Identifier: Apache-2.0
#include "runtime/stats/summary_media.h"

#include <span>
#include <string>
#include <utility>

#include "runtime/base/clock.h"
#include "runtime/stats/media_quality.h"

namespace gsp::rt {

namespace {

constexpr std::pair<const char*, double> kHigh[] = {{"p50", 50}, {"p90", 90}, {"p99", 99}};
// Of what is better the more it is, the low ones say something.
constexpr std::pair<const char*, double> kLow[] = {{"p1", 1}, {"p10", 10}, {"p50", 50}};

void times(JsonWriter& json, const char* key, const Histogram& h) {
    json.begin_object(key);
    json.value("average", static_cast<uint64_t>(h.mean_ns()));
    json.value("min", h.min_ns());
    for (const auto& [name, percent] : kHigh) json.value(name, h.percentile_ns(percent));
    json.value("max", h.max_ns());
    json.end_object();
}

// What was recorded as if one were a second.
void numbers(JsonWriter& json, const char* key, const Histogram& h,
             std::span<const std::pair<const char*, double>> at) {
    const auto number = [](double ns) { return ns / static_cast<double>(kSecond); };
    json.begin_object(key);
    json.value("average", number(h.mean_ns()));
    json.value("min", number(static_cast<double>(h.min_ns())));
    for (const auto& [name, percent] : at) json.value(name, number(static_cast<double>(h.percentile_ns(percent))));
    json.value("max", number(static_cast<double>(h.max_ns())));
    json.end_object();
}

// The names of gossipper_summary_v1, left out when they are 0; jitter in units of timestamps.
void as_before(JsonWriter& json, const MediaQuality& q) {
    const auto value = [&](const char* name, uint64_t n) {
        if (n) json.value(name, n);
    };
    const uint64_t blocks = q.sum[StreamValue::RtcpBlocks];
    value("rtcp_reception_reports", blocks);
    if (const uint64_t lost = q.sum[StreamValue::RemoteFraction])
        json.value("rtcp_max_fraction_lost", static_cast<double>(lost) / 256);
    value("rtcp_max_jitter_ts", q.sum[StreamValue::RemoteJitter]);
    if (blocks)
        json.value("rtcp_avg_jitter_ts",
                   static_cast<double>(q.sum[StreamValue::RemoteJitterSum]) / static_cast<double>(blocks));
    value("rtp_recv_max_cumulative_lost", q.most_lost);
    value("rtp_recv_interarrival_jitter_peak_ts", q.most_jitter_ticks);
    value("media_calls_with_rtp_received", q.calls_with_packets);
    value("per_call_min_rtp_packets_received", q.least_packets);
}

void streams(JsonWriter& json, const MediaQuality& q) {
    json.begin_object("streams");
    json.value("count", q.streams);
    for (size_t i = 0; i < kStreamValues; ++i)
        if (kStreamValueRows[i].kind == StreamValueRow::Kind::Count) json.value(kStreamValueRows[i].name, q.sum.v[i]);
    json.value("dtmf_digits", q.digits);
    if (q.streams) {
        json.value("loss_of_all", q.sum.loss_share());
        numbers(json, "loss", q.loss, kHigh);
        times(json, "jitter", q.jitter);
        json.value("jitter_max", q.sum[StreamValue::JitterMax]);
        times(json, "longest_gap", q.longest_gap);
        times(json, "first_packet_delay", q.first_packet);
    }
    if (q.sum[StreamValue::PacketsOfSpeech]) json.value("silent", q.sum.silent_share());
    json.value("rated", q.rated);
    if (q.rated) numbers(json, "mos", q.mos, kLow);
    if (q.remotely_rated) numbers(json, "remote_mos", q.remote_mos, kLow);
    json.end_object();
}

}  // namespace

void write_media(JsonWriter& json, const Statistics& s) {
    const Counters& c = s.counters;
    json.begin_object("media");
    json.value("rtp_packets_sent", c[Counter::RtpPacketsSent]);
    json.value("rtp_octets_sent", c[Counter::RtpBytesSent]);
    json.value("rtp_packets_received", c[Counter::RtpPacketsReceived]);
    json.value("rtcp_sender_reports", c[Counter::RtcpSenderReports]);
    json.value("rtcp_receiver_reports", c[Counter::RtcpReceiverReports]);
    json.value("rtcp_packets_received", c[Counter::RtcpPacketsReceived]);
    if (s.media) as_before(json, *s.media);
    if (s.media) streams(json, *s.media);
    json.end_object();
}

}  // namespace gsp::rt
