// SPDX-License-Identifier: Apache-2.0
// All streams of a run together: sums, and how the values of single streams are spread.
#pragma once
#include <array>
#include <cstdint>

#include "runtime/base/histogram.h"
#include "runtime/stats/stream_report.h"

namespace gsp::rt {

struct MediaQuality {
    uint64_t streams = 0;  // to which packets came
    StreamReport sum;      // of its counts; of its times the longest
    uint64_t digits = 0;   // telephone events
    // Of each such stream. Shares and MOS as if one were a second: 0.012 is 12 ms.
    Histogram loss, jitter, mos, longest_gap, first_packet;
    Histogram remote_mos;            // of what was sent, as the other side's extended reports say; with delay
    uint64_t rated = 0;              // streams with a MOS
    uint64_t remotely_rated = 0;     // … with one that was reported
    uint64_t most_lost = 0;          // packets of a stream
    uint64_t most_jitter_ticks = 0;  // in units of its timestamps, at any time
    uint64_t calls_with_packets = 0,
             least_packets = 0;  // calls to which packets came; how many to the one that got fewest

    void add(const StreamReport&);
    void add_call(uint64_t packets_received);
    void merge(const MediaQuality&);
};

}  // namespace gsp::rt
