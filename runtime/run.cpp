// SPDX-License-Identifier: Apache-2.0
#include "runtime/run.h"

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <deque>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "runtime/base/hash.h"
#include "runtime/media/media.h"
#include "runtime/run_checks.h"
#include "runtime/run_network.h"
#include "runtime/run_session.h"
#include "runtime/sip/call_id.h"
#include "runtime/threepcc/twin_sockets.h"
#include "runtime/transport/steering.h"

namespace gsp::rt {

namespace {

int fail(const Error& error, int code) {
    constexpr int kAddressInUse = 254;
    std::fprintf(stderr, "%s\n", error.text.c_str());
    return error.system_code == EADDRINUSE ? kAddressInUse : code;
}

void ignore_signals() {
    std::signal(SIGPIPE, SIG_IGN);
    std::signal(SIGXFSZ, SIG_IGN);  // a file that may not grow is one that cannot be written
    std::signal(SIGCHLD, SIG_IGN);  // commands of <exec> are not waited for
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

// For what the scenarios play, and for -rtp_echo.
std::optional<Refusal> open_media(std::deque<Equipment>& workers, const Scenarios& scenarios, const RunConfig& config,
                                  const Network& network, Clock& clock, uint64_t seed) {
    std::vector<const gsp_program*> players = scenarios.all();
    std::erase_if(players, [](const gsp_program* each) { return !uses_media(*each); });
    if (players.empty() && !config.media.echo) return std::nullopt;
    const auto n = static_cast<uint32_t>(workers.size());
    for (uint32_t i = 0; i < n; ++i) {
        auto opened = Media::open(config, network.media, clock, seed, {{i, n}, i ? workers[0].media.get() : nullptr});
        if (!opened) return Refusal{opened.error(), kFatal};
        workers[i].media = std::move(*opened);
        for (const gsp_program* player : players)
            if (auto loaded = load_media(workers[i].media->library(), *player, config.media.payload_type); !loaded)
                return Refusal{loaded.error(), kBadSetup};
    }
    return std::nullopt;
}

// What is known of the network where a worker is.
RunText text_of(const Equipment& own, const RunConfig& config, const Network& network) {
    Address local = network.local;
    local.port = own.transport->local().port;
    const uint16_t media_port = own.media ? own.media->port() : config.net.media_port;
    return {config,     local,           own.transport->local(), network.remote, network.media,
            media_port, network.send_to, network.many_locals,    network.targets};
}

void shut_down(std::deque<Equipment>& workers) {
    for (Equipment& own : workers) {
        if (auto ended = own.media ? own.media->shut_down() : Result<void>(); !ended)
            std::fprintf(stderr, "%s\n", ended.error().text.c_str());
        own.transport->shut_down();
    }
}

}  // namespace

int run(const Scenarios& scenarios, const RunConfig& config) {
    if (auto refused = find_refusal(scenarios, config)) return fail(refused->error, refused->code);
    const gsp_program& program = scenarios.main;
    Result<uint32_t> n_workers = choose_workers(program, config);
    if (!n_workers) return fail(n_workers.error(), kBadSetup);
    const uint32_t n = *n_workers;
    ignore_signals();
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
    if (n > 1 && !(program.flags & GSP_PROGRAM_CLIENT)) steer(steering, workers, loops);
    if (auto refused = open_media(workers, scenarios, config, *network, clock, state.seed))
        return fail(refused->error, refused->code);
    Result<std::vector<std::unique_ptr<Trace>>> traces = Trace::open(config, clock.epoch_ns(), n > 1 ? n + 1 : 1);
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
        own.text.emplace(text_of(own, config, *network));
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
    shut_down(workers);
    return session.finish().exit_code;
}

}  // namespace gsp::rt
