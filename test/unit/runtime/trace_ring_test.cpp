// SPDX-License-Identifier: Apache-2.0
#include "runtime/stats/trace_ring.h"

#include <gtest/gtest.h>

#include <string>
#include <thread>

namespace gsp::rt {
namespace {

TraceRecord record(uint64_t call, std::string_view text) {
    return {TraceFile::Logs, TraceKind::Received, 11, call, 22, {"a", text, ""}};
}

TEST(TraceRing, RecordsComeOutAsTheyWentIn) {
    TraceRing ring(4096);
    TraceRecord out{};
    EXPECT_FALSE(ring.pop(out));
    ASSERT_TRUE(ring.push(record(7, "text")));
    ASSERT_TRUE(ring.pop(out));
    EXPECT_EQ(out.file, TraceFile::Logs);
    EXPECT_EQ(out.kind, TraceKind::Received);
    EXPECT_EQ(out.time_ns + out.call + out.value, 11u + 7 + 22);
    EXPECT_EQ(out.text[0], "a");
    EXPECT_EQ(out.text[1], "text");
    EXPECT_EQ(out.text[2], "");
    ring.release();
    EXPECT_FALSE(ring.pop(out));
}

TEST(TraceRing, AFullOneRefusesUntilItsReaderReleases) {
    TraceRing ring(4096);
    const std::string text(900, 'x');
    uint64_t taken = 0;
    while (ring.push(record(taken, text))) ++taken;
    EXPECT_EQ(taken, 4u);
    TraceRecord out{};
    ASSERT_TRUE(ring.pop(out));
    EXPECT_FALSE(ring.push(record(9, text)));  // the reader still looks at it
    ring.release();
    EXPECT_TRUE(ring.push(record(9, text)));
    EXPECT_FALSE(ring.push(record(9, std::string(5000, 'x'))));  // larger than the ring
}

TEST(TraceRing, NothingIsLostOrChangedAcrossItsEnd) {
    TraceRing ring(4096);
    TraceRecord out{};
    for (uint64_t i = 0; i < 5000; ++i) {
        const std::string text(i * 37 % 1500, static_cast<char>('a' + i % 26));
        ASSERT_TRUE(ring.push(record(i, text)));
        ASSERT_TRUE(ring.pop(out));
        ASSERT_EQ(out.call, i);
        ASSERT_EQ(out.text[1], text);
        ring.release();
    }
}

TEST(TraceRing, TwoThreadsNeedNoLock) {
    TraceRing ring(1 << 14);
    constexpr uint64_t kRecords = 100'000;
    uint64_t refused = 0;
    std::thread writer([&] {
        for (uint64_t i = 1; i <= kRecords; ++i) {
            const std::string text(i % 300, static_cast<char>('a' + i % 26));
            if (!ring.push(record(i, text))) ++refused;
        }
        while (!ring.push(record(0, ""))) std::this_thread::yield();  // the end
    });
    uint64_t seen = 0, last = 0;
    for (TraceRecord out{}; true;) {
        if (!ring.pop(out)) continue;
        const uint64_t call = out.call;
        const bool whole = out.text[1] == std::string(call % 300, static_cast<char>('a' + call % 26));
        ring.release();
        if (call == 0) break;
        EXPECT_GT(call, last);
        EXPECT_TRUE(whole) << call;
        last = call;
        ++seen;
    }
    writer.join();
    EXPECT_EQ(seen + refused, kRecords);
}

}  // namespace
}  // namespace gsp::rt
