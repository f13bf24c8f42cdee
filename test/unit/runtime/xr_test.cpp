// SPDX-License-Identifier: Apache-2.0
// Extended reports (RFC 3611): blocks written and read, bursts of losses, two sides that send them to each other.
#include "runtime/media/rtcp_xr.h"

#include <gtest/gtest.h>

#include <string>

#include "media_link.h"
#include "runtime/media/xr_meter.h"

namespace {

using namespace gsp::rt;
using gsp::rt::test::Impairment;
using gsp::rt::test::MediaLink;
using Value = StreamValue;

TEST(RtcpXr, AreReadAsTheyWereWritten) {
    RtcpWriter writer;
    XrWriter xr(writer, 7);
    xr.reference_time(0x0102030405060708);
    const XrLastReceiver last[] = {{8, 0x11223344, 0x00018000}, {9, 5, 6}};
    xr.last_receivers(last);
    xr.statistics({10, 100, 200, 3, 4, 1, 80, 20, 5});
    XrVoipMetrics m{};
    m.ssrc = 11, m.loss = 12, m.discard = 13, m.burst_density = 14, m.gap_density = 15, m.burst_ms = 1000,
    m.gap_ms = 2000;
    m.round_trip_ms = 50, m.r = 93, m.mos_lq = 44, m.mos_cq = 43, m.buffer_ms = 60;
    xr.voip_metrics(m);
    EXPECT_TRUE(xr.end());
    std::string_view rest = writer.packet();
    EXPECT_EQ(rest.size(), 8u + 12 + 28 + 40 + 36);
    const auto packet = take_rtcp(rest);
    ASSERT_TRUE(packet);
    EXPECT_TRUE(rest.empty());
    EXPECT_EQ(packet->type, kRtcpXr);
    EXPECT_EQ(packet->ssrc(), 7u);
    std::string_view blocks = packet->body.substr(4);
    EXPECT_EQ(take_xr_block(blocks)->reference_time(), 0x0102030405060708u);
    const auto receivers = take_xr_block(blocks);
    EXPECT_EQ(receivers->last_receiver(1)->ssrc, 9u);
    EXPECT_EQ(receivers->last_receiver(0)->since_last_rr, 0x00018000u);
    EXPECT_FALSE(receivers->last_receiver(2));
    EXPECT_FALSE(receivers->statistics());
    const auto s = take_xr_block(blocks)->statistics();
    ASSERT_TRUE(s);
    EXPECT_EQ(s->ssrc, 10u);
    EXPECT_EQ(s->end - s->begin, 100);
    EXPECT_EQ(s->lost, 3u);
    EXPECT_EQ(s->duplicate, 4u);
    EXPECT_EQ(s->jitter_deviation, 5u);
    const auto read = take_xr_block(blocks)->voip_metrics();
    ASSERT_TRUE(read);
    EXPECT_EQ(read->discard, 13);
    EXPECT_EQ(read->gap_ms, 2000);
    EXPECT_EQ(read->round_trip_ms, 50);
    EXPECT_EQ(read->r, 93);
    EXPECT_EQ(read->mos_lq * 100 + read->mos_cq, 4443);
    EXPECT_EQ(read->buffer_ms, 60);
    EXPECT_FALSE(take_xr_block(blocks));
}

TEST(RtcpXr, WithoutABlockThereIsNoPacketWhatIsCutOffIsNotRead) {
    RtcpWriter writer;
    EXPECT_FALSE(XrWriter(writer, 7).end());
    EXPECT_TRUE(writer.packet().empty());
    XrWriter xr(writer, 7);
    xr.last_receivers({});
    xr.statistics({});
    EXPECT_TRUE(xr.end());
    const std::string block(writer.packet().substr(8));
    for (size_t size = 0; size < block.size(); ++size) {
        std::string_view part = std::string_view(block).substr(0, size);
        EXPECT_FALSE(take_xr_block(part)) << size;
    }
    std::string silent = block;
    silent[1] = 0;  // it says nothing of losses, duplicates, jitter
    silent[4 + 8 + 3] = 5;
    std::string_view rest = silent;
    EXPECT_EQ(take_xr_block(rest)->statistics()->lost, 0u);
    for (int type = 0; type < 256; ++type) {  // a block that is too short for any type
        std::string small{static_cast<char>(type), 0, 0, 0};
        rest = small;
        const auto view = take_xr_block(rest);
        EXPECT_FALSE(view->reference_time() || view->last_receiver(0) || view->statistics() || view->voip_metrics());
    }
}

XrVoipMetrics bursts_of(const std::string& packets) {  // 20 ms each; `x` is lost
    BurstMeter meter;
    for (const char c : packets) meter.settle(c != 'x');
    XrVoipMetrics m{};
    meter.put(m, 20);
    return m;
}

// RFC 3611 4.7.2: 16 packets in a row that are there end a burst.
TEST(BurstMeter, GapsAndBursts) {
    const std::string gap(50, '.');
    EXPECT_EQ(bursts_of(gap).burst_density, 0);
    EXPECT_EQ(bursts_of(gap).gap_density, 0);
    EXPECT_EQ(bursts_of(gap).gap_ms, 1000);
    const XrVoipMetrics single = bursts_of(gap + "x" + gap + "x" + gap);  // losses that stand alone
    EXPECT_EQ(single.burst_density, 0);
    EXPECT_EQ(single.gap_density, 2 * 256 / 102);
    const XrVoipMetrics burst = bursts_of(gap + "xx.x.xxx" + gap + "x" + gap + "x");
    EXPECT_EQ(burst.burst_ms, 8 * 20);
    EXPECT_NEAR(burst.burst_density / 256.0, 6 / 8.0, 0.06);
    EXPECT_NEAR(burst.gap_density / 256.0, 1 / 100.0, 0.01);
}

TEST(RtcpXr, ASideThatOnlyReceivesLearnsTheRoundTripAndTheSenderWhatWasHeard) {
    Impairment way;
    way.delay_ns = 40 * kMillisecond;
    way.loss = 0.05;
    MediaLink link(way, 3);
    link.play(0, 0);
    link.run_for(30'000);
    const StreamReport sender = link.seen(0), receiver = link.seen(1);
    EXPECT_EQ(receiver[Value::PacketsSent], 0u);
    EXPECT_NEAR(static_cast<double>(receiver[Value::RoundTrip]) / kMillisecond, 80, 1.5);
    EXPECT_NEAR(static_cast<double>(sender[Value::RoundTrip]) / kMillisecond, 80, 1.5);
    EXPECT_GT(receiver[Value::XrSent], 3u);
    EXPECT_GT(sender[Value::XrReceived], 3u);
    EXPECT_GT(receiver[Value::XrReceived], 0u);
    EXPECT_EQ(receiver[Value::RemoteMosCq], 0u);  // nothing was sent
    EXPECT_NEAR(static_cast<double>(sender[Value::RemoteMosCq]) / 10, receiver.mos, 0.2);
    EXPECT_GT(sender[Value::RemoteR], 60u);
    EXPECT_GE(sender[Value::RemoteMosLq], sender[Value::RemoteMosCq]);
    EXPECT_GT(sender[Value::RemoteBurstDensity], 256u / 20);
    EXPECT_GT(sender[Value::RemoteBurst], 20 * kMillisecond);
}

TEST(RtcpXr, DuplicatesAndPacketsThatCameTooLate) {
    Impairment way;
    way.duplicates = 0.1;
    way.late = 0.1, way.late_ns = 200 * kMillisecond;
    MediaLink link(way, 5);
    link.play(0, 8);
    link.run_for(20'000);
    link.stop(0);
    link.run_for(20'000);  // the last report has all
    const StreamReport sender = link.seen(0);
    EXPECT_EQ(sender[Value::RemoteDuplicate], link.applied(1).doubled);
    EXPECT_NEAR(static_cast<double>(sender[Value::RemoteDiscarded]) / 256, 0.1, 0.04);
}

TEST(RtcpXr, OfAnUnknownCodecNoRatingIsReported) {
    MediaLink link({}, 5);
    link.play(0, 9);
    link.run_for(20'000);
    EXPECT_GT(link.seen(0)[Value::XrReceived], 0u);
    EXPECT_EQ(link.seen(0)[Value::RemoteMosCq], 0u);
    EXPECT_EQ(link.seen(0)[Value::RemoteR], 0u);
}

}  // namespace
