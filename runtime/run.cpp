// SPDX-License-Identifier: Apache-2.0
#include "runtime/run.h"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <span>
#include <vector>

#include "runtime/media/media.h"
#include "runtime/run_network.h"
#include "runtime/run_session.h"
#include "runtime/threepcc/twin_sockets.h"

namespace gsp::rt {

namespace {

constexpr int kBadSetup = 1;  // SIPp: whatever is wrong before the scenario is active
constexpr int kFatal = 255;
constexpr int kAddressInUse = 254;

int fail(const Error& error, int code) {
    std::fprintf(stderr, "%s\n", error.text.c_str());
    return error.system_code == EADDRINUSE ? kAddressInUse : code;
}

bool uses_media(const gsp_program& program) {
    return (program.flags & (GSP_PROGRAM_MEDIA | GSP_PROGRAM_RTP_PORTS)) != 0;
}

std::vector<const gsp_program*> players_of(const Scenarios& scenarios) {
    std::vector<const gsp_program*> players;
    for (const gsp_program* each : {&scenarios.main, scenarios.out_of_call, scenarios.rx})
        if (each && uses_media(*each)) players.push_back(each);
    for (const auto& each : scenarios.also)
        if (uses_media(*each.program)) players.push_back(each.program);
    return players;
}

// Whatever is played must be there before the first call.
Result<void> load_media(MediaLibrary& library, const gsp_program& program) {
    for (uint32_t i = 0; i < program.n_media_files; ++i) {
        const gsp_text& name = program.media_files[i];
        auto loaded = library.load({program.source.ptr, program.source.len}, {name.ptr, name.len});
        if (!loaded) return loaded;
    }
    return {};
}

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

int run(const Scenarios& scenarios, const RunConfig& config) {
    const gsp_program& program = scenarios.main;
    if (auto parts = check_parts(scenarios); !parts) return fail(parts.error(), kFatal);
    if ((program.flags & GSP_PROGRAM_CLIENT) && config.net.remote_host.empty() && sends_messages(program)) {
        return fail({"the scenario places calls: a remote host is needed (gossipper HOST[:PORT] ...)"}, kFatal);
    }
    if (auto mode = check_mode(program, config); !mode) return fail(mode.error(), kBadSetup);
    if (auto twins = check_twins(program, config.twin); !twins) return fail(twins.error(), kFatal);
    std::signal(SIGPIPE, SIG_IGN);
    std::signal(SIGXFSZ, SIG_IGN);  // a file that may not grow is one that cannot be written
    std::signal(SIGCHLD, SIG_IGN);  // commands of <exec> are not waited for
    SystemClock clock;
    Loop loop(clock, config.net.gather_ns);
    Result<Network> network = open_network(config, program, clock, loop.io());
    if (!network) return fail(network.error(), kFatal);
    Transport& transport = *network->transport;
    const std::vector<const gsp_program*> players = players_of(scenarios);
    std::unique_ptr<Media> media;  // none: the run needs none
    if (!players.empty() || config.media.echo) {
        auto opened = Media::open(config, network->media, clock);
        if (!opened) return fail(opened.error(), kFatal);
        media = std::move(*opened);
    }
    for (const gsp_program* player : players)
        if (auto loaded = load_media(media->library(), *player); !loaded) return fail(loaded.error(), kBadSetup);
    const uint16_t media_port = media ? media->port() : config.net.media_port;
    const RunText text{config,     network->local,   transport.local(),    network->remote, network->media,
                       media_port, network->send_to, network->many_locals, network->targets};

    Result<std::unique_ptr<Trace>> trace = Trace::open(config, clock.epoch_ns());
    if (!trace) return fail(trace.error(), kBadSetup);
    loop.wait_for(transport);
    std::unique_ptr<TwinSockets> twins;
    if (config.twin.used()) {
        loop.poll_always();
        auto opened = TwinSockets::open(loop.io(), program, config.twin);
        if (!opened) return fail(opened.error(), kFatal);
        twins = std::move(*opened);
    }
    Result<std::unique_ptr<Worker>> worker =
        Worker::create(scenarios, config, text, clock, transport, **trace, twins.get(), media.get());
    if (!worker) return fail(worker.error(), kBadSetup);

    Session session(config, clock, text, **trace, **worker, loop);
    if (auto opened = session.open(); !opened) return fail(opened.error(), kFatal);
    if (twins) twins->start((*worker)->twin_events());
    session.run();
    if (auto ended = media ? media->shut_down() : Result<void>(); !ended)
        std::fprintf(stderr, "%s\n", ended.error().text.c_str());
    transport.shut_down();
    return session.finish().exit_code;
}

}  // namespace gsp::rt
