// SPDX-License-Identifier: Apache-2.0
// Why calls have failed, by kind: how often, and one example of each. A bounded number of kinds. One worker owns it.
#pragma once
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "runtime/abi/gsp_abi.h"
#include "runtime/stats/ladder.h"

namespace gsp::rt {

struct FailureKey {
    uint32_t reason;   // gsp_status
    uint32_t step;     // where it failed; n_steps: at the end
    uint32_t arrived;  // what came instead: status of a response, kRequest + id of a method of methods.def; 0: nothing
    static constexpr uint32_t kRequest = 1u << 16;
    friend bool operator==(const FailureKey&, const FailureKey&) = default;
};

struct Failure {
    FailureKey key;
    uint64_t count = 0;
    std::string reason;                // in words
    std::string arrived;               // "486 Busy Here", "BYE"; empty: nothing
    std::vector<uint32_t> acceptable;  // steps that could have taken a message
    std::string why;                   // why it was none of those; empty: there is nothing to add
    LadderOfCall example;
};

class Failures {
public:
    static constexpr size_t kMostKinds = 64;

    // Counts a failure. Its kind, to be described if its count is 1 or its example has no ladder yet; nullptr: there
    // are too many kinds.
    Failure* count(const FailureKey&);
    const std::vector<Failure>& kinds() const { return kinds_; }
    uint64_t total() const { return total_; }
    void add(const Failures&);  // of another worker
    void clear();

private:
    std::vector<Failure> kinds_;
    uint64_t total_ = 0;
};

// The failures of one scenario, for the reports.
struct FailuresOf {
    const gsp_program& program;
    const Failures& failures;
};

// At most `most` kinds, the most frequent first; the scenario of each besides.
std::vector<std::pair<const gsp_program*, const Failure*>> most_frequent(const std::vector<FailuresOf>&, size_t most);
// … in lines of the screens' width; "" if there are none.
std::string explain_failures(const std::vector<FailuresOf>&, size_t most);

}  // namespace gsp::rt
