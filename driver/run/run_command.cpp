// SPDX-License-Identifier: Apache-2.0
#include "driver/run/run_command.h"

#include <sys/random.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <memory>
#include <optional>
#include <thread>
#include <vector>

#include "driver/builtin.h"
#include "driver/cli/scenario_needs.h"
#include "driver/cli/sipp_options.h"
#include "driver/compile/program.h"
#include "driver/exit_code.h"
#include "driver/run/background.h"
#include "runtime/rtp_send.h"
#include "runtime/run.h"

namespace gsp::driver {

namespace {

void print(const std::string& text) {
    std::fwrite(text.data(), 1, text.size(), stdout);
}

int show_info(const SippOptions& options, const std::string& sub_commands) {
    switch (options.show) {
    case SippOptions::Show::Version:
        print("gossipper v" GSP_VERSION " (SIPp scenarios, compiled; ABI " + std::to_string(GSP_ABI_MAJOR) + ")\n");
        return kExitInfo;
    case SippOptions::Show::Builtin:
        if (const BuiltinScenario* scenario = find_builtin(options.shown_builtin)) {
            print(std::string(scenario->xml));
            return kExitInfo;
        }
        std::fprintf(stderr, "gossipper: error: %s\n", unknown_builtin_text(options.shown_builtin).c_str());
        return kExitError;
    default: print(sub_commands + sipp_options_help()); return kExitInfo;
    }
}

uint64_t random_seed() {
    uint64_t seed = 0;
    while (seed == 0) {
        if (getrandom(&seed, sizeof seed, 0) != static_cast<ssize_t>(sizeof seed))
            seed = static_cast<uint64_t>(getpid());
    }
    return seed;
}

struct Programs {
    std::unique_ptr<CompiledProgram> main, out_of_call, rx;  // what the run has not: nullptr
    std::vector<std::unique_ptr<CompiledProgram>> also;      // in the order of the options

    rt::Scenarios scenarios(const SippOptions& options) const {
        const auto of = [](const std::unique_ptr<CompiledProgram>& program) {
            return program ? &program->program() : nullptr;
        };
        rt::Scenarios scenarios{main->program(), of(out_of_call), of(rx), options.weight};
        for (size_t i = 0; i < also.size(); ++i)
            scenarios.also.push_back({&also[i]->program(), options.also[i].weight});
        return scenarios;
    }
    std::vector<CompiledProgram*> all() const {
        std::vector<CompiledProgram*> found;
        for (const auto* each : {&main, &out_of_call, &rx})
            if (*each) found.push_back(each->get());
        for (const auto& each : also) found.push_back(each.get());
        return found;
    }
};

// Nothing: one cannot be compiled; all have been tried.
std::optional<Programs> compile_programs(const SippOptions& options) {
    ProgramOptions program_options;
    program_options.front = options.front;
    for (const auto& [name, value] : options.run.call.keys) program_options.front.user_keys.push_back(name);
    program_options.front.lower = lower_options(options.run.injection, options.run.twin);
    program_options.opt_level = options.opt_level;
    program_options.use_cache = options.use_cache;
    const bool builtin = !options.builtin.empty();
    Programs programs;
    programs.main = compile_program({builtin ? options.builtin : options.scenario_file, builtin}, program_options);
    if (options.out_of_call) programs.out_of_call = compile_program(*options.out_of_call, program_options);
    if (options.rx) programs.rx = compile_program(*options.rx, program_options);
    bool all = programs.main && !options.out_of_call == !programs.out_of_call && !options.rx == !programs.rx;
    for (const auto& [source, weight] : options.also) {
        programs.also.push_back(compile_program(source, program_options));
        all = all && programs.also.back();
    }
    return all ? std::optional(std::move(programs)) : std::nullopt;
}

}  // namespace

int run_command(std::span<const std::string> arguments, const std::string& sub_commands) {
    SippOptions options;
    if (arguments.empty()) options.show = SippOptions::Show::Help;
    const std::string error = parse_sipp_options(arguments, options);
    if (!error.empty()) {
        std::fprintf(stderr, "gossipper: error: %s\n", error.c_str());
        return kExitError;
    }
    if (options.show != SippOptions::Show::Nothing) return show_info(options, sub_commands);
    for (const std::string& notice : options.notices) std::fprintf(stderr, "gossipper: %s\n", notice.c_str());

    options.run.pid = static_cast<uint32_t>(getpid());
    if (options.run.seed == 0) options.run.seed = random_seed();
    if (options.rtp_send.on) return rt::send_rtp(options.rtp_send, options.run);

    const auto programs = compile_programs(options);
    if (!programs) return kExitError;
    if (options.background) {
        for (CompiledProgram* program : programs->all()) program->finish_cache();
        const Side side = go_to_background();
        if (side != Side::Child) return side == Side::Parent ? kExitInfo : kExitError;
    }
    std::this_thread::sleep_for(std::chrono::nanoseconds(options.sleep_ns));
    return rt::run(programs->scenarios(options), options.run);
}

}  // namespace gsp::driver
