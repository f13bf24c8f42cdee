// SPDX-License-Identifier: Apache-2.0
// What is measured is what the network did: loss, duplicates, order, jitter within 0.2 points of what was applied, and
// the MOS within 0.1 of reference values.
#include <gtest/gtest.h>

#include <set>
#include <string>

#include "media_link.h"

namespace {

using namespace gsp::rt;
using gsp::rt::test::Impairment;
using gsp::rt::test::MediaLink;
using Value = StreamValue;

// Of the arrivals: what came twice, what came behind a later one, jitter (RFC 3550 6.4.1) at the end and its mean.
struct Expected {
    uint64_t duplicates = 0, reordered = 0;
    double jitter_ms = 0, jitter_mean_ms = 0;
};

Expected expected_of(const MediaLink::Applied& applied) {
    Expected e;
    std::set<uint16_t> seen;
    const MediaLink::Applied::Arrival* before = nullptr;
    uint16_t highest = 0;
    double sum = 0;
    for (const auto& arrival : applied.arrivals) {
        if (!seen.insert(arrival.sequence).second) {
            ++e.duplicates;
            continue;
        }
        if (before) {
            if (arrival.sequence < highest) ++e.reordered;
            const double took_ms = (static_cast<double>(arrival.at_ns) - static_cast<double>(before->at_ns)) / 1e6;
            const double sent_ms =
                (static_cast<double>(arrival.timestamp) - static_cast<double>(before->timestamp)) / 8;
            e.jitter_ms += (std::abs(took_ms - sent_ms) - e.jitter_ms) / 16;
        }
        highest = std::max(highest, arrival.sequence);
        before = &arrival;
        sum += e.jitter_ms;
    }
    e.jitter_mean_ms = sum / static_cast<double>(seen.size());
    return e;
}

struct Case {
    const char* name;
    Impairment impairment;
    double mos;  // PCMU
    const char* source;
};

constexpr uint64_t kMs = kMillisecond;
// Reference values: R = 93.2 − Id − Ie-eff with Ie-eff of G.107 (7-29), Id of G.107 (7-18 to 7-28) for T = Ta, Tr = 2T,
// all else as in its table 2, G.711 with concealment of G.113, table I.4: Ie 0, Bpl 25.1; MOS by annex B.
constexpr Case kCases[] = {
    {"nothing", {}, 4.41, "R 93.2, G.107 table 2, annex B"},
    {"loss_1", {.loss = 0.01}, 4.33, "Ie-eff 3.6"},
    {"loss_5", {.loss = 0.05}, 3.92, "Ie-eff 15.8"},
    {"loss_20", {.loss = 0.2}, 2.63, "Ie-eff 42.1"},
    {"jitter_30", {.delay_ns = 40 * kMs, .jitter_ns = 30 * kMs}, 4.39, "T 40 ms, nothing too late for 60 ms: Id 1.2"},
    {"reordering", {.late = 0.05, .late_ns = 30 * kMs}, 4.41, "no packet is lost"},
    {"duplicates", {.duplicates = 0.05}, 4.41, "no packet is lost"},
    {"too_late", {.late = 0.05, .late_ns = 200 * kMs}, 3.92, "as if lost: Ie-eff 15.8"},
    {"delay_150", {.delay_ns = 150 * kMs}, 4.33, "R 89.5: Idd 0.2, Idte 2.8, Idle 0.8"},
    {"delay_300", {.delay_ns = 300 * kMs}, 3.72, "R 72.7: Idd 14.8, Idte 4.8, Idle 1.1"},
    {"all",
     {.loss = 0.05, .duplicates = 0.02, .late = 0.02, .delay_ns = 40 * kMs, .jitter_ns = 30 * kMs, .late_ns = 25 * kMs},
     3.87,
     "Ie-eff 15.8, Id 1.2"},
};

class Impaired : public testing::TestWithParam<Case> {};

TEST_P(Impaired, AreMeasuredAsTheyWereApplied) {
    MediaLink link(GetParam().impairment, 11);
    link.play(0, 0);
    link.run_for(400'000);  // 20,000 packets
    link.stop(0);
    link.run_for(1000);
    const StreamReport measured = link.seen(1);
    const MediaLink::Applied& applied = link.applied(1);
    const Expected expected = expected_of(applied);
    const auto percent = [&](uint64_t n) { return 100 * static_cast<double>(n) / static_cast<double>(applied.sent); };
    const auto ms = [&](Value value) { return static_cast<double>(measured[value]) / static_cast<double>(kMs); };
    ASSERT_EQ(applied.sent, 20'000u);
    EXPECT_NEAR(percent(applied.lost), 100 * GetParam().impairment.loss, 0.7);  // chance
    EXPECT_NEAR(100 * measured.loss_share(), percent(applied.lost), 0.2);
    EXPECT_EQ(expected.duplicates, applied.doubled);
    EXPECT_NEAR(percent(measured[Value::PacketsDuplicate]), percent(applied.doubled), 0.2);
    EXPECT_NEAR(percent(measured[Value::PacketsReordered]), percent(expected.reordered), 0.2);
    EXPECT_NEAR(ms(Value::Jitter), expected.jitter_ms, 0.2);
    EXPECT_NEAR(ms(Value::JitterMean), expected.jitter_mean_ms, 0.2);
    EXPECT_NEAR(ms(Value::RoundTrip), 2 * static_cast<double>(GetParam().impairment.delay_ns) / 1e6, 1.5);
    EXPECT_NEAR(measured.mos, GetParam().mos, 0.1) << GetParam().source;
}

INSTANTIATE_TEST_SUITE_P(All, Impaired, testing::ValuesIn(kCases),
                         [](const auto& param) { return std::string(param.param.name); });

// G.113, table I.4, Ie and Bpl, at 5 % loss, with G.107 (7-29) and annex B.
TEST(Impairments, ReferenceValuesOfCodecs) {
    struct Row {
        uint8_t type;
        const char* name;
        uint16_t bytes, ms, ticks;
        double mos;
    };
    constexpr Row kRows[] = {
        {8, "PCMA/8000", 160, 20, 160, 3.92},    // 0, 25.1
        {18, "G729/8000", 20, 20, 160, 3.34},    // 11, 19.0: G.729A with VAD
        {4, "G723/8000", 24, 30, 240, 3.06},     // 15, 16.1: 6.3 kbit/s with VAD
        {98, "GSM-EFR/8000", 31, 20, 160, 3.01}  // 5, 10
    };
    for (const Row& row : kRows) {
        MediaLink link({.loss = 0.05}, 2);
        if (row.type >= kFirstDynamicType) link.types(1, row.type, row.name);
        link.play(0, RtpFormat{row.type, MediaKind::Audio, row.bytes, row.ms, row.ticks});
        link.run_for(400'000);
        EXPECT_STREQ(link.seen(1).codec.data(), row.name);
        EXPECT_NEAR(link.seen(1).mos, row.mos, 0.1) << row.name;
    }
    MediaLink wideband({}, 2);
    wideband.play(0, 9);
    wideband.run_for(1000);
    EXPECT_EQ(wideband.seen(1).mos, 0);  // G.107 is about narrow bands
}

// … without concealment of losses (Bpl 4.3), which no receiver that is measured for has.
TEST(Impairments, G711WithoutConcealment) {
    constexpr std::pair<double, double> kTable[] = {{1, 3.83}, {5, 2.17}, {20, 1.12}};
    for (const auto& [loss, mos] : kTable) EXPECT_NEAR(mos_of_rating(rating({0, loss, 0, 4.3})), mos, 0.01) << loss;
}

}  // namespace
