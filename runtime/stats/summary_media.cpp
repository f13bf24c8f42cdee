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
    json.end_object();
}

}  // namespace

void write_media(JsonWriter& json, const Statistics& s) {
    const Counters& c = s.counters;
    json.begin_object("media");
    json.value("rtp_packets_sent", c[Counter::RtpPacketsSent]);
    json.value("rtp_octets_sent", c[Counter::RtpBytesSent]);
    json.value("rtp_packets_received", c[Counter::RtpPacketsReceived]);
    json.value("rtcp_sender_reports", uint64_t{0});
    json.value("rtcp_receiver_reports", uint64_t{0});
    json.value("rtcp_packets_received", uint64_t{0});
    if (s.media) streams(json, *s.media);
    json.end_object();
}

}  // namespace gsp::rt
