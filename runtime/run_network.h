// SPDX-License-Identifier: Apache-2.0
// Addresses and sockets of a run: who the remote host is, which address is ours, which ports could be bound. Set-up
// only, main thread.
#pragma once
#include <memory>
#include <vector>

#include "runtime/abi/gsp_abi.h"
#include "runtime/base/clock.h"
#include "runtime/base/result.h"
#include "runtime/config.h"
#include "runtime/transport/transport.h"

namespace gsp::rt {

struct Network {
    Address remote;                // family 0: none
    std::vector<Address> targets;  // where new calls go, in the order to try them; empty: to `remote`, or to `send_to`
    Address local;                 // what [local_ip] and [local_port] say
    Address media;
    Address send_to;           // -rsa; family 0: none
    bool many_locals = false;  // calls have local addresses or ports of their own
    // Of each worker. Those that wait for calls have one port in common, those that place them one each: after -p, or
    // whatever is free.
    std::vector<std::unique_ptr<Transport>> transports;
};

// -i, or the address that the system would send to `remote` from; `remote` of family 0: this host's.
Result<Address> find_local(const NetConfig&, const Address& remote);

// Says on stderr that it resolves the remote host, as SIPp does. `ios`: of the workers, for transports that live on one.
Result<Network> open_network(const RunConfig&, const gsp_program& main, Clock&,
                             const std::vector<boost::asio::io_context*>& ios);

}  // namespace gsp::rt
