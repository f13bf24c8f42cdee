// SPDX-License-Identifier: Apache-2.0
// The thread of the agents (ice_agents.h): orders of the worker come through a bounded ring, states go back on boards,
// datagrams go through an IceLink.
#pragma once
#include <memory>

#include "runtime/media/ice_agents.h"
#include "runtime/media/media_thread.h"

namespace gsp::rt {

class IceThread {
public:
    // All references must outlive it.
    static Result<std::unique_ptr<IceThread>> start(const IceConfig&, const IcePlace&, Clock&, IceCounts&,
                                                    MediaThread&);
    ~IceThread();  // as shut_down()

    // The worker's thread, and no other:
    void push(IceOrder&&);  // waits while the ring is full, which takes 1024 orders that were not looked at
    void shut_down();       // behind that of the media thread, whose last packets may go to a relay
    IceLink& link();        // outlives shut_down()

private:
    IceThread();
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace gsp::rt
