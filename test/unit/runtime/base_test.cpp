// SPDX-License-Identifier: Apache-2.0
// The runtime's building blocks, most of them against a simple model with random input from a fixed seed.
#include <gtest/gtest.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "runtime/base/call_index.h"
#include "runtime/base/clock.h"
#include "runtime/base/hash.h"
#include "runtime/base/histogram.h"
#include "runtime/base/result.h"
#include "runtime/base/rng.h"
#include "runtime/base/string_pool.h"
#include "runtime/base/timer_wheel.h"

namespace gsp::rt {
namespace {

TEST(Result, SystemErrorNamesTheCause) {
    Error error = system_error("cannot bind 127.0.0.1:5060", EADDRINUSE);
    EXPECT_EQ(error.text, "cannot bind 127.0.0.1:5060: Address already in use");
    EXPECT_EQ(error.system_code, EADDRINUSE);
}

TEST(SystemClock, StartsAtZeroAndNeverGoesBack) {
    SystemClock clock;
    uint64_t before = clock.read_ns();
    EXPECT_LT(before, 10 * kSecond);
    for (int i = 0; i < 1000; ++i) {
        uint64_t now = clock.read_ns();
        ASSERT_GE(now, before);
        before = now;
    }
    EXPECT_GT(clock.epoch_ns(), 1'600'000'000 * kSecond);
}

TEST(Rng, SameSeedSameNumbers) {
    Rng a(42), b(42), c(43);
    uint64_t first = a.next();
    EXPECT_EQ(first, b.next());
    EXPECT_NE(first, c.next());
}

TEST(Rng, BoundsHoldAndValuesAreEven) {
    Rng rng(1);
    EXPECT_EQ(rng.below(0), 0u);
    EXPECT_EQ(rng.below(1), 0u);
    std::vector<int> seen(7);
    for (int i = 0; i < 70'000; ++i) ++seen[rng.below(7)];
    for (int n : seen) EXPECT_NEAR(n, 10'000, 500);
    double sum = 0;
    for (int i = 0; i < 100'000; ++i) {
        double value = rng.uniform();
        ASSERT_GE(value, 0);
        ASSERT_LT(value, 1);
        sum += value;
    }
    EXPECT_NEAR(sum / 100'000, 0.5, 0.01);
}

class Hash : public testing::TestWithParam<uint64_t (*)(std::string_view, uint64_t)> {};
INSTANTIATE_TEST_SUITE_P(EachWay, Hash, testing::Values(hash_bytes, hash_by_product));

TEST_P(Hash, EveryLengthSeedAndByteMatters) {
    std::string text(200, 'a');
    std::set<uint64_t> seen;
    for (size_t n = 0; n <= text.size(); ++n) seen.insert(GetParam()({text.data(), n}, 1));
    EXPECT_EQ(seen.size(), text.size() + 1);
    for (size_t n : {1u, 3u, 4u, 7u, 8u, 16u, 17u, 48u, 49u, 96u, 97u, 200u}) {
        std::string_view part(text.data(), n);
        EXPECT_NE(GetParam()(part, 1), GetParam()(part, 2));
        EXPECT_EQ(GetParam()(part, 1), GetParam()(std::string(part), 1));
        for (size_t i = 0; i < n; ++i) {
            std::string changed(part);
            changed[i] = 'b';
            EXPECT_NE(GetParam()(changed, 1), GetParam()(part, 1)) << n << " bytes, byte " << i;
        }
    }
}

TEST_P(Hash, NumberedCallIdsSpreadOverTheUpperBits) {
    std::set<uint64_t> hashes;
    std::vector<int> buckets(1024);
    for (int i = 0; i < 102'400; ++i) {
        uint64_t hash = GetParam()(std::to_string(i) + "-4711@127.0.0.1", 7);
        hashes.insert(hash);
        ++buckets[hash >> 54];
    }
    EXPECT_EQ(hashes.size(), 102'400u);
    auto [least, most] = std::minmax_element(buckets.begin(), buckets.end());
    EXPECT_GT(*least, 50);
    EXPECT_LT(*most, 160);
}

TEST_P(Hash, OneInputBitChangesHalfOfTheOutput) {
    Rng rng(3);
    for (size_t n : {8u, 16u, 33u, 500u}) {
        double changed = 0;
        for (int round = 0; round < 400; ++round) {
            std::string text(n, '\0');
            for (char& c : text) c = static_cast<char>(rng.next());
            uint64_t before = GetParam()(text, 9);
            text[rng.below(n)] ^= static_cast<char>(1 << rng.below(8));
            changed += std::popcount(before ^ GetParam()(text, 9));
        }
        EXPECT_NEAR(changed / 400, 32, 1.5) << n;
    }
}

// ---- histogram --------------------

TEST(Histogram, EmptyIsZero) {
    Histogram h;
    EXPECT_EQ(h.count(), 0u);
    EXPECT_EQ(h.min_ns(), 0u);
    EXPECT_EQ(h.max_ns(), 0u);
    EXPECT_EQ(h.mean_ns(), 0);
    EXPECT_EQ(h.stdev_ns(), 0);
    EXPECT_EQ(h.percentile_ns(50), 0u);
}

TEST(Histogram, OneValueIsExact) {
    Histogram h;
    h.record(12'345'678);
    for (double p : {0.0, 50.0, 100.0}) EXPECT_EQ(h.percentile_ns(p), 12'345'678u);
    EXPECT_EQ(h.min_ns(), 12'345'678u);
    EXPECT_EQ(h.stdev_ns(), 0);
}

TEST(Histogram, PercentilesWithinOnePercentOfTheExactOnes) {
    Rng rng(5);
    Histogram h;
    std::vector<uint64_t> values;
    double highest = std::log(48.0 * 3600 * 1e9), lowest = std::log(1000.0);
    for (int i = 0; i < 20'000; ++i) {
        values.push_back(static_cast<uint64_t>(std::exp(lowest + rng.uniform() * (highest - lowest))));
        h.record(values.back());
    }
    std::sort(values.begin(), values.end());
    for (double p : {0.0, 1.0, 10.0, 50.0, 90.0, 99.0, 99.9, 100.0}) {
        size_t rank = std::max<size_t>(1, static_cast<size_t>(std::ceil(p / 100 * 20'000)));
        uint64_t exact = values[rank - 1], shown = h.percentile_ns(p);
        EXPECT_GE(shown, exact) << p;
        EXPECT_LE(static_cast<double>(shown - exact), static_cast<double>(exact) * 0.01 + 1000) << p;
    }
    EXPECT_EQ(h.max_ns(), values.back());
    EXPECT_EQ(h.min_ns(), values.front());
}

TEST(Histogram, MeanAndSampleDeviation) {
    Histogram h;
    for (uint64_t ms : {2, 4, 4, 4, 5, 5, 7, 9}) h.record(ms * kMillisecond);
    EXPECT_DOUBLE_EQ(h.mean_ns(), 5e6);
    EXPECT_NEAR(h.stdev_ns(), std::sqrt(32.0 / 7) * 1e6, 1);
}

TEST(Histogram, MergeEqualsRecordingTogetherAndClearForgets) {
    Rng rng(6);
    Histogram a, b, both;
    for (int i = 0; i < 1000; ++i) {
        uint64_t ns = rng.below(kSecond);
        (i % 3 ? a : b).record(ns);
        both.record(ns);
    }
    a.merge(b);
    EXPECT_EQ(a.count(), both.count());
    EXPECT_EQ(a.min_ns(), both.min_ns());
    EXPECT_EQ(a.max_ns(), both.max_ns());
    EXPECT_DOUBLE_EQ(a.mean_ns(), both.mean_ns());
    for (double p = 0; p <= 100; p += 10) EXPECT_EQ(a.percentile_ns(p), both.percentile_ns(p));
    a.clear();
    EXPECT_EQ(a.count(), 0u);
    EXPECT_EQ(a.percentile_ns(50), 0u);
}

TEST(Histogram, PercentilesSinceAnEarlierCopy) {
    Histogram h;
    for (int i = 0; i < 1000; ++i) h.record(5'000'000);
    const Histogram before = h;
    EXPECT_EQ(h.percentile_since_ns(before, 99), 0u);
    for (uint64_t i = 1; i <= 100; ++i) h.record(i * 1000);
    EXPECT_EQ(h.percentile_since_ns(before, 99), 99'999u);
    EXPECT_EQ(h.percentile_since_ns(Histogram(), 99), h.percentile_ns(99));
}

TEST(Histogram, BeyondTheRangeCountsAndKeepsTheMaximum) {
    Histogram h;
    h.record(UINT64_MAX / 2);
    EXPECT_EQ(h.count(), 1u);
    EXPECT_EQ(h.max_ns(), UINT64_MAX / 2);
}

// ---- string pool --------------------

TEST(StringPool, BlocksAreDisjointAlignedAndKeepTheirContent) {
    struct Block {
        char* ptr;
        uint32_t size;
        char fill;
    };
    Rng rng(11);
    StringPool pool;
    std::vector<Block> blocks;
    for (int step = 0; step < 40'000; ++step) {
        bool grow = blocks.empty() || rng.below(100) < (step < 20'000 ? 60u : 45u);
        if (grow) {
            uint32_t limit = rng.below(10) ? 700 : StringPool::kMaxBlock;
            uint32_t size = 1 + static_cast<uint32_t>(rng.below(limit));
            Block block{pool.alloc(size), size, static_cast<char>(rng.next())};
            ASSERT_EQ(reinterpret_cast<uintptr_t>(block.ptr) % 16, 0u);
            std::memset(block.ptr, block.fill, size);
            blocks.push_back(block);
        } else {
            size_t i = rng.below(blocks.size());
            Block block = blocks[i];
            ASSERT_TRUE(std::all_of(block.ptr, block.ptr + block.size, [&](char c) { return c == block.fill; }));
            pool.free(block.ptr, block.size);
            blocks[i] = blocks.back();
            blocks.pop_back();
        }
    }
    for (const Block& block : blocks) pool.free(block.ptr, block.size);
    EXPECT_EQ(pool.bytes_in_use(), 0u);
}

TEST(StringPool, ClassesWasteLittleAndBlocksAreUsedAgain) {
    StringPool pool;
    for (uint32_t size = 1; size <= StringPool::kMaxBlock; size += 1 + size / 50) {
        char* block = pool.alloc(size);
        EXPECT_GE(pool.bytes_in_use(), size);
        EXPECT_LE(pool.bytes_in_use(), std::max(size + 16, size * 5 / 4 + 16));
        pool.free(block, size);
        EXPECT_EQ(pool.alloc(size), block);
        pool.free(block, size);
    }
    EXPECT_THROW((void)pool.alloc(StringPool::kMaxBlock + 1), std::bad_alloc);
}

TEST(StringPool, TextsAreCopiedAndReplaced) {
    StringPool pool;
    EXPECT_EQ(pool.copy(""), nullptr);
    PoolText text;
    text.set(pool, "one");
    EXPECT_EQ(text.view(), "one");
    text.set(pool, std::string(5000, 'x'));
    EXPECT_EQ(text.view(), std::string(5000, 'x'));
    text.clear(pool);
    EXPECT_EQ(text.view(), "");
    EXPECT_EQ(pool.bytes_in_use(), 0u);
}

// ---- call index --------------------

TEST(CallIndex, BehavesLikeAMapUnderChurnAndCollisions) {
    Rng rng(17);
    CallIndex index;
    std::unordered_map<uint32_t, uint64_t> model;  // value → hash
    std::vector<uint32_t> values;
    for (uint32_t step = 0; step < 300'000; ++step) {
        bool insert = values.empty() || rng.below(100) < (step % 60'000 < 30'000 ? 60u : 40u);
        if (insert) {
            // Few distinct upper halves: runs, equal hashes and wrap-around at the table's end.
            uint64_t hash = rng.below(4) ? rng.next() : (rng.below(2) ? ~uint64_t{0} << 40 : rng.below(50) << 58);
            index.insert(hash, step);
            model.emplace(step, hash);
            values.push_back(step);
        } else {
            size_t i = rng.below(values.size());
            uint32_t value = values[i];
            uint64_t hash = model.at(value);
            ASSERT_EQ(index.find(hash, [&](uint32_t v) { return v == value; }), value);
            ASSERT_TRUE(index.erase(hash, value));
            ASSERT_EQ(index.find(hash, [&](uint32_t v) { return v == value; }), CallIndex::kNone);
            ASSERT_FALSE(index.erase(hash, value));
            model.erase(value);
            values[i] = values.back();
            values.pop_back();
        }
        ASSERT_EQ(index.size(), model.size());
    }
    for (auto [value, hash] : model) {
        uint32_t wanted = value;
        ASSERT_EQ(index.find(hash, [&](uint32_t v) { return v == wanted; }), wanted);
    }
}

TEST(CallIndex, DoesNotGrowUnderConstantLoad) {
    Rng rng(19);
    CallIndex index(1000);
    size_t capacity = index.capacity();
    std::vector<uint64_t> hashes;
    for (uint32_t i = 0; i < 1000; ++i) index.insert(hashes.emplace_back(rng.next()), i);
    for (uint32_t i = 0; i < 1'000'000; ++i) {
        uint32_t value = i % 1000;
        ASSERT_TRUE(index.erase(hashes[value], value));
        index.insert(hashes[value] = rng.next(), value);
    }
    EXPECT_EQ(index.capacity(), capacity);
    EXPECT_EQ(index.size(), 1000u);
}

TEST(CallIndex, FindAsksOnlyForEqualHashes) {
    CallIndex index;
    index.insert(1ull << 60, 5);
    index.insert(1ull << 60, 6);
    std::vector<uint32_t> asked;
    EXPECT_EQ(index.find(1ull << 60,
                         [&](uint32_t v) {
                             asked.push_back(v);
                             return v == 6;
                         }),
              6u);
    EXPECT_EQ(asked, (std::vector<uint32_t>{5, 6}));
    EXPECT_EQ(index.find((1ull << 60) + (1ull << 33), [](uint32_t) { return true; }), CallIndex::kNone);
}

}  // namespace
}  // namespace gsp::rt
