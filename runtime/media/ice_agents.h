// SPDX-License-Identifier: Apache-2.0
// The agents of calls whose streams use ICE: candidates, checks, consent, TURN allocations. libnice does all of it, on
// a loop of its own (docs/decisions/0016); one thread.
#pragma once
#include <cstdint>
#include <memory>
#include <string_view>

#include "runtime/base/clock.h"
#include "runtime/config.h"
#include "runtime/media/ice.h"
#include "runtime/media/ice_link.h"

namespace gsp::rt {

class TurnTls;

struct IcePlace {
    Address media;  // of host candidates
    uint16_t first_port = 0, last_port = 0;
    Address stun, turn;      // servers; family 0: none
    TurnTls* tls = nullptr;  // of `turn`, which is its local(); nullptr: none is needed
};

class IceAgents {
public:
    // `waker`: a descriptor that ends a wait; the caller's. All references must outlive it.
    IceAgents(const IceConfig&, const IcePlace&, Clock&, IceCounts&, IceLink&, int waker);
    ~IceAgents();  // closes all agents and gives servers two seconds to say that they have freed the allocations

    void apply(IceOrder&&);
    void send(const IcePacket&);
    // Does what is due, and waits for something to be due if `waits`. True: there is news for the media thread.
    bool run(bool waits);

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace gsp::rt
