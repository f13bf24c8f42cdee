// SPDX-License-Identifier: Apache-2.0
#include "runtime/run_checks.h"

#include <algorithm>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "runtime/base/clock.h"

namespace gsp::rt {

namespace {

// A program may come compiled, for whatever twins.
Result<void> check_twins(const gsp_program& program, const TwinConfig& config) {
    const bool has_commands = (program.flags & GSP_PROGRAM_COMMANDS) != 0;
    if (has_commands && !config.used())
        return Error{
            "the scenario exchanges commands with a twin: -3pcc, or -master or -slave with -slave_cfg, is needed"};
    if (!has_commands && config.used())
        return Error{"the scenario has neither sendCmd nor recvCmd, so -3pcc, -master and -slave make no sense"};
    return {};
}

Result<void> check_mode(const gsp_program& program, const RunConfig& config) {
    using Role = TransportMode::Role;
    const TransportMode& mode = config.net.mode;
    const bool places = (program.flags & GSP_PROGRAM_CLIENT) != 0;
    const std::string option = "-t " + std::string(mode.name);
    if (mode.role == Role::Client && !places) return Error{option + " is for scenarios that place calls"};
    if (mode.role == Role::Server && places) return Error{option + " is for scenarios that wait for calls"};
    if (config.net.io == Io::Uring && (mode.protocol != Protocol::Udp || mode.sockets != Sockets::One))
        return Error{"-io uring is for UDP with one socket, not for " + option};
    if (mode.sockets == Sockets::PerIp && config.injection.files.empty())
        return Error{option + " takes the local addresses from an injection file: -inf is needed"};
    return {};
}

Result<void> check_load(const gsp_program& program, const RunConfig& config) {
    if (program.flags & GSP_PROGRAM_CLIENT) return {};
    const char* const option = config.knee.on ? "-find_knee" : !config.rate.profile.empty() ? "-rate_profile" : nullptr;
    if (option) return Error{std::string(option) + " is for scenarios that place calls"};
    return {};
}

Result<void> check_mix(const Scenarios& scenarios) {
    if (scenarios.also.empty()) return {};
    std::vector<const gsp_program*> mix{&scenarios.main};
    for (const auto& each : scenarios.also) mix.push_back(each.program);
    for (const gsp_program* program : mix) {
        const std::string name(program->source.ptr, program->source.len);
        if (!(program->flags & GSP_PROGRAM_CLIENT))
            return Error{"several scenarios in one run must all place calls; " + name +
                         " waits for them (-rxsf, -oocsf)"};
        if (program->flags & GSP_PROGRAM_COMMANDS)
            return Error{name + " exchanges commands with a twin, so it must be the only scenario that places calls"};
    }
    return {};
}

Result<void> check_parts(const Scenarios& scenarios) {
    if (auto mix = check_mix(scenarios); !mix) return mix;
    const auto places = [](const gsp_program& program) { return (program.flags & GSP_PROGRAM_CLIENT) != 0; };
    for (const gsp_program* other : {scenarios.out_of_call, scenarios.rx}) {
        if (!other) continue;
        const std::string option = other == scenarios.rx ? "-rxsf" : "-oocsf";
        if (!places(scenarios.main))
            return Error{option + " needs a main scenario that places calls; this one waits for them"};
        if (places(*other)) return Error{"the scenario of " + option + " places calls; it must wait for them"};
        if (other->flags & GSP_PROGRAM_COMMANDS)
            return Error{"the scenario of " + option + " exchanges commands with a twin; only the main one can"};
    }
    return {};
}

bool sends_messages(const gsp_program& program) {
    const std::span steps(program.steps, program.n_steps);
    return std::any_of(steps.begin(), steps.end(), [](const gsp_step& step) { return step.kind == GSP_STEP_SEND; });
}

}  // namespace

std::optional<Refusal> find_refusal(const Scenarios& scenarios, const RunConfig& config) {
    const gsp_program& program = scenarios.main;
    const bool places = (program.flags & GSP_PROGRAM_CLIENT) != 0;
    if (auto parts = check_parts(scenarios); !parts) return Refusal{parts.error(), kFatal};
    if (places && config.net.remote_host.empty() && sends_messages(program))
        return Refusal{{"the scenario places calls: a remote host is needed (gossipper HOST[:PORT] ...)"}, kFatal};
    if (auto mode = check_mode(program, config); !mode) return Refusal{mode.error(), kBadSetup};
    if (auto load = check_load(program, config); !load) return Refusal{load.error(), kBadSetup};
    if (auto twins = check_twins(program, config.twin); !twins) return Refusal{twins.error(), kFatal};
    return std::nullopt;
}

Result<uint32_t> choose_workers(const gsp_program& program, const RunConfig& config) {
    constexpr double kEasy = 10'000;  // calls per second
    constexpr uint32_t kMost = 256;
    const uint32_t processors = std::thread::hardware_concurrency();
    if (config.workers > 1 && config.twin.used())
        return Error{"-workers: twins (-3pcc, -master, -slave) exchange commands call by call, which takes one worker"};
    if (config.workers) return config.workers;
    if (processors <= 2 || config.twin.used()) return 1;
    if (!(program.flags & GSP_PROGRAM_CLIENT)) return std::min(processors, kMost);
    double rate = config.rate.rate;
    for (const RatePoint& point : config.rate.profile) rate = std::max(rate, point.rate);
    const double a_second = rate * static_cast<double>(kSecond) / static_cast<double>(config.rate.period_ns);
    return a_second > kEasy && !config.net.local_port ? std::min(processors, kMost) : 1;
}

}  // namespace gsp::rt
