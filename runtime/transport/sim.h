// SPDX-License-Identifier: Apache-2.0
// An in-memory network in virtual time: endpoints exchange datagrams with configurable delay, loss, duplication and
// reordering, from one seed, so that a run can be repeated bit for bit. For tests and simulations; single-threaded.
#pragma once
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "runtime/base/rng.h"
#include "runtime/transport/transport.h"

namespace gsp::rt {

struct SimLink {
    uint64_t delay_ns = 100'000;
    uint64_t jitter_ns = 0;          // uniform extra delay; enough of it reorders
    double loss = 0, duplicate = 0;  // probabilities, 0..1
};

class SimNetwork {
public:
    explicit SimNetwork(ManualClock& clock, uint64_t seed, SimLink link = {});
    ~SimNetwork();
    // Endpoints must not outlive the network. Port 0: next free port. Fails if the address is taken.
    Result<std::unique_ptr<Transport>> open(Address local);
    uint64_t next_arrival_ns() const;  // TimerWheel::kNever when nothing is on its way
    void set_link(SimLink link) { link_ = link; }
    // Called for every datagram handed to the network, before loss: tests look at traffic and drop single datagrams by
    // returning false.
    std::function<bool(const Address& from, const Address& to, std::string_view bytes)> filter;
    // What time stamp a datagram has that arrived at that time; empty: that time. At most the present counts.
    std::function<uint64_t(uint64_t arrival_ns)> stamp;

private:
    friend class SimTransport;
    struct Impl;
    ManualClock& clock_;
    SimLink link_;
    std::unique_ptr<Impl> impl_;
};

}  // namespace gsp::rt
