// SPDX-License-Identifier: Apache-2.0
// The thread that writes the files of a run. It takes records from a ring a worker, makes text of them and writes it; a
// slow disk makes it late, never a worker. One object a run.
#pragma once
#include <deque>
#include <memory>
#include <string>

#include "runtime/base/result.h"
#include "runtime/config.h"
#include "runtime/stats/trace_ring.h"

namespace gsp::rt {

class TraceWriter {
public:
    // Opens the files that are on and begin AtStart, and starts the thread. `epoch_ns` is Clock::epoch_ns(); `rings`:
    // the threads that push, each into one of its own.
    static Result<std::unique_ptr<TraceWriter>> start(const RunConfig&, uint64_t epoch_ns, uint32_t rings);
    ~TraceWriter();  // writes all that was pushed

    bool push(uint32_t ring, const TraceRecord& record) noexcept { return rings_[ring].push(record); }
    void wake() noexcept;  // after pushes, once a turn
    void request_flush();  // also of response times that wait for -rtt_freq more
    void drain();          // returns when all that was pushed is in the files

    bool has_problem() const noexcept;  // a file could not be written; each says so once
    std::string take_problem();         // empty: none

private:
    TraceWriter(const RunConfig&, uint64_t epoch_ns);
    struct Impl;
    std::deque<TraceRing> rings_;
    std::unique_ptr<Impl> impl_;
};

}  // namespace gsp::rt
