// SPDX-License-Identifier: Apache-2.0
// Did what a call sent leave when it was due? Of its streams together. Pure.
#pragma once
#include <cstdint>
#include <span>
#include <string>

#include "runtime/stats/stream_report.h"

namespace gsp::rt {

struct SentInTime {
    uint64_t due = 0;       // packets that were sent, or should have been
    uint64_t late = 0;      // … more than 5 ms late
    uint64_t too_late = 0;  // … more than 60 ms, or never sent

    explicit SentInTime(std::span<const StreamReport> streams) {
        for (const StreamReport& stream : streams) {
            const uint64_t missed = stream[StreamValue::PacketsMissed];
            due += stream[StreamValue::PacketsSent] + missed;
            late += stream[StreamValue::PacketsLate] + missed;
            too_late += stream[StreamValue::PacketsSentTooLate] + missed;
        }
    }
    bool worth_telling() const { return late * 100 > due; }
    bool fails(double limit_percent) const {
        return static_cast<double>(too_late) * 100 > limit_percent * static_cast<double>(due);
    }
    std::string text() const {
        return std::to_string(too_late) + " of " + std::to_string(due) + " packets left more than 60 ms late or never";
    }
};

}  // namespace gsp::rt
