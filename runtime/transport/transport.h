// SPDX-License-Identifier: Apache-2.0
// What the worker asks of a network: batches of messages in and out. One implementation a file; the worker owns its
// transport and is its only thread. Nothing blocks.
#pragma once
#include <atomic>
#include <cstdint>
#include <cstring>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "runtime/base/clock.h"
#include "runtime/base/result.h"
#include "runtime/base/seat.h"
#include "runtime/config.h"

namespace boost::asio {
class io_context;
}

namespace gsp::rt {

// IPv4 or IPv6 address with port; 20 bytes, comparable as bytes.
struct Address {
    uint8_t family = 0;  // 0 (none), 4, 6
    uint8_t pad = 0;
    uint16_t port = 0;    // host byte order
    uint8_t ip[16] = {};  // network byte order, 4 or 16 bytes used, rest 0
    friend bool operator==(const Address& a, const Address& b) { return std::memcmp(&a, &b, sizeof(Address)) == 0; }
};
std::string ip_text(const Address&);        // "127.0.0.1", "::1"
std::string ip_bracketed(const Address&);   // "[::1]" for IPv6
std::string endpoint_text(const Address&);  // "127.0.0.1:5060", "[::1]:5060"
bool is_wildcard(const Address&);           // 0.0.0.0, ::
// getaddrinfo, all answers, at least one; hint 0, 4 or 6; brackets around an IPv6 address are taken off. Blocks.
Result<std::vector<Address>> resolve_all(const std::string& host, uint16_t port, int family_hint = 0);
// … the first answer.
Result<Address> resolve(const std::string& host, uint16_t port, int family_hint = 0);
bool is_numeric(const std::string& host);  // an address, not a name

// A connection, or a socket of its own, within a transport. A number that was given out is not given out again soon.
using ConnId = uint32_t;
inline constexpr ConnId kMainConn = 0;          // the socket that all have in common
inline constexpr ConnId kNoConn = 0xffffffff;   // none: not opened yet
inline constexpr uint32_t kConnPlaceBits = 20;  // of its number; the rest tells it from those that had its place before
// The worker whose transport has the connection.
constexpr uint32_t seat_of(ConnId conn, uint32_t workers) {
    return (conn & ((1u << kConnPlaceBits) - 1)) % workers;
}

struct RxPacket {
    const char* data;  // valid until the next receive()
    uint32_t len;
    uint64_t arrival_ns;  // on the run's clock; taken by the kernel where it can
    Address from;
    ConnId conn = kMainConn;
};

struct TxPacket {
    static constexpr uint32_t kNoCall = 0xffffffff;
    const char* data;  // must stay valid until send() returns
    uint32_t len;
    Address to;
    uint32_t call = kNoCall;  // packets of one call leave in the order of the batch; kNoCall: no order is kept
    ConnId conn = kMainConn;
};

struct SendResult {
    uint32_t sent = 0;       // packets taken by the network; they are the first `sent` of the batch as send() leaves it
    uint32_t errors = 0;     // of those, refused by the network (counted as sent, lost): EMSGSIZE, ENETUNREACH …
    uint32_t congested = 0;  // of those, behind others that their connection has not taken yet
    int last_error = 0;      // errno of the last such error
};

// A connection came to an end that nobody here asked for.
struct Disconnect {
    ConnId conn;
    bool orderly;            // closed by the peer, not broken
    bool refused;            // it never came about
    bool ends_calls;         // the calls on it fail; else it will be there again, or they will come over another
    bool ends_run;           // SIPp: the one connection of the run, and -max_reconnect allows no other
    std::string why;         // a line for the errors log
    Address peer{};          // whom it was to; family 0: nobody in particular
    bool elsewhere = false;  // it was another worker's
    std::atomic<uint64_t>* counted =
        nullptr;          // the last end that was counted there; nullptr: nobody else is told of it
    uint64_t number = 0;  // of this end; never 0

    // True for one of the workers that are told of it.
    bool first_to_count() const { return !counted || counted->exchange(number, std::memory_order_relaxed) != number; }
};

struct TransportConfig {
    Address local;                           // port 0: any; ip all zero: wildcard
    uint32_t buffer_bytes = 65536;           // SO_SNDBUF and SO_RCVBUF
    uint16_t first_port = 0, last_port = 0;  // with local.port 0: try these in turn first (SIPp: 5060…5119)
    std::string device;                      // network device to bind to; empty: none
    uint64_t clock_epoch_ns = 0;             // Clock::epoch_ns(), to put kernel time stamps on the run's clock
    int64_t (*wall_offset_ns)() = &rt::wall_offset_ns;  // … also when somebody sets the wall clock
    bool gso = true, gro = true;                        // use segmentation offload where the kernel has it
    Io io = Io::Auto;                                   // of UDP with one socket
    // Of several workers that wait for calls at one port: the first lets the others join, these do.
    enum class PortUse : uint8_t { Own, LetsJoin, Joins } port_use = PortUse::Own;
    Seat seat;  // no two of them number their connections alike
    Sockets sockets = Sockets::One;
    uint32_t max_sockets = 50000;
    std::vector<Address> also_local;  // PerIp: bound beside `local`, at its port
    ReconnectConfig reconnect;        // what follows: of connections
    TlsConfig tls;
    Address first_peer;  // One: connected to at once, from the port of `local` if that has one; family 0: none
    std::string host;    // of the remote side, as the user named it: SNI, Host of WebSocket
    std::string ws_path = "/";
    uint64_t peer_timeout_ns = 32 * kSecond;   // what a peer may acknowledge nothing for; 0: as long as the system says
    uint64_t opening_ns = 10 * kSecond;        // what a connection may take until it is open, handshakes and all
    uint64_t parting_ns = 500 * kMillisecond;  // … the goodbyes at the end of the run
    bool needs_certificate = false;            // it waits for calls
    bool tells_refusals = false;               // UDP: next_refusal() has something to say
};

class Transport {
public:
    virtual ~Transport() = default;
    virtual Address local() const = 0;                                       // as bound
    virtual uint32_t receive(std::span<RxPacket> out, uint64_t now_ns) = 0;  // ≤ out.size(); 0 = nothing there
    virtual bool gives_all() const { return !has_connections(); }            // fewer than asked for say the same
    virtual void before_wait() {}  // what receive() has given is no longer needed, and what comes is to be told
    // Fewer sent than given: no room, try again when writable. May then have permuted the batch: what is not yet sent
    // is its tail, in an order that still suits every call; pass batch.subspan(sent), with newer packets behind it, to
    // the next send().
    virtual SendResult send(std::span<TxPacket> batch) = 0;
    virtual int fd() const = 0;  // to wait on for reading and writing; -1: none (in memory, or on an io_context)
    virtual uint32_t open_sockets() const { return 1; }
    // Datagrams that the kernel dropped for want of room, since open. With many sockets, of the main one, of those that
    // are closed, and as far as a later datagram told of them (SO_RXQ_OVFL).
    virtual uint64_t kernel_drops() const { return 0; }
    virtual uint64_t handover_drops() const { return 0; }  // found no room on their way to another worker
    virtual std::string notice() const { return {}; }  // one line: what was asked for and could not be had; or empty
    // To whom datagrams did not come through: nobody listens there, or there is no way (ICMP).
    virtual std::optional<Address> next_refusal() { return {}; }

    // ---- connections; a transport of one socket has none
    virtual bool has_connections() const { return false; }  // calls open() theirs
    // The connection on which a call sends to `peer`, from the address `from` if it has one; it may be one that others
    // have too. Each open() wants a close(). Fails when there can be no more.
    virtual Result<ConnId> open(const Address& peer, const Address& from);
    virtual void close(ConnId) {}
    virtual Address local(ConnId) const { return local(); }  // of one that was opened
    virtual bool alive(ConnId conn) const { return conn == kMainConn; }
    virtual bool has_room(ConnId) const { return true; }                            // for another message
    virtual uint64_t congested_ns(ConnId, uint64_t /*now_ns*/) const { return 0; }  // how long it has taken nothing
    virtual std::optional<Disconnect> next_disconnect() { return {}; }
    virtual uint64_t reconnections() const { return 0; }  // since open
    virtual bool all_sent() const { return true; }        // nothing waits inside
    // Says goodbye to all peers; waits for that a moment at most.
    virtual void shut_down() {}
};

Result<std::unique_ptr<Transport>> open_udp(const TransportConfig&);          // One
Result<std::unique_ptr<Transport>> open_udp_sockets(const TransportConfig&);  // PerCall, PerIp
// Of TCP, TLS, WebSocket; they live on `io`, which must be polled for anything to happen.
Result<std::unique_ptr<Transport>> open_streams(Protocol, const TransportConfig&, boost::asio::io_context& io);
// Any of them.
Result<std::unique_ptr<Transport>> open_transport(Protocol, const TransportConfig&, boost::asio::io_context& io);

}  // namespace gsp::rt
