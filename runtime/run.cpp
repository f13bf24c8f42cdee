// SPDX-License-Identifier: Apache-2.0
#include "runtime/run.h"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <deque>
#include <optional>
#include <span>
#include <thread>
#include <vector>

#include "runtime/base/hash.h"
#include "runtime/media/media.h"
#include "runtime/run_network.h"
#include "runtime/run_session.h"
#include "runtime/sip/call_id.h"
#include "runtime/threepcc/twin_sockets.h"
#include "runtime/transport/steering.h"

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

// Whatever is played must be there before the first call.
Result<void> load_media(MediaLibrary& library, const gsp_program& program, uint8_t default_type) {
    for (uint32_t i = 0; i < program.n_media_files; ++i) {
        const gsp_text& value = program.media_files[i];
        auto loaded = library.load({program.source.ptr, program.source.len}, {value.ptr, value.len}, default_type);
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

// -workers, or as many as pay: all processors for a server, which nobody notices; one for a client below a rate that
// one bears easily, whose calls then leave from one port, as SIPp's.
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

// One for each worker, and one for the thread that controls them; of a single worker they are the same.
class Loops {
public:
    Loops(uint32_t workers, Clock& clock, uint64_t gather_ns) {
        for (uint32_t i = 0; i < workers; ++i) all_.emplace_back(clock, gather_ns, workers == 1);
        if (workers > 1) control_.emplace(clock, gather_ns, false);
    }
    Loop& control() { return control_ ? *control_ : all_.front(); }
    Loop& of_worker(uint32_t i) { return all_[i]; }
    std::vector<boost::asio::io_context*> ios() {
        std::vector<boost::asio::io_context*> ios;
        for (Loop& loop : all_) ios.push_back(&loop.io());
        return ios;
    }

private:
    std::deque<Loop> all_;
    std::optional<Loop> control_;
};

// What a worker has for itself besides its loop.
struct Equipment {
    std::unique_ptr<Transport> transport;
    std::unique_ptr<Media> media;  // none: the run needs none
    std::optional<RunText> text;
    std::unique_ptr<Worker> worker;
};

// Of workers that wait for calls at one port.
void steer(Steering& steering, std::deque<Equipment>& workers, Loops& loops) {
    for (uint32_t i = 0; i < workers.size(); ++i)
        workers[i].transport =
            steering.steer(i, std::move(workers[i].transport), [&loop = loops.of_worker(i)] { loop.wake(); });
}

}  // namespace

int run(const Scenarios& scenarios, const RunConfig& config) {
    const gsp_program& program = scenarios.main;
    const bool places = (program.flags & GSP_PROGRAM_CLIENT) != 0;
    if (auto parts = check_parts(scenarios); !parts) return fail(parts.error(), kFatal);
    if (places && config.net.remote_host.empty() && sends_messages(program)) {
        return fail({"the scenario places calls: a remote host is needed (gossipper HOST[:PORT] ...)"}, kFatal);
    }
    if (auto mode = check_mode(program, config); !mode) return fail(mode.error(), kBadSetup);
    if (auto twins = check_twins(program, config.twin); !twins) return fail(twins.error(), kFatal);
    Result<uint32_t> n_workers = choose_workers(program, config);
    if (!n_workers) return fail(n_workers.error(), kBadSetup);
    const uint32_t n = *n_workers;
    std::signal(SIGPIPE, SIG_IGN);
    std::signal(SIGXFSZ, SIG_IGN);  // a file that may not grow is one that cannot be written
    std::signal(SIGCHLD, SIG_IGN);  // commands of <exec> are not waited for
    SystemClock clock;
    Loops loops(n, clock, config.net.gather_ns);
    Result<Network> network = open_network(config, program, clock, loops.ios());
    if (!network) return fail(network.error(), kFatal);

    RunState state(config, scenarios, n);
    std::deque<Equipment> workers(n);
    for (uint32_t i = 0; i < n; ++i) workers[i].transport = std::move(network->transports[i]);
    Steering steering(n, [&](std::string_view datagram) {
        const std::string_view call_id = sip::call_of(sip::find_call_id(datagram), config.call.whole_call_ids);
        return call_id.empty() ? Steering::kNobody : owner_of(hash_bytes(call_id, state.hash_seed), n);
    });
    if (n > 1 && !places) steer(steering, workers, loops);

    std::vector<const gsp_program*> players = scenarios.all();
    std::erase_if(players, [](const gsp_program* each) { return !uses_media(*each); });
    if (!players.empty() || config.media.echo)
        for (uint32_t i = 0; i < n; ++i) {
            Equipment& own = workers[i];
            auto opened =
                Media::open(config, network->media, clock, state.seed, {{i, n}, i ? workers[0].media.get() : nullptr});
            if (!opened) return fail(opened.error(), kFatal);
            own.media = std::move(*opened);
            for (const gsp_program* player : players)
                if (auto loaded = load_media(own.media->library(), *player, config.media.payload_type); !loaded)
                    return fail(loaded.error(), kBadSetup);
        }

    const uint32_t threads = n > 1 ? n + 1 : 1;
    Result<std::vector<std::unique_ptr<Trace>>> traces = Trace::open(config, clock.epoch_ns(), threads);
    if (!traces) return fail(traces.error(), kBadSetup);
    std::unique_ptr<TwinSockets> twins;
    if (config.twin.used()) {
        loops.control().poll_always();
        auto opened = TwinSockets::open(loops.control().io(), program, config.twin);
        if (!opened) return fail(opened.error(), kFatal);
        twins = std::move(*opened);
    }
    std::vector<Crew::Member> members;
    for (uint32_t i = 0; i < n; ++i) {
        Equipment& own = workers[i];
        Address local = network->local;
        local.port = own.transport->local().port;
        const uint16_t media_port = own.media ? own.media->port() : config.net.media_port;
        own.text.emplace(RunText{config, local, own.transport->local(), network->remote, network->media, media_port,
                         network->send_to, network->many_locals, network->targets});
        loops.of_worker(i).wait_for(*own.transport);
        auto created = Worker::create(scenarios, config, *own.text, state, {i, n}, clock, *own.transport, *(*traces)[i],
                                      twins.get(), own.media.get());
        if (!created) return fail(created.error(), kBadSetup);
        own.worker = std::move(*created);
        members.push_back({own.worker.get(), &loops.of_worker(i), (*traces)[i].get()});
    }

    Crew crew(std::move(members), config, clock, loops.control(), *traces->back());
    Session session(config, clock, *workers.front().text, *traces->back(), crew, loops.control());
    if (auto opened = session.open(); !opened) return fail(opened.error(), kFatal);
    if (twins) twins->start(workers.front().worker->twin_events());
    session.run();
    for (Equipment& own : workers) {
        if (auto ended = own.media ? own.media->shut_down() : Result<void>(); !ended)
            std::fprintf(stderr, "%s\n", ended.error().text.c_str());
        own.transport->shut_down();
    }
    return session.finish().exit_code;
}

}  // namespace gsp::rt
