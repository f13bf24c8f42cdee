// SPDX-License-Identifier: Apache-2.0
// What is handed from a worker to the writer of traces: numbers and bytes, not formatted yet.
#pragma once
#include <array>
#include <cstdint>
#include <string_view>

#include "runtime/config.h"

namespace gsp::rt {

enum class TraceKind : uint8_t { Text, Sent, Received, Unexpected, SentCommand, ReceivedCommand, UnexpectedCode };

struct TraceRecord {
    TraceFile file;
    TraceKind kind = TraceKind::Text;
    uint64_t time_ns = 0;                    // since 1970
    uint64_t call = 0;                       // [call_number]; 0: none
    uint64_t value = 0;                      // by file: a duration in ns, a response code
    std::array<std::string_view, 5> text{};  // by file, see trace_format.h
};

}  // namespace gsp::rt
