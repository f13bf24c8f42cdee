// SPDX-License-Identifier: Apache-2.0
// What agents say, and the datagrams that they send and receive.
#include <fcntl.h>
#include <unistd.h>

#include <thread>
#include <utility>

#include "runtime/media/media_command.h"
#include "runtime/media/nice/agents.h"
#include "runtime/transport/sockaddr.h"

namespace gsp::rt {

namespace {

Address address_of(const NiceAddress& from) {
    sockaddr_storage native{};
    nice_address_copy_to_sockaddr(&from, reinterpret_cast<sockaddr*>(&native));
    return from_native(native);
}

}  // namespace

void NiceAgents::gathered(Agent& agent, size_t kind) {
    IceBoard& board = (*agent.order.boards)[kind];
    if (board.of(agent.order.agent) != IceState::Gathering) return;
    bool relayed = false;
    const CandidateList own(nice_agent_get_local_candidates(agent.nice, agent.streams[kind], kComponent));
    own.each([&](NiceCandidate& candidate) {
        gchar* const line = nice_agent_generate_local_candidate_sdp(agent.nice, &candidate);
        board.candidates.append(board.candidates.empty() ? "" : "\r\n").append(line);
        g_free(line);
        relayed = relayed || candidate.type == NICE_CANDIDATE_TYPE_RELAYED;
        if (!board.address.family) board.address = address_of(candidate.addr);  // a host candidate, if there is one
    });
    if (place_.turn.family) counts_.add(relayed ? Counter::TurnAllocations : Counter::TurnFailures, 1);
    board.set(agent.order.agent, own.list ? IceState::Ready : IceState::NoCandidates);
}

void NiceAgents::set_path(Agent& agent, size_t kind, const NiceCandidate& own, const NiceCandidate& peer) {
    const Address to = address_of(peer.addr);
    const bool relayed = own.type == NICE_CANDIDATE_TYPE_RELAYED;
    GSocket* const socket =
        relayed ? nullptr : nice_agent_get_selected_socket(agent.nice, agent.streams[kind], kComponent);
    const uint32_t stream = agent.order.first_stream + static_cast<uint32_t>(kind);
    const int fd = socket ? fcntl(g_socket_get_fd(socket), F_DUPFD_CLOEXEC, 0) : relay_socket(stream);
    agent.peer[kind] = to;
    agent.pair[kind][0] = own.foundation;
    agent.pair[kind][1] = peer.foundation;
    bool told = false;
    while (!(told = tell(agent, kind, IceNews::Kind::Path, fd, to, {})) && !link_.media_ended.load())
        std::this_thread::yield();  // the media thread takes what is in the ring in time
    if (!told && fd >= 0) ::close(fd);
    if (agent.remote_user[kind].empty()) return;
    const bool again = std::exchange(agent.restarts[kind], false), known = std::exchange(agent.connected[kind], true);
    if (again && known) counts_.add(Counter::IceRestarts, 1);
    if (!known) {
        counts_.add(Counter::IceCompleted, 1);
        if (relayed) counts_.add(Counter::IceRelayed, 1);
    }
    if (again || !known) (*agent.order.boards)[kind].set(agent.order.agent, IceState::Connected);
}

void NiceAgents::state_changed(Agent& agent, size_t kind, NiceComponentState state) {
    if (state != NICE_COMPONENT_STATE_FAILED) return;
    if (agent.restarts[kind] && agent.remote_user[kind].empty()) return;  // the other side has not answered yet
    const bool known = agent.connected[kind], lost = known && !agent.restarts[kind];
    IceBoard& board = (*agent.order.boards)[kind];
    if (board.of(agent.order.agent) == (lost ? IceState::ConsentLost : IceState::Failed)) return;
    counts_.add(lost ? Counter::IceConsentLost : Counter::IceFailed, 1);
    board.set(agent.order.agent, lost ? IceState::ConsentLost : IceState::Failed);
    if (known) tell(agent, kind, IceNews::Kind::NoPath, -1, {}, {});
}

void NiceAgents::arrived(Agent& agent, size_t kind, std::string_view datagram) {
    if (!tell(agent, kind, IceNews::Kind::Datagram, -1, agent.peer[kind], datagram))
        counts_.add(Counter::IcePacketsDropped, 1);
}

bool NiceAgents::tell(const Agent& agent, size_t kind, IceNews::Kind what, int socket, const Address& peer,
                      std::string_view datagram) {
    char* const block = link_.to_media.reserve(sizeof(IceNews) + datagram.size());
    if (!block) return false;
    const auto which = static_cast<uint32_t>(kind);
    new (block) IceNews{what,
                        agent.order.first_stream + which,
                        agent.order.ssrc + which,
                        static_cast<uint32_t>(datagram.size()),
                        socket,
                        peer,
                        clock_.read_ns()};
    datagram.copy(block + sizeof(IceNews), datagram.size());
    link_.to_media.commit();
    return news_ = true;
}

void NiceAgents::send(const IcePacket& packet) {
    const uint32_t first = packet.stream - packet.stream % kStreamsOfCall;
    const auto found = agents_.find(first);
    const std::string_view bytes = packet.bytes();
    const bool sent =
        found != agents_.end() &&
        nice_agent_send(found->second->nice, found->second->streams[packet.stream - first], kComponent,
                        static_cast<guint>(bytes.size()), bytes.data()) == static_cast<gint>(bytes.size());
    if (!sent) counts_.add(Counter::IcePacketsDropped, 1);
}

}  // namespace gsp::rt
