// SPDX-License-Identifier: Apache-2.0
// Orders to agents.
#include "runtime/media/nice/agents.h"

#include <unistd.h>

#include "runtime/transport/sockaddr.h"

namespace gsp::rt {

namespace {

constexpr guint kTries = 5;         // of a STUN request, from 500 ms apart: after some ten seconds there is no answer
constexpr guint kGatherMs = 10000;  // then those candidates count that there are

NiceAddress nice_address(const Address& from) {
    sockaddr_storage native{};
    to_native(from, native);
    NiceAddress made;
    nice_address_init(&made);
    nice_address_set_from_sockaddr(&made, reinterpret_cast<const sockaddr*>(&native));
    return made;
}

NiceRelayType relay_type(IceConfig::Turn turn) {
    return turn == IceConfig::Turn::Udp ? NICE_RELAY_TYPE_TURN_UDP : NICE_RELAY_TYPE_TURN_TCP;
}

}  // namespace

NiceAgents::NiceAgents(const IceConfig& c, const IcePlace& p, Clock& k, IceCounts& n, IceLink& l, int waker)
    : config_(c), place_(p), clock_(k), counts_(n), link_(l), context_(g_main_context_new()) {
    g_main_context_push_thread_default(context_);
    const GUnixFDSourceFunc woken = [](gint fd, GIOCondition, gpointer) -> gboolean {
        uint64_t times = 0;
        [[maybe_unused]] const ssize_t read = ::read(fd, &times, sizeof times);
        return G_SOURCE_CONTINUE;
    };
    watch(waker, woken, nullptr);
    const GUnixFDSourceFunc tunnels = [](gint, GIOCondition, gpointer agents) -> gboolean {
        static_cast<NiceAgents*>(agents)->place_.run_tls();
        return G_SOURCE_CONTINUE;
    };
    if (place_.tls_fd >= 0) watch(place_.tls_fd, tunnels, this);
}

NiceAgents::~NiceAgents() {
    constexpr guint kPatienceMs = 2000;
    for (auto& [stream, agent] : agents_) close(std::move(agent));
    bool late = false;
    GSource* const patience = g_timeout_source_new(kPatienceMs);
    const GSourceFunc over = [](gpointer is_late) -> gboolean { return !(*static_cast<bool*>(is_late) = true); };
    g_source_set_callback(patience, over, &late, nullptr);
    g_source_attach(patience, context_);
    while (closing_ && !late) g_main_context_iteration(context_, TRUE);
    g_source_destroy(patience);
    g_source_unref(patience);
    g_main_context_pop_thread_default(context_);
    g_main_context_unref(context_);
}

void NiceAgents::watch(int fd, GUnixFDSourceFunc function, gpointer data) {
    GSource* const source = g_unix_fd_source_new(fd, G_IO_IN);
    g_source_set_callback(source, G_SOURCE_FUNC(function), data, nullptr);
    g_source_attach(source, context_);
    g_source_unref(source);
}

bool NiceAgents::run(bool waits) {
    news_ = false;
    g_main_context_iteration(context_, waits ? TRUE : FALSE);
    return news_;
}

// ---- orders --------------------

void NiceAgents::apply(IceOrder&& order) {
    using Kind = IceOrder::Kind;
    if (order.kind == Kind::Open) return open(std::move(order));
    const auto found = agents_.find(order.first_stream);
    if (found == agents_.end()) return;
    Agent& agent = *found->second;
    switch (order.kind) {
    case Kind::Open: break;
    case Kind::Remote: remember(agent, *order.remote); return take_remote(agent, *order.remote);
    case Kind::Restart: return restart(agent, order);
    case Kind::GoBack: return go_back(agent, order);
    case Kind::Close: break;
    }
    close(std::move(found->second));
    agents_.erase(found);
}

void NiceAgents::open(IceOrder&& order) {
    const auto options = static_cast<NiceAgentOption>(
        NICE_AGENT_OPTION_REGULAR_NOMINATION | NICE_AGENT_OPTION_ICE_TRICKLE | NICE_AGENT_OPTION_CONSENT_FRESHNESS |
        (order.lite ? NICE_AGENT_OPTION_LITE_MODE : NICE_AGENT_OPTION_NONE));
    NiceAgent* const nice = nice_agent_new_full(context_, NICE_COMPATIBILITY_RFC5245, options);
    g_object_set(nice, "ice-tcp", FALSE, "upnp", FALSE, "controlling-mode", order.controlling, "force-relay",
                 config_.relay_only, "stun-max-retransmissions", kTries, nullptr);
    if (place_.stun.family)
        g_object_set(nice, "stun-server", ip_text(place_.stun).c_str(), "stun-server-port", guint{place_.stun.port},
                     nullptr);
    NiceAddress local = nice_address(place_.media);
    nice_address_set_port(&local, 0);
    nice_agent_add_local_address(nice, &local);

    for (IceBoard& board : *order.boards) board.candidates.clear(), board.address = {};
    const uint32_t place_of_call = order.first_stream;
    auto made = std::make_unique<Agent>(Agent{*this, nice, std::move(order)});
    Agent& agent = *made;
    agents_[place_of_call] = std::move(made);
    g_signal_connect(nice, "candidate-gathering-done",
                     G_CALLBACK(+[](NiceAgent*, guint stream, Agent* a) { a->all.gathered(*a, a->kind_of(stream)); }),
                     &agent);
    g_signal_connect(nice, "new-selected-pair-full",
                     G_CALLBACK(+[](NiceAgent*, guint stream, guint, NiceCandidate* own, NiceCandidate* peer,
                                    Agent* a) { a->all.set_path(*a, a->kind_of(stream), *own, *peer); }),
                     &agent);
    g_signal_connect(nice, "component-state-changed",
                     G_CALLBACK(+[](NiceAgent*, guint stream, guint, guint state, Agent* a) {
                         a->all.state_changed(*a, a->kind_of(stream), static_cast<NiceComponentState>(state));
                     }),
                     &agent);
    for (size_t kind = 0; kind < kKinds; ++kind)
        if (agent.order.kinds & (1u << kind)) agent.streams[kind] = nice_agent_add_stream(nice, 1);
    for (size_t kind = 0; kind < kKinds; ++kind)
        if (agent.streams[kind]) gather(agent, kind);
    agent.patience = g_timeout_source_new(kGatherMs);
    const GSourceFunc over = [](gpointer data) -> gboolean {
        Agent& late = *static_cast<Agent*>(data);
        for (size_t kind = 0; kind < kKinds; ++kind)
            if (late.streams[kind]) late.all.gathered(late, kind);
        return G_SOURCE_REMOVE;
    };
    g_source_set_callback(agent.patience, over, &agent, nullptr);
    g_source_attach(agent.patience, context_);
}

void NiceAgents::gather(Agent& agent, size_t kind) {
    const guint stream = agent.streams[kind];
    nice_agent_set_local_credentials(agent.nice, stream, agent.order.user.c_str(), agent.order.password.c_str());
    nice_agent_set_port_range(agent.nice, stream, kComponent, place_.first_port, place_.last_port);
    if (place_.turn.family)
        nice_agent_set_relay_info(agent.nice, stream, kComponent, ip_text(place_.turn).c_str(), place_.turn.port,
                                  config_.user.c_str(), config_.password.c_str(), relay_type(config_.transport));
    const NiceAgentRecvFunc on_datagram = [](NiceAgent*, guint s, guint, guint size, gchar* bytes, gpointer data) {
        Agent& a = *static_cast<Agent*>(data);
        a.all.arrived(a, a.kind_of(s), {bytes, size});
    };
    nice_agent_attach_recv(agent.nice, stream, kComponent, context_, on_datagram, &agent);
    if (!nice_agent_gather_candidates(agent.nice, stream))
        (*agent.order.boards)[kind].set(agent.order.agent, IceState::NoCandidates);
}

// Later candidates of the same user are added.
void NiceAgents::remember(Agent& agent, const IceOfKinds& remote) {
    for (size_t kind = 0; kind < kKinds; ++kind) {
        IceOfKind& known = agent.remote[kind];
        const auto& more = remote[kind].candidates;
        if (known.user != remote[kind].user)
            known = remote[kind];
        else
            known.candidates.insert(known.candidates.end(), more.begin(), more.end());
    }
}

void NiceAgents::take_remote(Agent& agent, const IceOfKinds& remote) {
    const bool lite = remote[0].lite || remote[1].lite;
    if (lite && !agent.order.lite) g_object_set(agent.nice, "controlling-mode", TRUE, nullptr);  // RFC 8445 6.1.1
    for (size_t kind = 0; kind < kKinds; ++kind)
        if (agent.streams[kind]) take_remote(agent, kind, remote[kind]);
}

void NiceAgents::take_remote(Agent& agent, size_t kind, const IceOfKind& remote) {
    const guint stream = agent.streams[kind];
    if (remote.user.empty()) return use_plain(agent, kind, remote.plain);
    if (agent.remote_user[kind].empty()) {
        agent.remote_user[kind] = remote.user;
        nice_agent_set_remote_credentials(agent.nice, stream, remote.user.c_str(), remote.password.c_str());
    }
    if (agent.remote_user[kind] != remote.user) return;
    CandidateList candidates(nullptr);
    for (const std::string& line : remote.candidates)
        if (NiceCandidate* c = nice_agent_parse_remote_candidate_sdp(agent.nice, stream, line.c_str()))
            c->component_id == kComponent ? void(candidates.list = g_slist_append(candidates.list, c))
                                          : nice_candidate_free(c);
    if (candidates.list) nice_agent_set_remote_candidates(agent.nice, stream, kComponent, candidates.list);
    if (!remote.trickles) nice_agent_peer_candidate_gathering_done(agent.nice, stream);
}

// Packets take the old pair until there is a new one.
void NiceAgents::restart(Agent& agent, const IceOrder& order) {
    for (size_t kind = 0; kind < kKinds; ++kind) {
        if (!agent.streams[kind]) continue;
        agent.remote_user[kind].clear();
        agent.restarts[kind] = true;
        IceBoard& board = (*agent.order.boards)[kind];
        if (ice_fault(board.of(agent.order.agent))) board.set(agent.order.agent, IceState::Ready);
        nice_agent_restart_stream(agent.nice, agent.streams[kind]);
        nice_agent_set_local_credentials(agent.nice, agent.streams[kind], order.user.c_str(), order.password.c_str());
    }
}

// The pair that was taken is taken again at once: the other side has not noticed anything, and if it controls, it will
// not nominate one soon.
void NiceAgents::go_back(Agent& agent, const IceOrder& order) {
    restart(agent, order);
    take_remote(agent, agent.remote);
    for (size_t kind = 0; kind < kKinds; ++kind)
        if (agent.connected[kind])
            nice_agent_set_selected_pair(agent.nice, agent.streams[kind], kComponent, agent.pair[kind][0].c_str(),
                                         agent.pair[kind][1].c_str());
}

// The other side knows no ICE: packets go to where its SDP says (RFC 8839 4.2.5).
void NiceAgents::use_plain(Agent& agent, size_t kind, const Address& to) {
    if (!to.family || !agent.remote_user[kind].empty()) return;
    NiceCandidate* const candidate = nice_candidate_new(NICE_CANDIDATE_TYPE_HOST);
    candidate->addr = candidate->base_addr = nice_address(to);
    candidate->stream_id = agent.streams[kind];
    candidate->component_id = kComponent;
    nice_agent_set_selected_remote_candidate(agent.nice, agent.streams[kind], kComponent, candidate);
    nice_candidate_free(candidate);
}

// Allocations are freed at their server first; until it has answered, the agent lives on.
void NiceAgents::close(std::unique_ptr<Agent> agent) {
    NiceAgent* const nice = agent->nice;
    agent->end_patience();
    g_signal_handlers_disconnect_by_data(nice, agent.get());
    for (const guint stream : agent->streams)
        if (stream) nice_agent_attach_recv(nice, stream, kComponent, context_, nullptr, nullptr);
    ++closing_;
    const GAsyncReadyCallback closed = [](GObject* object, GAsyncResult*, gpointer data) {
        --static_cast<NiceAgents*>(data)->closing_;
        g_object_unref(object);
    };
    nice_agent_close_async(nice, closed, this);
}

const IceApi* gsp_ice_api() {
    static constexpr IceApi kApi{
        [](const IceConfig& config, const IcePlace& place, Clock& clock, IceCounts& counts, IceLink& link, int waker) {
            return new NiceAgents(config, place, clock, counts, link, waker);
        },
        [](NiceAgents* agents) { delete agents; },
        [](NiceAgents& agents, IceOrder&& order) { agents.apply(std::move(order)); },
        [](NiceAgents& agents, const IcePacket& packet) { agents.send(packet); },
        [](NiceAgents& agents, bool waits) { return agents.run(waits); }};
    return &kApi;
}

}  // namespace gsp::rt
