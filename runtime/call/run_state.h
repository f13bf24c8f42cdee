// SPDX-License-Identifier: Apache-2.0
// What the workers of a run have in common, so that -m, -l, global variables and injection files mean the same however
// many workers there are. Counts are exact and atomic. Global variables and changes to injection files are as in a run
// of one worker: what a scenario does between two waits happens as a whole (StepLock). Set up by one thread before the
// workers start.
#pragma once
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <vector>

#include "runtime/abi/gsp_abi.h"
#include "runtime/base/result.h"
#include "runtime/base/string_pool.h"
#include "runtime/config.h"
#include "runtime/inject/injection_files.h"
#include "runtime/scenarios.h"

namespace gsp::rt {

// … of one scenario.
struct ScenarioState {
    std::vector<gsp_value> globals;
    StringPool strings;             // of their texts
    std::atomic<uint64_t> open{0};  // calls that there are now, as of the workers' last turns
    bool has(const gsp_value& value) const {
        return &value >= globals.data() && &value < globals.data() + globals.size();
    }
};

class RunState {
public:
    RunState(const RunConfig&, const Scenarios&, uint32_t workers = 1);
    RunState(const RunState&) = delete;
    RunState& operator=(const RunState&) = delete;

    Result<void> open_injection(const InjectionConfig&);
    // Made by the first worker that asks; the main one with the global variables of -set.
    Result<ScenarioState*> scenario(Part, const gsp_program&, const CallConfig&);

    // A call that a plan wants to place. False: -m allows no more.
    bool reserve_call() {
        if (placed.fetch_add(1, std::memory_order_relaxed) < most_calls_) return true;
        give_back_call();
        return false;
    }
    void give_back_call() { placed.fetch_sub(1, std::memory_order_relaxed); }
    // … False: there are `limit` of them already (-l).
    bool reserve_room(uint64_t limit) {
        if (open.fetch_add(1, std::memory_order_acq_rel) < limit) return true;
        open.fetch_sub(1, std::memory_order_acq_rel);
        return false;
    }
    bool all_placed() const { return placed.load(std::memory_order_relaxed) >= most_calls_; }
    uint64_t left_to_place() const {
        const uint64_t so_far = placed.load(std::memory_order_relaxed);
        return most_calls_ > so_far ? most_calls_ - so_far : 0;
    }

    const uint64_t seed;       // of the run; never 0
    const uint64_t hash_seed;  // by which all of them hash Call-IDs
    InjectionFiles injection;
    alignas(64) std::atomic<uint64_t> numbers{0};  // [call_number]: how many have been taken
    // Calls of the plan's scenarios: that there ever were, and that there are now; of the workers' last turns.
    alignas(64) std::atomic<uint64_t> placed{0};
    alignas(64) std::atomic<uint64_t> open{0};
    alignas(64) std::atomic<size_t> target{0};  // which address of the remote host new calls go to (Targets)
    alignas(64) std::atomic<uint32_t> done{0};  // workers that have nothing left to do

private:
    friend class StepLock;
    const uint64_t most_calls_;
    const bool locks_;  // several workers, and a scenario changes what they share
    std::recursive_mutex steps_;
    std::map<Part, ScenarioState> scenarios_;
};

// Held while a scenario runs from one wait to the next, where workers share what it may change.
class StepLock {
public:
    explicit StepLock(RunState& run) : run_(run) {
        if (run_.locks_) run_.steps_.lock();
    }
    ~StepLock() {
        if (run_.locks_) run_.steps_.unlock();
    }
    StepLock(const StepLock&) = delete;
    StepLock& operator=(const StepLock&) = delete;

private:
    RunState& run_;
};

}  // namespace gsp::rt
