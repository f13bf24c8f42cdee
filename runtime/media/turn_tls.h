// SPDX-License-Identifier: Apache-2.0
// TURN over TLS (RFC 8656 2.1): the library speaks TURN over TCP, so it is given a port of loopback, each connection to
// which goes on to the server over TLS. One thread, the agents'; no certificate of its own.
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>

#include "runtime/base/result.h"
#include "runtime/config.h"
#include "runtime/transport/transport.h"

namespace gsp::rt {

class TurnTls {
public:
    // `host`: of the option, for SNI if it is a name.
    static Result<std::unique_ptr<TurnTls>> open(const Address& server, const std::string& host, const TlsConfig&);
    ~TurnTls();
    TurnTls(const TurnTls&) = delete;
    TurnTls& operator=(const TurnTls&) = delete;

    const Address& local() const { return local_; }
    int fd() const { return epoll_; }  // it can be read when there is something for run() to do
    void run();

private:
    struct Tunnel;
    struct Context;
    TurnTls(const Address& server, std::unique_ptr<Context>);
    Result<void> listen();
    void accept();

    Address server_, local_;
    std::unique_ptr<Context> context_;
    int epoll_, listener_ = -1;
    uint64_t opened_ = 0;
    std::unordered_map<uint64_t, std::unique_ptr<Tunnel>> tunnels_;  // by number
};

}  // namespace gsp::rt
