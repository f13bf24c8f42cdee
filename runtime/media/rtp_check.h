// SPDX-License-Identifier: Apache-2.0
// What a scenario asks of the media of a call (<rtpcheck>, exec rtpcheck), and whether its streams are so. Pure
// functions.
#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "runtime/base/result.h"
#include "runtime/stats/stream_report.h"

namespace gsp::rt {

struct RtpExpectation {
    enum class Direction : uint8_t { Any, In, Out, Both } direction = Direction::Any;  // whose packets count
    enum class Media : uint8_t { Any, Audio, Video } media = Media::Any;               // captures count as audio
    double min_packets = 1, timeout_ms = 1000;
    // Of what was received; something must have been, then.
    std::optional<double> max_loss_percent, max_jitter_ms, max_gap_ms, min_mos;
    std::string codec, digits;  // empty: any. "PCMA", "PCMA/8000", "8"

    // A row of rtp_check.def, or its alias.
    Result<void> set(std::string_view name, std::string_view value);
};

// "min_packets=5 direction=in …", separated by blanks, commas or semicolons, or a number: packets. `bidirectional=true`
// is direction=both.
Result<RtpExpectation> parse_rtp_expectation(std::string_view text);

// The streams that are asked about as one: sums, the worst of their times and MOS.
StreamReport streams_as_one(std::span<const StreamReport>, RtpExpectation::Media);

// What is not as it should be: "loss 12.5 % of 80 packets, at most 5 %"; "" if all is well.
std::string unmet(const RtpExpectation&, const StreamReport& streams);

}  // namespace gsp::rt
