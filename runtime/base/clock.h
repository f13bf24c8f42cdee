// SPDX-License-Identifier: Apache-2.0
// Time as a parameter. All times of the runtime are nanoseconds on one clock whose zero is the start of the run; the
// worker reads it once per loop turn. Wall-clock time (CSV files, [timestamp]) is the same clock plus a fixed offset.
#pragma once
#include <cstdint>

namespace gsp::rt {

constexpr uint64_t kMillisecond = 1'000'000;
constexpr uint64_t kSecond = 1'000'000'000;

class Clock {
public:
    virtual ~Clock() = default;
    virtual uint64_t read_ns() = 0;         // ns since the start of the run, never goes back
    virtual uint64_t epoch_ns() const = 0;  // wall-clock time at zero, ns since 1970
    virtual uint64_t cpu_ns() = 0;          // that the calling thread has used
};

int64_t wall_offset_ns();  // CLOCK_REALTIME less CLOCK_MONOTONIC; changes when somebody sets the wall clock

// CLOCK_MONOTONIC.
class SystemClock final : public Clock {
public:
    SystemClock();
    uint64_t read_ns() override;
    uint64_t epoch_ns() const override { return epoch_ns_; }
    uint64_t cpu_ns() override;

private:
    uint64_t start_ns_ = 0, epoch_ns_ = 0;
};

// Stands still until it is set.
class ManualClock final : public Clock {
public:
    uint64_t read_ns() override { return now_ns; }
    uint64_t epoch_ns() const override { return 1'700'000'000 * kSecond; }
    uint64_t cpu_ns() override { return used_cpu_ns; }
    uint64_t now_ns = 0, used_cpu_ns = 0;
};

}  // namespace gsp::rt
