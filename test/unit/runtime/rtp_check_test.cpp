// SPDX-License-Identifier: Apache-2.0
// What rtpcheck asks, in both of its forms, and what meets it.
#include "runtime/media/rtp_check.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "runtime/base/clock.h"

namespace {

using namespace gsp::rt;

RtpExpectation asked(std::string_view text) {
    auto parsed = parse_rtp_expectation(text);
    EXPECT_TRUE(parsed) << parsed.error().text;
    return *parsed;
}

std::string error_of(std::string_view text) {
    auto parsed = parse_rtp_expectation(text);
    return parsed ? "" : parsed.error().text;
}

TEST(RtpCheck, Forms) {
    EXPECT_EQ(asked("").min_packets, 1);
    EXPECT_EQ(asked(" 12 ").min_packets, 12);
    EXPECT_EQ(asked("min=3").min_packets, 3);
    EXPECT_EQ(asked("packets=4").min_packets, 4);
    EXPECT_EQ(asked("timeout_ms=20").timeout_ms, 20);
    const RtpExpectation all = asked(
        "min_packets=5, direction=tx;media=video max_loss=1.5 max_jitter=2 max_gap=30 "
        "min_mos=4 codec=PCMU digits=12 timeout=7");
    EXPECT_EQ(all.direction, RtpExpectation::Direction::Out);
    EXPECT_EQ(all.media, RtpExpectation::Media::Video);
    EXPECT_EQ(all.max_loss_percent, 1.5);
    EXPECT_EQ(all.digits, "12");
    EXPECT_EQ(all.timeout_ms, 7);
    EXPECT_EQ(asked("direction=recv bidirectional=true").direction, RtpExpectation::Direction::Both);
    EXPECT_EQ(error_of("max_los=1"), "rtpcheck: there is no `max_los`");
    EXPECT_EQ(error_of("max_loss=-1"), "rtpcheck: `max_loss` cannot be `-1`");
    EXPECT_EQ(error_of("many"), "rtpcheck: `min_packets` cannot be `many`");
    EXPECT_EQ(error_of("direction=up"), "rtpcheck: `direction` cannot be `up`");
    EXPECT_EQ(error_of("media=image"), "rtpcheck: `media` cannot be `image`");
}

class Unmet : public testing::Test {
protected:
    void SetUp() override {
        s[StreamValue::PacketsReceived] = 80;
        s[StreamValue::PacketsExpected] = 100;
        s[StreamValue::PacketsLost] = 20;
        s[StreamValue::PacketsSent] = 3;
        s[StreamValue::JitterMax] = 2'500'000;
        s[StreamValue::LongestGap] = 40 * kMillisecond;
        s.type = 8;
        std::copy_n("PCMA/8000", 10, s.codec.data());
        s.mos = 3.25;
        s.heard.n = 2;
        s.heard.digits[0] = '1', s.heard.digits[1] = '#';
    }
    std::string of(std::string_view text) { return unmet(asked(text), s); }
    StreamReport s;
};

TEST_F(Unmet, Packets) {
    EXPECT_EQ(of(""), "");
    EXPECT_EQ(of("80"), "");
    EXPECT_EQ(of("81"), "80 packets in and 3 out, at least 81 of either");
    EXPECT_EQ(of("direction=out 3"), "");
    EXPECT_EQ(of("direction=out 4"), "80 packets in and 3 out, at least 4 out");
    EXPECT_EQ(of("direction=in 81"), "80 packets in and 3 out, at least 81 in");
    EXPECT_EQ(of("direction=both 4"), "80 packets in and 3 out, at least 4 each");
}

TEST_F(Unmet, Quality) {
    EXPECT_EQ(of("max_loss=20 max_jitter=2.5 max_gap=40 min_mos=3.25 codec=pcma digits=1#"), "");
    EXPECT_EQ(of("codec=PCMA/8000"), "");
    EXPECT_EQ(of("codec=8"), "");
    EXPECT_EQ(of("max_loss=19.9"), "loss 20 % of 100 packets, at most 19.9 %");
    EXPECT_EQ(of("max_jitter=2"), "jitter 2.5 ms, at most 2 ms");
    EXPECT_EQ(of("max_gap=39"), "a gap of 40 ms, at most 39 ms");
    EXPECT_EQ(of("min_mos=4"), "MOS 3.25, at least 4");
    EXPECT_EQ(of("codec=PCMU"), "payload type 8 (PCMA/8000), not PCMU");
    EXPECT_EQ(of("digits=1"), "digits `1#`, not `1`");
    s.mos = 0;
    EXPECT_EQ(of("min_mos=1"), "no MOS is known of payload type 8");
    s[StreamValue::PacketsReceived] = 0;
    EXPECT_EQ(of("max_loss=5"), "nothing was received");
}

TEST(RtpCheck, StreamsOfAKindAsOne) {
    StreamReport streams[3];
    streams[1].media = StreamReport::Media::Video;
    streams[2].media = StreamReport::Media::Capture;
    for (uint32_t i = 0; i < 3; ++i) {
        streams[i][StreamValue::PacketsReceived] = 10u << i;
        streams[i][StreamValue::JitterMax] = 5 - i;
        streams[i].mos = 4 - i;
    }
    streams[1].mos = 0;
    StreamReport one = streams_as_one(streams, RtpExpectation::Media::Audio);
    EXPECT_EQ(one[StreamValue::PacketsReceived], 50u);
    EXPECT_EQ(one[StreamValue::JitterMax], 5u);
    EXPECT_EQ(one.mos, 2);
    EXPECT_EQ(streams_as_one(streams, RtpExpectation::Media::Video)[StreamValue::PacketsReceived], 20u);
    EXPECT_EQ(streams_as_one(streams, RtpExpectation::Media::Any)[StreamValue::PacketsReceived], 70u);
}

}  // namespace
