// SPDX-License-Identifier: Apache-2.0
// The agents of ice_agents.h, by libnice. An agent a call, all on one GMainContext; one thread.
#pragma once
#include <gio/gio.h>
#include <glib-unix.h>
#include <nice/agent.h>

#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "runtime/media/ice_agents.h"

namespace gsp::rt {

inline constexpr guint kComponent = 1;  // RTP, and RTCP on the same port (RFC 5761)
inline constexpr size_t kKinds = std::tuple_size_v<IceBoards>;

struct CandidateList {
    explicit CandidateList(GSList* l) : list(l) {}
    ~CandidateList() {
        g_slist_free_full(list, [](gpointer each) { nice_candidate_free(static_cast<NiceCandidate*>(each)); });
    }
    CandidateList(const CandidateList&) = delete;
    CandidateList& operator=(const CandidateList&) = delete;
    template <class F>
    void each(F&& f) const {
        for (const GSList* l = list; l; l = l->next) f(*static_cast<NiceCandidate*>(l->data));
    }
    GSList* list;
};

class NiceAgents {
public:
    struct Agent {
        NiceAgents& all;
        NiceAgent* nice;
        IceOrder order;           // that opened it
        guint streams[kKinds]{};  // 0: none
        std::string remote_user[kKinds]{};
        IceOfKinds remote{};                           // as last told
        bool connected[kKinds]{}, restarts[kKinds]{};  // restarts: until there is a pair again
        GSource* patience = nullptr;                   // with servers that do not answer
        Address peer[kKinds]{};
        std::string pair[kKinds][2]{};  // foundations of the pair that is taken, the own one first
        void end_patience() {
            g_source_destroy(patience);
            g_source_unref(patience);
        }
        size_t kind_of(guint stream) const { return stream == streams[0] ? 0 : 1; }
    };

    NiceAgents(const IceConfig&, const IcePlace&, Clock&, IceCounts&, IceLink&, int waker);
    ~NiceAgents();
    void apply(IceOrder&&);
    void send(const IcePacket&);
    bool run(bool waits);

private:
    void watch(int fd, GUnixFDSourceFunc, gpointer data);  // calls it when `fd` can be read

    // ---- orders
    void open(IceOrder&&);
    void gather(Agent&, size_t kind);
    void take_remote(Agent&, const IceOfKinds&);
    void remember(Agent&, const IceOfKinds&);
    void take_remote(Agent&, size_t kind, const IceOfKind&);
    void restart(Agent&, const IceOrder&);
    void go_back(Agent&, const IceOrder&);
    void use_plain(Agent&, size_t kind, const Address&);
    void close(std::unique_ptr<Agent>);
    // ---- what agents say
    void gathered(Agent&, size_t kind);
    void set_path(Agent&, size_t kind, const NiceCandidate& own, const NiceCandidate& peer);
    void state_changed(Agent&, size_t kind, NiceComponentState);
    void arrived(Agent&, size_t kind, std::string_view datagram);
    bool tell(const Agent&, size_t kind, IceNews::Kind, int socket, const Address& peer, std::string_view datagram);

    const IceConfig& config_;
    const IcePlace place_;
    Clock& clock_;
    IceCounts& counts_;
    IceLink& link_;
    GMainContext* context_;
    std::unordered_map<uint32_t, std::unique_ptr<Agent>> agents_;  // by first stream of their call
    uint32_t closing_ = 0;
    bool news_ = false;
};

}  // namespace gsp::rt
