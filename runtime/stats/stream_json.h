// SPDX-License-Identifier: Apache-2.0
// Streams of a call in its record (-call_records_jsonl): the `media` of a line. Pure function.
#pragma once
#include <span>
#include <string>

#include "runtime/stats/stream_report.h"

namespace gsp::rt {

// An object: sums under the names of gossipper_call_record_v1, and all that is known of each stream in `streams`.
std::string streams_json(std::span<const StreamReport>);

}  // namespace gsp::rt
