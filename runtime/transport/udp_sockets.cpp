// SPDX-License-Identifier: Apache-2.0
// UDP with many sockets: one for each call (-t un), or one for each local address (-t ui), beside the main one. They
// hang on an epoll instance of their own, which is what the loop waits on. What a socket has no room for waits at that
// socket; the others go on.
#include <sys/epoll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <deque>
#include <string>

#include "runtime/transport/conn_table.h"
#include "runtime/transport/sockaddr.h"
#include "runtime/transport/udp_buffers.h"
#include "runtime/transport/udp_socket.h"

namespace gsp::rt {

namespace {

constexpr uint32_t kBatch = 64;
constexpr size_t kMostWaiting = 4096;  // messages, at one socket

bool is_full(int error) {
    return error == EAGAIN || error == EWOULDBLOCK;
}

struct Socket {
    explicit Socket(UdpSocket s) : udp(std::move(s)) {}
    UdpSocket udp;
    uint32_t users = 0;       // calls that opened it
    uint32_t last_drops = 0;  // the kernel's counter, which wraps
    struct Waiting {
        Address to;
        std::string bytes;
    };
    std::deque<Waiting> waiting;  // for room, in order
    uint64_t full_since_ns = 0;
    bool closes = false;  // when it has sent what waits
    uint32_t untold_drops() const { return udp.drops_since(last_drops); }
};
using SocketPtr = std::unique_ptr<Socket>;

class UdpSockets final : public Transport {
public:
    UdpSockets(int epoll, Socket main, TransportConfig config)
        : epoll_(epoll), main_(std::move(main)), config_(std::move(config)), buffers_(kBatch), stamps_(config_) {
        config_.gro = false;  // a socket has few calls
        config_.gso = false;
        config_.first_port = config_.last_port = 0;
        watch(EPOLL_CTL_ADD, main_, kMainConn);
    }
    ~UdpSockets() override { ::close(epoll_); }
    Result<void> bind_others();

    Address local() const override { return main_.udp.local(); }
    int fd() const override { return epoll_; }
    uint32_t open_sockets() const override { return 1 + sockets_.size(); }
    uint64_t kernel_drops() const override { return drops_ + main_.untold_drops(); }
    std::string notice() const override { return main_.udp.shortage(); }
    std::optional<Address> next_refusal() override { return pop(refusals_); }
    uint32_t receive(std::span<RxPacket> out, uint64_t now_ns) override;
    SendResult send(std::span<TxPacket> batch) override;

    bool has_connections() const override { return true; }
    Result<ConnId> open(const Address& peer, const Address& from) override;
    void close(ConnId) override;
    Address local(ConnId id) const override {
        const Socket* socket = find(id);
        return socket ? socket->udp.local() : local();
    }
    bool alive(ConnId id) const override { return find(id) != nullptr; }
    bool has_room(ConnId id) const override {
        const Socket* socket = find(id);
        return socket && socket->waiting.size() < kMostWaiting;
    }
    uint64_t congested_ns(ConnId id, uint64_t now_ns) const override {
        const Socket* socket = find(id);
        return socket && !socket->waiting.empty() ? now_ns - socket->full_since_ns : 0;
    }
    bool all_sent() const override { return full_ == 0; }

private:
    const Socket* find(ConnId id) const {
        if (id == kMainConn) return &main_;
        const SocketPtr* found = sockets_.find(id);
        return found ? found->get() : nullptr;
    }
    Socket* find(ConnId id) { return const_cast<Socket*>(std::as_const(*this).find(id)); }
    Result<ConnId> add(const Address& local);
    Result<ConnId> of_address(const Address& from);
    bool read(Socket&, ConnId, uint32_t buffer, RxPacket& out, uint64_t now_ns);
    void wait_for_room(Socket&, ConnId, const TxPacket&);
    void send_waiting(Socket&, ConnId);
    void erase(Socket&, ConnId);
    int send_one(const Socket&, const Address& to, std::string_view bytes);
    void watch(int operation, Socket&, ConnId);

    int epoll_;
    Socket main_;
    TransportConfig config_;
    ConnTable<SocketPtr> sockets_{config_.seat};
    SharedInTurn of_calls_;
    std::vector<std::pair<Address, ConnId>> of_addresses_;  // PerIp
    DatagramBuffers buffers_;
    StampClock stamps_;
    uint64_t drops_ = 0, now_ns_ = 0;
    uint32_t full_ = 0;  // sockets with something that waits
    std::vector<Address> refusals_;
};

void UdpSockets::watch(int operation, Socket& socket, ConnId id) {
    epoll_event event{};
    event.events = EPOLLIN | (!socket.waiting.empty() ? static_cast<uint32_t>(EPOLLOUT) : 0);
    event.data.u32 = id;
    epoll_ctl(epoll_, operation, socket.udp.fd(), &event);
}

// ---- opening --------------------

Result<ConnId> UdpSockets::add(const Address& local) {
    TransportConfig config = config_;
    config.local = local;
    Result<UdpSocket> opened = UdpSocket::open(config);
    if (!opened) return opened.error();
    SocketPtr socket = std::make_unique<Socket>(std::move(*opened));
    Socket& added = *socket;
    Result<ConnId> id = sockets_.add(std::move(socket));
    if (id) watch(EPOLL_CTL_ADD, added, *id);
    return id;
}

Result<void> UdpSockets::bind_others() {
    for (const Address& address : config_.also_local)
        if (Result<ConnId> bound = of_address(address); !bound) return bound.error();
    return {};
}

// At the port of the main socket; that is the socket of its own address.
Result<ConnId> UdpSockets::of_address(const Address& from) {
    Address address = from;
    address.port = main_.udp.local().port;
    if (address == main_.udp.local()) return kMainConn;
    for (const auto& [known, id] : of_addresses_)
        if (known == address) return id;
    Result<ConnId> id = add(address);
    if (id) of_addresses_.emplace_back(address, *id);
    return id;
}

Result<ConnId> UdpSockets::open(const Address&, const Address& from) {
    if (config_.sockets == Sockets::PerIp) return from.family ? of_address(from) : kMainConn;
    if (of_calls_.size() >= config_.max_sockets) {
        const ConnId shared = of_calls_.next([this](ConnId id) { return find(id) != nullptr; });
        if (shared != kNoConn) return ++find(shared)->users, shared;
    }
    Address local = config_.local;
    local.port = 0;
    Result<ConnId> id = add(local);
    if (!id) return id;
    find(*id)->users = 1;
    of_calls_.add(*id);
    return id;
}

void UdpSockets::close(ConnId id) {
    Socket* socket = find(id);
    if (!socket || socket->users == 0 || --socket->users > 0) return;
    of_calls_.remove(id);
    socket->closes = !socket->waiting.empty();
    if (!socket->closes) erase(*socket, id);
}

void UdpSockets::erase(Socket& socket, ConnId id) {
    drops_ += socket.untold_drops();
    sockets_.erase(id);
}

// ---- messages --------------------

// One datagram of each socket that has some; what is left is there at the next look.
uint32_t UdpSockets::receive(std::span<RxPacket> out, uint64_t now_ns) {
    std::array<epoll_event, kBatch> events;
    const int most = static_cast<int>(std::min<size_t>(out.size(), kBatch));
    now_ns_ = now_ns;
    const int ready = epoll_wait(epoll_, events.data(), most, 0);
    if (ready > 0) stamps_.look(now_ns);
    uint32_t taken = 0;
    for (int i = 0; i < ready; ++i) {
        const ConnId id = events[static_cast<size_t>(i)].data.u32;
        Socket* socket = find(id);
        if (!socket) continue;
        if (!socket->waiting.empty()) send_waiting(*socket, id);
        if (socket = find(id); !socket) continue;
        if (read(*socket, id, taken, out[taken], now_ns)) ++taken;
    }
    return taken;
}

bool UdpSockets::read(Socket& socket, ConnId id, uint32_t buffer, RxPacket& out, uint64_t now_ns) {
    alignas(cmsghdr) std::array<char, DatagramControl::kRoom> control_room;
    sockaddr_storage from{};
    iovec part{buffers_.at(buffer), DatagramBuffers::kSize};
    msghdr header{};
    header.msg_name = &from;
    header.msg_namelen = sizeof from;
    header.msg_iov = &part;
    header.msg_iovlen = 1;
    header.msg_control = control_room.data();
    header.msg_controllen = control_room.size();
    const ssize_t length = recvmsg(socket.udp.fd(), &header, MSG_DONTWAIT);
    if (length < 0) return socket.udp.take_refusals(refusals_), false;
    const DatagramControl control(header, stamps_, now_ns);
    if (control.tells_drops) {
        drops_ += control.drops - socket.last_drops;
        socket.last_drops = control.drops;
    }
    out = {buffers_.at(buffer), static_cast<uint32_t>(length), control.arrival_ns, from_native(from), id};
    return true;
}

// 0 or errno
int UdpSockets::send_one(const Socket& socket, const Address& to, std::string_view bytes) {
    sockaddr_storage native{};
    const socklen_t length = to_native(to, native);
    int error = 0;
    do {
        const ssize_t sent = sendto(socket.udp.fd(), bytes.data(), bytes.size(), MSG_DONTWAIT,
                                    reinterpret_cast<sockaddr*>(&native), length);
        error = sent < 0 ? errno : 0;
    } while (error && socket.udp.is_of_an_earlier(error, to, refusals_));
    return error;
}

void UdpSockets::wait_for_room(Socket& socket, ConnId id, const TxPacket& packet) {
    socket.waiting.push_back({packet.to, std::string(packet.data, packet.len)});
    if (socket.waiting.size() > 1) return;
    ++full_;
    socket.full_since_ns = now_ns_;
    watch(EPOLL_CTL_MOD, socket, id);
}

void UdpSockets::send_waiting(Socket& socket, ConnId id) {
    while (!socket.waiting.empty()) {
        const Socket::Waiting& next = socket.waiting.front();
        if (is_full(send_one(socket, next.to, next.bytes))) return;  // any other error: it is lost, as on its way
        socket.waiting.pop_front();
        socket.full_since_ns = now_ns_;
    }
    --full_;
    watch(EPOLL_CTL_MOD, socket, id);
    if (socket.closes) erase(socket, id);
}

SendResult UdpSockets::send(std::span<TxPacket> batch) {
    SendResult result;
    for (const TxPacket& packet : batch) {
        Socket* socket = find(packet.conn);
        int error = ENOTCONN;
        if (socket) error = socket->waiting.empty() ? send_one(*socket, packet.to, {packet.data, packet.len}) : EAGAIN;
        if (socket && is_full(error)) {
            error = socket->waiting.size() < kMostWaiting ? 0 : ENOBUFS;
            if (error == 0) wait_for_room(*socket, packet.conn, packet), ++result.congested;
        }
        ++result.sent;
        if (error == 0) continue;
        ++result.errors;
        result.last_error = error;
    }
    return result;
}

}  // namespace

Result<std::unique_ptr<Transport>> open_udp_sockets(const TransportConfig& config) {
    Result<UdpSocket> main = UdpSocket::open(config);
    if (!main) return main.error();
    const int epoll = epoll_create1(EPOLL_CLOEXEC);
    if (epoll < 0) return system_error("cannot wait for sockets", errno);
    auto transport = std::make_unique<UdpSockets>(epoll, Socket(std::move(*main)), config);
    if (Result<void> bound = transport->bind_others(); !bound) return bound.error();
    return std::unique_ptr<Transport>(std::move(transport));
}

}  // namespace gsp::rt
