// SPDX-License-Identifier: Apache-2.0
// What the worker asks of a network: batches of datagrams in and out. One implementation a file; the worker owns its
// transport and is its only thread. Nothing blocks.
#pragma once
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <string>

#include "runtime/base/clock.h"
#include "runtime/base/result.h"

namespace gsp::rt {

// IPv4 or IPv6 address with port; 20 bytes, comparable as bytes.
struct Address {
    uint8_t family = 0;  // 0 (none), 4, 6
    uint8_t pad = 0;
    uint16_t port = 0;    // host byte order
    uint8_t ip[16] = {};  // network byte order, 4 or 16 bytes used, rest 0
    friend bool operator==(const Address& a, const Address& b) { return std::memcmp(&a, &b, sizeof(Address)) == 0; }
};
std::string ip_text(const Address&);       // "127.0.0.1", "::1"
std::string ip_bracketed(const Address&);  // "[::1]" for IPv6
// getaddrinfo, first answer; hint 0, 4 or 6; brackets around an IPv6 address are taken off.
Result<Address> resolve(const std::string& host, uint16_t port, int family_hint = 0);

struct RxPacket {
    const char* data;  // valid until the next receive()
    uint32_t len;
    uint64_t arrival_ns;  // on the run's clock; taken by the kernel where it can
    Address from;
};

struct TxPacket {
    static constexpr uint32_t kNoCall = 0xffffffff;
    const char* data;  // must stay valid until send() returns
    uint32_t len;
    Address to;
    uint32_t call = kNoCall;  // packets of one call leave in the order of the batch; kNoCall: no order is kept
};

struct SendResult {
    uint32_t sent = 0;    // packets taken by the network; they are the first `sent` of the batch as send() leaves it
    uint32_t errors = 0;  // of those, refused by the network (counted as sent, lost): EMSGSIZE, ENETUNREACH …
    int last_error = 0;   // errno of the last such error
};

struct TransportConfig {
    Address local;                           // port 0: any; ip all zero: wildcard
    uint32_t buffer_bytes = 65536;           // SO_SNDBUF and SO_RCVBUF
    uint16_t first_port = 0, last_port = 0;  // with local.port 0: try these in turn first (SIPp: 5060…5119)
    std::string device;                      // network device to bind to; empty: none
    uint64_t clock_epoch_ns = 0;             // Clock::epoch_ns(), to put kernel time stamps on the run's clock
    bool gso = true, gro = true;             // use segmentation offload where the kernel has it
};

class Transport {
public:
    virtual ~Transport() = default;
    virtual Address local() const = 0;                                       // as bound
    virtual uint32_t receive(std::span<RxPacket> out, uint64_t now_ns) = 0;  // ≤ out.size(); 0 = nothing there
    // Fewer sent than given: no room, try again when writable. May then have permuted the batch: what is not yet sent
    // is its tail, in an order that still suits every call; pass batch.subspan(sent), with newer packets behind it, to
    // the next send().
    virtual SendResult send(std::span<TxPacket> batch) = 0;
    virtual int fd() const = 0;                          // to wait on for reading and writing; -1: none (in-memory)
    virtual uint64_t kernel_drops() const { return 0; }  // SO_RXQ_OVFL, since open
};

Result<std::unique_ptr<Transport>> open_udp(const TransportConfig&);

}  // namespace gsp::rt
