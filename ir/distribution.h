// SPDX-License-Identifier: Apache-2.0
// Distributions of pauses and of <sample>: which attributes they take, how SIPp's screen shows them, how long they
// last.
#pragma once
#include <span>
#include <string>
#include <string_view>

#include "ir/program.h"

namespace gsp::ir {

struct DistributionRow {
    std::string_view name;
    std::string_view parameters;  // attributes, separated by blanks
};
std::span<const DistributionRow> distribution_rows();

// What is wrong with the parameters; empty: nothing.
std::string distribution_fault(const Distribution&);
double percentile99(const Distribution&);      // parameters without fault
std::string screen_text(const Distribution&);  // "500ms/1:00", "N(1.000,0.100)"

}  // namespace gsp::ir
