// SPDX-License-Identifier: Apache-2.0
// The command line of `gossipper [sipp]`: SIPp's options and ours, from options.def.
#pragma once
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "driver/compile/front.h"
#include "runtime/config.h"
#include "runtime/rtp_send.h"

namespace gsp::driver {

struct SippOptions {
    enum class Show : uint8_t { Nothing, Help, Version, Builtin };

    rt::RunConfig run;
    std::string scenario_file;  // -sf
    std::string builtin;        // -sn
    uint32_t weight = 1;        // … `,weight=N` behind it
    struct Weighted {
        ScenarioSource source;
        uint32_t weight;
    };
    std::vector<Weighted> also;                     // -sf, -sn again: they place calls beside the first one
    std::optional<ScenarioSource> out_of_call, rx;  // -oocsf, -oocsn; -rxsf, -rxsn
    bool use_cache = true;
    int opt_level = 1;
    bool background = false;  // -bg
    uint64_t sleep_ns = 0;    // -sleep
    rt::RtpSendConfig rtp_send;
    FrontOptions front;       // but for the names of keys and what lowering may know
    Show show = Show::Nothing;
    std::string shown_builtin;  // -sd
    std::vector<std::string> notices;  // what a user should know of options that were given, a line each
};

// Returns an error text, empty: none. Without -sf and -sn the built-in scenario is `uac`.
std::string parse_sipp_options(std::span<const std::string> arguments, SippOptions&);
std::string sipp_options_help();

}  // namespace gsp::driver
