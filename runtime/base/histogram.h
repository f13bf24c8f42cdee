// SPDX-License-Identifier: Apache-2.0
// Log-linear histogram of durations: 2 significant digits, 1 µs to days, fixed size, mergeable. One writer.
#pragma once
#include <cstdint>
#include <vector>

namespace gsp::rt {

class Histogram {
public:
    Histogram();
    void record(uint64_t ns);
    void merge(const Histogram&);
    // The upper bound of the bucket, as percentile_ns(), of what has been recorded since `before`, an earlier copy.
    uint64_t percentile_since_ns(const Histogram& before, double p) const;
    void clear();
    uint64_t count() const { return count_; }
    uint64_t max_ns() const { return max_; }
    uint64_t min_ns() const { return count_ ? min_ : 0; }
    double mean_ns() const;
    double stdev_ns() const;                 // sample formula (n-1); 0 for fewer than two
    uint64_t percentile_ns(double p) const;  // p in 0..100; upper bound of the bucket, 0 when empty

private:
    uint64_t percentile_above(const Histogram* before, double p) const;  // nullptr: of all

    std::vector<uint32_t> buckets_;
    uint64_t count_ = 0, min_ = UINT64_MAX, max_ = 0;
    double sum_ = 0, sum_squares_ = 0;
};

}  // namespace gsp::rt
