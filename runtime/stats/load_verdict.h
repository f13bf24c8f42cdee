// SPDX-License-Identifier: Apache-2.0
// Did the generator keep up with its plan? Counts are looked at second by second, a verdict comes of it (docs/load.md
// has the rules). No I/O; one worker owns it.
#pragma once
#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/stats/udp_losses.h"

namespace gsp::rt {

enum class Bottleneck : uint8_t {
#define BOTTLENECK(id, json, text) id,
#include "runtime/stats/bottlenecks.def"
    Count
};
std::string_view bottleneck_name(Bottleneck);  // in JSON
std::string_view bottleneck_text(Bottleneck);

// Since the start of the run, over all scenarios that place calls.
struct LoadSample {
    uint64_t time_ns = 0, cpu_ns = 0;
    uint64_t offered = 0, started = 0, late = 0, refused = 0, dropped = 0;
    uint64_t received = 0, sent = 0, congestion = 0, kernel_drops = 0, late_turns = 0;
    uint64_t media_sent = 0, media_late = 0, media_unsent = 0;  // packets of RTP; late: by more than 5 ms
    bool overdue = false;                                       // now: a call has been due for more than 10 ms
    void add(const LoadSample&);  // of another worker in the same time; cpu_ns: of the busier one
};

LoadSample operator-(const LoadSample& now, const LoadSample& before);
// What kept the generator from its plan in the time of these counts; Bottleneck::Count: nothing did.
Bottleneck judge(const LoadSample& difference);

struct LoadVerdict {
    uint64_t seconds = 0;  // with load; 0: no verdict
    uint64_t behind = 0;   // … in which the generator did not keep up
    bool kept_up = true;
    Bottleneck cause = Bottleneck::Count;  // this and from_ns only if it did not keep up
    uint64_t from_ns = 0;                  // since the start of the run
    double cpu_share = 0;  // of one core: if it kept up in the busiest second, else in all that were behind
    uint64_t start_lag_p99_ns = 0;
    LoadSample total;          // since the start
    LoadSample evidence;       // sums over the seconds behind; time_ns: their length
    UdpLosses machine;         // since the start: of all sockets on this machine, so also those of total.kernel_drops
    std::string text() const;  // one line

private:
    std::string machine_text() const;
};

// Of several workers: the generator kept up if all did; cause, time and evidence are those of the one that was behind
// longest. start_lag_p99_ns is the caller's.
LoadVerdict combine(const std::vector<LoadVerdict>& workers);

class LoadWatch {
public:
    explicit LoadWatch(const LoadSample& now);
    uint64_t due_ns() const { return due_ns_; }  // when the next sample is wanted
    void note(const LoadSample&);                // the seconds since the last one
    LoadVerdict verdict() const;

private:
    LoadSample last_, behind_sum_;
    uint64_t due_ns_ = 0, seconds_ = 0, behind_ = 0, first_ns_ = 0, first_pair_ns_ = 0, before_ns_ = 0;
    bool was_behind_ = false, pair_ = false;
    double busiest_ = 0;
    std::array<uint64_t, static_cast<size_t>(Bottleneck::Count)> causes_{};  // by calls
};

}  // namespace gsp::rt
