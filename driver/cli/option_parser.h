// SPDX-License-Identifier: Apache-2.0
// Command lines in SIPp's syntax, from a table of options: `-x` and `--x` are the same, an option's value is always the
// next argument, even when it begins with a dash. Ours besides: `--x=value`, and values without a space where the table
// says so (-O2). Main thread.
#pragma once
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

namespace gsp::driver {

using OptionValues = std::span<const std::string>;

struct OptionSpec {
    const char* name;        // without dashes
    uint8_t n_values;        // 0 to 2
    const char* value_name;  // for the help: "RATE", "NAME VALUE"
    const char* group;
    const char* help;                                // nullptr: not shown
    std::function<std::string(OptionValues)> store;  // returns what is wrong with the values, empty: nothing
    bool early = false;                              // handled alone, before anything else can be wrong: -h
    bool joined = false;                             // the value may follow the name without a space
};

// Calls `store` in the order of the arguments; arguments without a dash go to `positional`. Returns an error text,
// empty: none.
std::string parse_options(std::span<const OptionSpec>, std::span<const std::string> arguments,
                          std::vector<std::string>& positional);

// The table as text, by groups in order of their first option.
std::string describe_options(std::span<const OptionSpec>);

}  // namespace gsp::driver
