// SPDX-License-Identifier: Apache-2.0
// Buckets: the first 256 are one microsecond wide; from there on each doubling of the value is cut into 128, so a
// bucket is at most 1/128 of its value wide. Longer than 76 hours counts as the last bucket (the exact maximum is kept
// apart).
#include "runtime/base/histogram.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace gsp::rt {

namespace {

constexpr uint64_t kUnit = 1000;  // ns
constexpr uint32_t kLinearBits = 8, kHalf = 1u << (kLinearBits - 1), kValueBits = 38;
constexpr uint32_t kBuckets = kHalf * (kValueBits - kLinearBits + 2);

uint32_t bucket_of(uint64_t ns) {
    uint64_t value = std::min(ns / kUnit, (uint64_t{1} << kValueBits) - 1);
    uint32_t bits = static_cast<uint32_t>(std::bit_width(value));
    uint32_t shift = bits > kLinearBits ? bits - kLinearBits : 0;
    return shift * kHalf + static_cast<uint32_t>(value >> shift);
}

// The longest time that falls into the bucket.
uint64_t upper_ns(uint32_t bucket) {
    uint32_t shift = bucket < 2 * kHalf ? 0 : bucket / kHalf - 1;
    uint64_t mantissa = bucket - shift * kHalf;
    return ((mantissa + 1) << shift) * kUnit - 1;
}

}  // namespace

Histogram::Histogram() : buckets_(kBuckets) {}

void Histogram::record(uint64_t ns) {
    ++buckets_[bucket_of(ns)];
    ++count_;
    min_ = std::min(min_, ns);
    max_ = std::max(max_, ns);
    double value = static_cast<double>(ns);
    sum_ += value;
    sum_squares_ += value * value;
}

void Histogram::merge(const Histogram& other) {
    for (uint32_t i = 0; i < kBuckets; ++i) buckets_[i] += other.buckets_[i];
    count_ += other.count_;
    min_ = std::min(min_, other.min_);
    max_ = std::max(max_, other.max_);
    sum_ += other.sum_;
    sum_squares_ += other.sum_squares_;
}

void Histogram::clear() {
    std::fill(buckets_.begin(), buckets_.end(), 0);
    count_ = 0;
    min_ = UINT64_MAX;
    max_ = 0;
    sum_ = sum_squares_ = 0;
}

double Histogram::mean_ns() const {
    return count_ ? sum_ / static_cast<double>(count_) : 0;
}

double Histogram::stdev_ns() const {
    if (count_ < 2) return 0;
    double n = static_cast<double>(count_);
    double variance = (sum_squares_ - sum_ * sum_ / n) / (n - 1);
    return variance > 0 ? std::sqrt(variance) : 0;
}

uint64_t Histogram::percentile_ns(double p) const {
    return percentile_above(nullptr, p);
}

uint64_t Histogram::percentile_since_ns(const Histogram& before, double p) const {
    return percentile_above(&before, p);
}

uint64_t Histogram::percentile_above(const Histogram* before, double p) const {
    const uint64_t count = count_ - (before ? before->count_ : 0);
    if (count == 0) return 0;
    double wanted = std::ceil(std::clamp(p, 0.0, 100.0) / 100 * static_cast<double>(count));
    uint64_t rank = std::max<uint64_t>(1, static_cast<uint64_t>(wanted)), seen = 0;
    for (uint32_t i = 0; i < kBuckets; ++i) {
        seen += buckets_[i] - (before ? before->buckets_[i] : 0);
        if (seen >= rank) return std::min(upper_ns(i), max_);
    }
    return max_;
}

}  // namespace gsp::rt
