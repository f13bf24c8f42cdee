// SPDX-License-Identifier: Apache-2.0
// The workers of a run as one. A single worker runs on the calling thread. Several have a thread and a loop each, and
// the calling thread, which runs the control loop, asks them between their turns and adds up what they say. All
// functions are for the calling thread.
#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/config.h"
#include "runtime/stats/media_quality.h"
#include "runtime/stats/trace.h"
#include "runtime/worker/loop.h"
#include "runtime/worker/worker.h"

namespace gsp::rt {

class Crew {
public:
    struct Member {
        Worker* worker;
        Loop* loop;
        Trace* trace;
    };
    // `members` by their seats; of a single one, loop and trace are the ones of control. All must outlive the crew.
    Crew(std::vector<Member> members, const RunConfig&, Clock&, Loop& control, Trace&);

    void run();   // until all have finished, one must end the run, or stop()
    void stop();  // ends run() soon

    // ---- As of one worker (worker.h).
    void set_rate(double calls_per_period);
    void set_users(uint32_t users);
    void set_limit(uint32_t limit);
    void set_paused(bool paused);
    void quit(Quit how);
    double rate();
    uint32_t users();
    uint32_t limit();
    bool paused();
    Quit quitting();
    bool finished();
    bool stop_now();
    bool media_check_failed();
    std::string fatal();
    bool has(Part part) const { return first().has(part); }
    std::vector<Part> parts() const { return first().parts(); }
    const gsp_program& program(Part part = Part::Main) const { return first().program(part); }
    // Valid until the next call for this part.
    const Statistics& statistics(Part part = Part::Main);
    const Statistics& end_period();  // of the main scenario, for a row; the periodic columns begin anew
    const Failures& failures(Part part);
    void reset_statistics();
    void clear_period();
    LoadVerdict load_verdict();
    const KneeSearch& knee() const { return alone() ? first().knee() : knee_; }
    void describe_calls(const std::function<void(const std::string&)>& say);
    void describe_variables(const std::function<void(const std::string&)>& say);

    // ---- As of one trace (trace.h).
    Result<void> set_trace(TraceFile, bool on);
    uint64_t trace_records_dropped();
    uint64_t warnings();
    std::string last_warning();
    std::string take_codes();

private:
    bool alone() const { return members_.size() == 1; }
    Worker& first() const { return *members_.front().worker; }
    void each(const std::function<void(Member&, size_t)>& f);
    template <class F>
    auto gather(F&& f);  // the answers of all
    void work(size_t member, uint64_t plan_ns);
    void on_quit(size_t of);
    void on_end(size_t of);
    void search_knee();
    const Statistics& add_up(Part, bool ends_period);
    void add_up_media(const std::vector<Statistics>& workers, Statistics& sum);
    using Describe = void (Worker::*)(const std::function<void(const std::string&)>&);
    void describe(Describe, const std::function<void(const std::string&)>& say);

    std::vector<Member> members_;
    const RunConfig& config_;
    Clock& clock_;
    Loop& control_;
    Trace& trace_;  // of the calling thread
    KneeSearch knee_;
    size_t ended_ = 0;
    std::map<Part, Statistics> statistics_;
    std::map<Part, Failures> failures_;
    MediaQuality media_;
    std::string last_warning_;  // of statistics_
};

}  // namespace gsp::rt
