// SPDX-License-Identifier: Apache-2.0
// Trace records on their way from a worker to the thread that writes the files. What finds no room is refused.
#pragma once
#include <cstddef>

#include "runtime/base/byte_ring.h"
#include "runtime/stats/trace_record.h"

namespace gsp::rt {

class TraceRing {
public:
    explicit TraceRing(size_t bytes) : ring_(bytes) {}

    // The writing thread: a copy of the record and of its texts. False: there is no room.
    bool push(const TraceRecord&) noexcept;

    // The reading thread. What pop() returns is valid until release(), which has to follow. False: empty.
    bool pop(TraceRecord&) noexcept;
    void release() noexcept { ring_.release(); }

private:
    ByteRing ring_;
};

}  // namespace gsp::rt
