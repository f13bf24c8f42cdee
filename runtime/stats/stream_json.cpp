// SPDX-License-Identifier: Apache-2.0
#include "runtime/stats/stream_json.h"

#include <algorithm>

#include "runtime/base/clock.h"
#include "runtime/stats/json_writer.h"
#include "runtime/stats/time_text.h"

namespace gsp::rt {

namespace {

using Streams = std::span<const StreamReport>;
using Value = StreamValue;

uint64_t sum(Streams streams, Value value) {
    uint64_t all = 0;
    for (const StreamReport& s : streams) all += s[value];
    return all;
}

uint64_t most(Streams streams, Value value) {
    uint64_t most = 0;
    for (const StreamReport& s : streams) most = std::max(most, s[value]);
    return most;
}

// Of those that are not 0.
uint64_t least(Streams streams, Value value) {
    uint64_t least = 0;
    for (const StreamReport& s : streams)
        if (s[value] && (!least || s[value] < least)) least = s[value];
    return least;
}

// In units of timestamps.
uint64_t ticks(const StreamReport& s, Value value) {
    return s[value] * s.clock_hz / kSecond;
}

uint64_t most_ticks(Streams streams, Value value) {
    uint64_t most = 0;
    for (const StreamReport& s : streams) most = std::max(most, ticks(s, value));
    return most;
}

struct Sum {
    const char* name;
    uint64_t (*of)(Streams);
};
constexpr Sum kSums[] = {
    {"RTPPacketsSent", [](Streams s) { return sum(s, Value::PacketsSent); }},
    {"RTPOctetsSent", [](Streams s) { return sum(s, Value::BytesSent); }},
    {"RTPPacketsReceived", [](Streams s) { return sum(s, Value::PacketsReceived); }},
    {"RTCPSenderReports", [](Streams s) { return sum(s, Value::SenderReports); }},
    {"RTCPReceiverReports", [](Streams s) { return sum(s, Value::ReceiverReports); }},
    {"RTCPPacketsReceived", [](Streams s) { return sum(s, Value::RtcpReceived); }},
    {"RTCPReportBlocks", [](Streams s) { return sum(s, Value::RtcpBlocks); }},
    {"RTCPMaxFractionLost", [](Streams s) { return most(s, Value::RemoteFraction); }},
    {"RTCPMaxJitter", [](Streams s) { return most(s, Value::RemoteJitter); }},
    {"RTCPMinJitter", [](Streams s) { return least(s, Value::RemoteJitterMin); }},
    {"RTCPJitterSum", [](Streams s) { return sum(s, Value::RemoteJitterSum); }},
    {"RTCPJitterSamples", [](Streams s) { return sum(s, Value::RtcpBlocks); }},
    {"RTPRecvMaxCumulativeLost", [](Streams s) { return most(s, Value::PacketsLost); }},
    {"RTPRecvInterarrivalJitterPeak", [](Streams s) { return most_ticks(s, Value::JitterMax); }},
};

class Line {
public:
    void open(char bracket) { text_ += bracket, comma_ = false; }
    void close(char bracket) { text_ += bracket, comma_ = true; }
    void key(std::string_view name) {
        separate();
        text_.append(1, '"').append(name).append("\":");
    }
    void separate() {
        if (comma_) text_ += ',';
        comma_ = true;
    }
    void put(std::string_view name, std::string_view value) { key(name), text_ += value; }
    void put(std::string_view name, uint64_t value) { put(name, std::to_string(value)); }
    void put(std::string_view name, double value, int decimals) { put(name, fixed_text(value, decimals)); }
    void item(uint64_t value) { separate(), text_ += std::to_string(value); }
    std::string take() { return std::move(text_); }

private:
    std::string text_;
    bool comma_ = false;
};

constexpr int kDecimals = 3, kShareDecimals = 6;

void digits(Line& line, const HeardDigits& heard) {
    line.put("dtmf", json_quoted(heard.text()));
    line.key("dtmf_ms");
    line.open('[');
    for (size_t i = 0; i < heard.text().size(); ++i) line.item(heard.ms[i]);
    line.close(']');
}

void stream(Line& line, const StreamReport& s) {
    constexpr const char* kMedia[] = {"audio", "video", "capture"};  // as StreamReport::Media
    line.separate();
    line.open('{');
    line.put("media", json_quoted(kMedia[static_cast<size_t>(s.media)]));
    for (size_t i = 0; i < kStreamValues; ++i) {
        const StreamValueRow& row = kStreamValueRows[i];
        switch (row.kind) {
        case StreamValueRow::Kind::Time:
            line.put(std::string(row.name) + "_ms", static_cast<double>(s.v[i]) / kMillisecond, kDecimals);
            break;
        case StreamValueRow::Kind::Tenths: line.put(row.name, static_cast<double>(s.v[i]) / 10, 1); break;
        default: line.put(row.name, s.v[i]);
        }
    }
    if (s[Value::PacketsReceived]) {
        line.put("ssrc", uint64_t{s.ssrc});
        line.put("payload_type", uint64_t{s.type});
        line.put("codec", json_quoted(s.codec.data()));
        line.put("loss", s.loss_share(), kShareDecimals);
    }
    if (s[Value::PacketsOfSpeech]) line.put("silent", s.silent_share(), kShareDecimals);
    if (s.mos > 0) line.put("mos", s.mos, 2);
    digits(line, s.heard);
    if (s.srtp) line.put("srtp", json_quoted(s.srtp));
    if (s.dtls != DtlsOutcome::None) line.put("dtls", json_quoted(row_of(s.dtls).word));
    line.close('}');
}

}  // namespace

std::string streams_json(Streams streams) {
    Line line;
    line.open('{');
    for (const Sum& s : kSums) line.put(s.name, s.of(streams));
    if (!streams.empty()) {
        line.key("streams");
        line.open('[');
        for (const StreamReport& s : streams) stream(line, s);
        line.close(']');
    }
    line.close('}');
    return line.take();
}

}  // namespace gsp::rt
