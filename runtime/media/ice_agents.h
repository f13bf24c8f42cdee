// SPDX-License-Identifier: Apache-2.0
// The agents of calls whose streams use ICE: candidates, checks, consent, TURN allocations. libnice does all of it, on
// a loop of its own (docs/decisions/0016); one thread. They are in a shared object, so that other runs do not load it.
#pragma once
#include <cstdint>
#include <functional>
#include <utility>

#include "runtime/base/clock.h"
#include "runtime/base/result.h"
#include "runtime/config.h"
#include "runtime/media/ice.h"
#include "runtime/media/ice_link.h"

namespace gsp::rt {

struct IcePlace {
    Address media;  // of host candidates
    uint16_t first_port = 0, last_port = 0;
    Address stun, turn;  // servers; family 0: none
    // Of TLS to `turn` (turn_tls.h): to be called when the descriptor can be read; -1: there is none.
    int tls_fd = -1;
    std::function<void()> run_tls;
};

class NiceAgents;

// What libgsp_ice.so has.
struct IceApi {
    NiceAgents* (*open)(const IceConfig&, const IcePlace&, Clock&, IceCounts&, IceLink&, int waker);
    void (*close)(NiceAgents*);
    void (*apply)(NiceAgents&, IceOrder&&);
    void (*send)(NiceAgents&, const IcePacket&);
    bool (*run)(NiceAgents&, bool waits);
};
extern "C" [[gnu::visibility("default")]] const IceApi* gsp_ice_api();

// Opens it, and with it libnice; it stays open until the process ends. Any thread's.
Result<const IceApi*> open_ice_library();

class IceAgents {
public:
    // `waker`: a descriptor that ends a wait; the caller's. All references must outlive it.
    IceAgents(const IceApi& api, const IceConfig& config, const IcePlace& place, Clock& clock, IceCounts& counts,
              IceLink& link, int waker)
        : api_(api), agents_(api.open(config, place, clock, counts, link, waker)) {}
    // Closes all agents, and gives servers two seconds to say that they have freed the allocations.
    ~IceAgents() { api_.close(agents_); }
    IceAgents(const IceAgents&) = delete;
    IceAgents& operator=(const IceAgents&) = delete;

    void apply(IceOrder&& order) { api_.apply(*agents_, std::move(order)); }
    void send(const IcePacket& packet) { api_.send(*agents_, packet); }
    // Does what is due, and waits for something to be due if `waits`. True: there is news for the media thread.
    bool run(bool waits) { return api_.run(*agents_, waits); }

private:
    const IceApi& api_;
    NiceAgents* const agents_;
};

}  // namespace gsp::rt
