// SPDX-License-Identifier: Apache-2.0
// What is learnt from packets that arrive: sequence numbers, jitter, digits, silence, MOS.
#include "runtime/media/reception.h"

#include <gtest/gtest.h>

#include <atomic>
#include <cmath>
#include <thread>

#include "runtime/base/clock.h"
#include "runtime/media/e_model.h"
#include "runtime/media/published.h"
#include "runtime/media/sdp.h"
#include "runtime/media/source_map.h"
#include "runtime/stats/media_quality.h"

namespace {

using namespace gsp::rt;
using Value = StreamValue;

class ReceptionTest : public testing::Test {
protected:
    // A packet of 20 ms of PCMU, `late_us` after its time.
    void packet(uint32_t number, uint64_t late_us = 0, uint32_t ssrc = 1) {
        take({0, false, static_cast<uint16_t>(number), number * 160, ssrc, std::string_view(pcm)},
             number * 20'000 + late_us);
    }
    void take(const RtpView& view, uint64_t at_us) {
        reception.take(view, 12 + view.payload.size(), types, kSecond + at_us * 1000);
    }
    StreamReport report() const {
        StreamReport made;
        reception.put(made);
        rate(made);
        return made;
    }
    std::string pcm = std::string(160, '\x10');
    DynamicTypes types = no_dynamic_types();
    Reception reception;
};

TEST_F(ReceptionTest, AStreamAsItShouldBe) {
    reception.expect_from(kSecond - 30 * kMillisecond);
    for (uint32_t i = 0; i < 100; ++i) packet(i);
    const StreamReport r = report();
    EXPECT_EQ(r[Value::PacketsReceived], 100u);
    EXPECT_EQ(r[Value::BytesReceived], 17200u);
    EXPECT_EQ(r[Value::PacketsExpected], 100u);
    for (const Value none :
         {Value::PacketsLost, Value::PacketsReordered, Value::PacketsDuplicate, Value::PacketsTooLate, Value::Jitter,
          Value::JitterMax, Value::SsrcChanges, Value::TypeChanges, Value::PacketsSilent})
        EXPECT_EQ(r[none], 0u) << kStreamValueRows[static_cast<size_t>(none)].name;
    EXPECT_EQ(r[Value::LongestGap], 20 * kMillisecond);
    EXPECT_EQ(r[Value::FirstPacketDelay], 30 * kMillisecond);
    EXPECT_EQ(r[Value::PacketsOfSpeech], 100u);
    EXPECT_STREQ(r.codec.data(), "PCMU/8000");
    EXPECT_NEAR(r.mos, 4.41, 0.01);
}

TEST_F(ReceptionTest, LossReorderingDuplicatesAndTheEndOfTheNumbers) {
    for (const uint32_t i : {65530u, 65531u, 65533u, 65532u, 65532u, 65535u, 65536u, 65539u}) packet(i);
    const StreamReport r = report();
    EXPECT_EQ(r[Value::PacketsReceived], 8u);
    EXPECT_EQ(r[Value::PacketsExpected], 10u);  // 65530 … 65539
    EXPECT_EQ(r[Value::PacketsLost], 3u);       // 65534, 65537, 65538: the duplicate makes up for none
    EXPECT_EQ(r[Value::PacketsReordered], 1u);
    EXPECT_EQ(r[Value::PacketsDuplicate], 1u);
}

TEST_F(ReceptionTest, WhatCameBeforeTheFirstOneIsExpectedToo) {
    for (const uint32_t i : {5u, 4u, 6u}) packet(i);
    EXPECT_EQ(report()[Value::PacketsExpected], 3u);
    EXPECT_EQ(report()[Value::PacketsLost], 0u);
}

TEST_F(ReceptionTest, ASenderThatBeginsAnew) {
    for (uint32_t i = 0; i < 10; ++i) packet(i);
    for (uint32_t i = 0; i < 10; ++i) packet(40000 + i);  // two packets say so (RFC 3550 A.1)
    const StreamReport r = report();
    EXPECT_EQ(r[Value::PacketsExpected], 20u);
    EXPECT_EQ(r[Value::PacketsLost], 0u);
    packet(20000);  // one that is astray
    EXPECT_EQ(report()[Value::PacketsExpected], 20u);
}

// RFC 3550 A.8, by hand: |D| of 8, 8 and 4 ms.
TEST_F(ReceptionTest, Jitter) {
    packet(0), packet(1, 8000), packet(2), packet(3, 4000);
    const double first = 8.0 / 16, second = first + (8 - first) / 16, third = second + (4 - second) / 16;
    const StreamReport r = report();
    EXPECT_NEAR(static_cast<double>(r[Value::Jitter]) / kMillisecond, third, 1e-3);
    EXPECT_NEAR(static_cast<double>(r[Value::JitterMax]) / kMillisecond, third, 1e-3);
    EXPECT_NEAR(static_cast<double>(r[Value::JitterMean]) / kMillisecond, (first + second + third) / 4, 1e-3);
    EXPECT_EQ(r[Value::LongestGap], 28 * kMillisecond);
}

TEST_F(ReceptionTest, PacketsTooLateForABufferCountForTheMosUntilItBeginsAnew) {
    for (uint32_t i = 0; i < 100; ++i) packet(i, i == 50 ? 61'000 : 0);
    EXPECT_EQ(report()[Value::PacketsTooLate], 1u);
    EXPECT_LT(report().mos, 4.35);
    for (uint32_t i = 100; i < 300; ++i) packet(i, 80'000);  // a way that has become longer
    EXPECT_EQ(report()[Value::PacketsTooLate], 1u + 50);
}

TEST_F(ReceptionTest, SourcesAndTypes) {
    for (uint32_t i = 0; i < 10; ++i) packet(i, 0, 1), packet(i, 0, 2);
    packet(11, 0, 1);
    StreamReport r = report();
    EXPECT_EQ(r[Value::SsrcChanges], 1u);  // two sources at once
    EXPECT_EQ(r[Value::PacketsExpected], 22u);
    EXPECT_EQ(r[Value::PacketsLost], 1u);
    for (uint32_t ssrc = 3; ssrc < 7; ++ssrc) packet(12, 0, ssrc);
    r = report();
    EXPECT_EQ(r[Value::SsrcChanges], 5u);
    EXPECT_EQ(r[Value::PacketsExpected], 26u);  // those that are not told apart any more count too
    EXPECT_EQ(r.ssrc, 6u);
    take({8, false, 13, 0, 6, "x"}, 300'000);
    EXPECT_EQ(report()[Value::TypeChanges], 1u);
    EXPECT_STREQ(report().codec.data(), "PCMA/8000");
}

TEST_F(ReceptionTest, Silence) {
    pcm.assign(160, '\xff');
    packet(0);
    pcm[159] = '\x80';  // the loudest
    packet(1);
    take({8, false, 2, 320, 1, std::string_view("\xd5\x55\xd4")}, 40'000);
    const StreamReport r = report();
    EXPECT_EQ(r[Value::PacketsOfSpeech], 3u);
    EXPECT_EQ(r[Value::PacketsSilent], 2u);
}

std::string of_hex(std::string_view hex) {
    std::string bytes;
    for (size_t i = 0; i + 1 < hex.size(); i += 2)
        bytes += static_cast<char>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16));
    return bytes;
}

// 1000 Hz, encoded by libspandsp, in packets of 10 ms; what counts as loud begins at -48 dB.
TEST(G722LowBand, Silence) {
    const auto silent = [](const std::string& bytes) {
        Reception reception;
        std::string said;
        for (uint32_t n = 0; 80 * n < bytes.size(); ++n) {
            StreamReport before, after;
            reception.put(before);
            reception.take({9, false, static_cast<uint16_t>(n), n * 80, 5, std::string_view(bytes).substr(80 * n, 80)},
                           92, no_dynamic_types(), n * 10 * kMillisecond);
            reception.put(after);
            EXPECT_EQ(after[Value::PacketsOfSpeech], n + 1);
            said += after[Value::PacketsSilent] > before[Value::PacketsSilent] ? "silent " : "loud ";
        }
        return said;
    };
    EXPECT_EQ(silent(std::string(160, '\xfa')), "silent silent ");  // nothing
    const std::string above = of_hex(
        "fade77b2709ea0a0a9b7d3ced35ef1edb0b9d8d4d67ef4f0f2bbd9d6d97db4f1f4bbd9d6da7cb4f2"
        "f5bddad8da7cb4f2f6bddad8dafcb5f2f6fd5a99dbfbb6f3f6fcdc98db7ab5f2f6bbdbdb5efcb4f2"
        "f6fddcd85cfcb3f4b3fdddda5efab5f1b4f9dcd95efab4f1b4f95dd9defbb5f0b3fc7ed9defab5f0"
        "f27ade9ddcfbb4ef75f6de9edff9b470f2f97e9afffcf373b4f4df9ddd7af4aff675fd9d5ff7f6f0");
    EXPECT_EQ(silent(above), "loud loud ");  // -45 dB
    const std::string below = of_hex(
        "fade77b2b2baa0a5ecfbd35094fcf0acf0fcd8d498fc72f0b3fdd9d69afb75f2b4fbdad89bfa74f2"
        "f5bcdcd89bfa75f2f5bcdcd99cfb75f2f5fc9dd9dcbbf6f275fa9ddadebaf572f5fbdd5b9eb874f2"
        "f6fb9edbfe7cf4b2f6fbdcdbbd7af6b275f9dedc9df8f37471bbdfdebefbf6f173fcbcdc9e78f4f2"
        "75f8bfda9ff8f572f5f8fd9adfb876f3f5779fde9e79f5f173fbbcdefefb77b173bbffdcdf77f9f0");
    EXPECT_EQ(silent(below), "silent silent ");  // -52 dB
    const std::string ends = of_hex(
        "fa9b2e912395a0a0e0f1cac8ceddef6aefbbd6d195fef2ef72fc97d4d6bef3f0f27dd795d7ffb4f0"
        "f3fe5795d8ffb4eff4ffd795d8fef46ff5bfd796d8fff4eff5ffd7d699fff4f0f3ded796d8bff4f0"
        "f35e9716993dd7999d5ddbdd5edfdedfffdefedffdfffefefefdbdfdfdfdfdbdfdfdfdbdfdfdfdbd"
        "fdfdfdfdbdfdfdfdbdfdfdfdbdfdfdfdfdbdfdfdfdbdfdfdfdbdfdfdfdfdbdfdfdfcbcfcfcfcbcfc"
        "fcfcfcbcfcfcbc7cbcfcfcbc7cfcfcfbdff7fef9b8f9f9fab9f8f8f8f8f8f7fbfaf8f7fcf8f8f9fc"
        "fcfafcfafcf8fcfafefafcf8fbdff2dff1fefafafafafbdff0fadff1fafbdff3dff8f8f8f8fbfbf9");
    EXPECT_EQ(silent(ends), "loud loud silent ");  // -20 dB for 10 ms
}

TEST(G722LowBand, AnyCodesStayWithinItsRange) {
    G722LowBand band;
    uint32_t random = 1;
    int loudest = 0;
    for (int i = 0; i < 1'000'000; ++i) {
        random = random * 1664525 + 1013904223;
        loudest = std::max(loudest, std::abs(band.sample(static_cast<uint8_t>(random >> 24))));
    }
    EXPECT_GT(loudest, G722LowBand::kLoudest);
    EXPECT_LE(loudest, 32768);
}

class Digits : public ReceptionTest {
protected:
    void event(uint8_t digit, uint32_t timestamp, uint16_t ticks, bool end, uint8_t type = 101, uint32_t ssrc = 1) {
        const std::string payload{static_cast<char>(digit), static_cast<char>(end ? 0x8a : 0x0a),
                                  static_cast<char>(ticks >> 8), static_cast<char>(ticks)};
        take({type, false, sequence, timestamp, ssrc, payload}, sequence * 20'000u);
        ++sequence;
    }
    std::string heard() const {
        std::string text;
        const HeardDigits heard = report().heard;
        for (size_t i = 0; i < heard.text().size(); ++i)
            text += std::string(1, heard.digits[i]) + ":" + std::to_string(heard.ms[i]) + " ";
        return text;
    }
    uint16_t sequence = 1;
};

TEST_F(Digits, AreHeardOnceHoweverOftenTheirEndComes) {
    types[101 - kFirstDynamicType] = kTelephoneEvent;
    for (uint16_t ticks = 0; ticks < 800; ticks = static_cast<uint16_t>(ticks + 160)) event(4, 1000, ticks, false);
    for (int i = 0; i < 3; ++i) event(4, 1000, 800, true);
    event(11, 3000, 160, false);  // its end is lost
    event(4, 5000, 400, true);
    EXPECT_EQ(heard(), "4:100 #:20 4:50 ");
    EXPECT_EQ(report()[Value::TypeChanges], 0u);
    EXPECT_EQ(report()[Value::PacketsLost], 0u);
}

TEST_F(Digits, OfATypeThatSdpDoesNotNameAndOfSippsFillers) {
    for (uint32_t i = 0; i < 20; ++i) event(0, i * 160, 0, false, 97);
    event(1, 24400, 160, false, 96);
    event(1, 24400, 1600, true, 96);
    event(1, 24400, 1600, true, 96, 2);  // played again: the same times, another source
    EXPECT_EQ(heard(), "1:200 1:200 ");
    event(16, 9, 100, true, 96);  // flash is no digit
    EXPECT_EQ(report().heard.n, 2u);
}

TEST(Sdp, DynamicTypesOfEachKind) {
    const TypesOfKinds types = read_dynamic_types(
        "v=0\r\na=rtpmap:99 iLBC/8000\r\nm=audio 1 RTP/AVP 0 97 101\r\na=rtpmap:97 ilbc/8000\r\n"
        "a=rtpmap:0 PCMU/8000\r\na=rtpmap:101 telephone-event/8000 \r\nm=image 2 udptl t38\r\na=rtpmap:98 "
        "H264/90000\r\n"
        "m=video 3 RTP/AVP 99\r\na=rtpmap:99 H264/90000\r\na=rtpmap:128 H264/90000\r\na=rtpmap:100");
    EXPECT_EQ(find_codec(types[0][1])->name, "iLBC/8000");
    EXPECT_EQ(types[0][5], kTelephoneEvent);
    EXPECT_EQ(types[0][3], kNoCodec);
    EXPECT_EQ(types[0][2], kNoCodec);
    EXPECT_EQ(find_codec(types[1][3])->clock_hz, 90000u);
}

// ITU-T G.107: R of all defaults is 93.2; table B.1 has the MOS of the borders between categories of quality.
TEST(EModel, ReferenceValues) {
    EXPECT_NEAR(rating({}), 93.2, 0.05);
    constexpr std::pair<double, double> kTable[] = {{93.2, 4.41}, {90, 4.34}, {80, 4.03},
                                                    {70, 3.60},   {60, 3.10}, {50, 2.58}};
    for (const auto& [r, mos] : kTable) EXPECT_NEAR(mos_of_rating(r), mos, 0.01) << r;
    EXPECT_EQ(mos_of_rating(-5), 1);
    EXPECT_EQ(mos_of_rating(101), 4.5);
    EXPECT_GE(mos_of_rating(3), 1);  // the polynomial dips below
}

// G.107 (7-29): Ie-eff = Ie + (95 - Ie) × Ppl / (Ppl + Bpl), with G.113's values of G.711 and G.729A.
TEST(EModel, LossAndDelay) {
    const double none = rating({});
    EXPECT_NEAR(none - rating({0, 1, 0, 25.1}), 95 / 26.1, 1e-9);
    EXPECT_NEAR(none - rating({0, 0, 11, 19}), 11, 1e-9);
    EXPECT_NEAR(none - rating({0, 5, 11, 19}), 11 + 84 * 5 / 24.0, 1e-9);
    // G.114, figure 1, in the categories of G.109: up to 150 ms nearly all are satisfied, at 300 ms some are not.
    EXPECT_GT(rating({150}), 88);
    EXPECT_GT(rating({300}), 70);
    EXPECT_LT(rating({300}), 80);
    EXPECT_LT(rating({450}), 62);
}

TEST(MediaQuality, OfStreams) {
    StreamReport good, bad, sent;
    good[Value::PacketsReceived] = good[Value::PacketsExpected] = 100;
    good.mos = 4.4;
    good[Value::JitterMean] = kMillisecond;
    bad[Value::PacketsReceived] = 50, bad[Value::PacketsExpected] = 100, bad[Value::PacketsLost] = 50;
    bad[Value::LongestGap] = kSecond;
    sent[Value::PacketsSent] = 7;
    MediaQuality one, all;
    one.add(good), one.add(bad);
    all.add(sent);
    one.add_call(7), one.add_call(0);
    all.add_call(5), all.add_call(9);
    all.merge(one);
    EXPECT_EQ(all.calls_with_packets, 3u);
    EXPECT_EQ(all.least_packets, 5u);
    EXPECT_EQ(all.most_lost, 50u);
    EXPECT_EQ(all.streams, 2u);
    EXPECT_EQ(all.rated, 1u);
    EXPECT_EQ(all.sum[Value::PacketsSent], 7u);
    EXPECT_EQ(all.sum.loss_share(), 0.25);
    EXPECT_EQ(all.sum[Value::LongestGap], kSecond);
    EXPECT_NEAR(static_cast<double>(all.loss.max_ns()) / kSecond, 0.5, 1e-6);
    EXPECT_NEAR(static_cast<double>(all.mos.min_ns()) / kSecond, 4.4, 1e-6);
}

TEST(SourceMap, WhoseItIsUnlessSeveralSendThere) {
    SourceMap map;
    const Address a = *resolve("127.0.0.1", 4000), b = *resolve("127.0.0.1", 4002);
    map.add(a, 5), map.add(b, 8);
    EXPECT_EQ(map.find(a), 5u);
    map.add(a, 11);
    EXPECT_EQ(map.find(a), SourceMap::kNone);
    map.remove(a, 5);
    EXPECT_EQ(map.find(a), 11u);
    map.remove(a, 11);
    EXPECT_EQ(map.find(a), SourceMap::kNone);
    EXPECT_EQ(map.find(b), 8u);
}

TEST(Published, IsReadWhole) {
    struct Twelve {
        std::array<uint32_t, 12> v;
    };
    Published<Twelve> board;
    std::atomic<bool> ended{false};
    std::thread writer([&] {
        for (uint32_t i = 1; i <= 100'000; ++i) {
            Twelve value;
            value.v.fill(i);
            board.write(value);
        }
        ended = true;
    });
    uint32_t last = 0;
    while (!ended || last != 100'000) {
        const Twelve seen = board.read();
        ASSERT_EQ(seen.v, (Twelve{[&] {
                               std::array<uint32_t, 12> all;
                               all.fill(seen.v[0]);
                               return all;
                           }()}
                               .v));
        ASSERT_GE(seen.v[0], last);
        last = seen.v[0];
    }
    writer.join();
}

}  // namespace
