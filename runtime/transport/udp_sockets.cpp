// SPDX-License-Identifier: Apache-2.0
// UDP with many sockets: one for each call (-t un), or one for each local address (-t ui), beside the main one. They
// hang on an epoll instance of their own, which is what the loop waits on.
#include <sys/epoll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "runtime/transport/conn_table.h"
#include "runtime/transport/sockaddr.h"
#include "runtime/transport/udp_buffers.h"
#include "runtime/transport/udp_socket.h"

namespace gsp::rt {

namespace {

constexpr uint32_t kBatch = 64;

struct Socket {
    explicit Socket(UdpSocket s) : udp(std::move(s)) {}
    UdpSocket udp;
    uint32_t users = 0;       // calls that opened it
    uint32_t last_drops = 0;  // the kernel's counter, which wraps
    bool waits_to_write = false;
    uint32_t untold_drops() const { return udp.drops_since(last_drops); }
};
using SocketPtr = std::unique_ptr<Socket>;

class UdpSockets final : public Transport {
public:
    UdpSockets(int epoll, Socket main, TransportConfig config)
        : epoll_(epoll), main_(std::move(main)), config_(std::move(config)), buffers_(kBatch) {
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
    int send_one(const Socket&, const Address& to, std::string_view bytes);
    void watch(int operation, Socket&, ConnId);

    int epoll_;
    Socket main_;
    TransportConfig config_;
    ConnTable<SocketPtr> sockets_;
    SharedInTurn of_calls_;
    std::vector<std::pair<Address, ConnId>> of_addresses_;  // PerIp
    DatagramBuffers buffers_;
    uint64_t drops_ = 0;
    std::vector<Address> refusals_;
};

void UdpSockets::watch(int operation, Socket& socket, ConnId id) {
    epoll_event event{};
    event.events = EPOLLIN | (socket.waits_to_write ? static_cast<uint32_t>(EPOLLOUT) : 0);
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
    drops_ += socket->untold_drops();
    of_calls_.remove(id);
    sockets_.erase(id);
}

// ---- messages --------------------

// One datagram of each socket that has some; what is left is there at the next look.
uint32_t UdpSockets::receive(std::span<RxPacket> out, uint64_t now_ns) {
    std::array<epoll_event, kBatch> events;
    const int most = static_cast<int>(std::min<size_t>(out.size(), kBatch));
    const int ready = epoll_wait(epoll_, events.data(), most, 0);
    uint32_t taken = 0;
    for (int i = 0; i < ready; ++i) {
        const ConnId id = events[static_cast<size_t>(i)].data.u32;
        Socket* socket = find(id);
        if (!socket) continue;
        if (socket->waits_to_write) {
            socket->waits_to_write = false;
            watch(EPOLL_CTL_MOD, *socket, id);
        }
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
    const DatagramControl control(header, config_.clock_epoch_ns, now_ns);
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

SendResult UdpSockets::send(std::span<TxPacket> batch) {
    SendResult result;
    for (const TxPacket& packet : batch) {
        Socket* socket = find(packet.conn);
        const int error = socket ? send_one(*socket, packet.to, {packet.data, packet.len}) : ENOTCONN;
        if (error == EAGAIN || error == EWOULDBLOCK) {
            socket->waits_to_write = true;
            watch(EPOLL_CTL_MOD, *socket, packet.conn);
            break;
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
