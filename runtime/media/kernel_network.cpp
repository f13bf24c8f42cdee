// SPDX-License-Identifier: Apache-2.0
#include "runtime/media/kernel_network.h"

#include <sys/epoll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <ctime>

#include "runtime/transport/sockaddr.h"

namespace gsp::rt {

namespace {

constexpr uint32_t kBatch = 64;

// When the kernel had the datagram: its stamp is the wall clock's, which may have been set since the run began, so what
// counts is how long ago that is, or a moment ahead if it came after the clocks were read. `now_ns`: without a stamp.
uint64_t arrival_ns(msghdr& header, uint64_t wall_ns, uint64_t now_ns) {
    for (cmsghdr* c = CMSG_FIRSTHDR(&header); c; c = CMSG_NXTHDR(&header, c)) {
        if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_TIMESTAMPNS) continue;
        timespec stamp;
        std::memcpy(&stamp, CMSG_DATA(c), sizeof stamp);
        const uint64_t at_ns = static_cast<uint64_t>(stamp.tv_sec) * kSecond + static_cast<uint64_t>(stamp.tv_nsec);
        if (at_ns > wall_ns) return now_ns + (at_ns - wall_ns < kSecond ? at_ns - wall_ns : 0);
        return now_ns - std::min(now_ns, wall_ns - at_ns);
    }
    return now_ns;
}

uint64_t wall_clock_ns() {
    timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return static_cast<uint64_t>(now.tv_sec) * kSecond + static_cast<uint64_t>(now.tv_nsec);
}

}  // namespace

// Datagrams as they come, for recvmmsg and the answer by sendmmsg.
struct KernelNetwork::Room {
    explicit Room(uint32_t datagram_bytes) : bytes(size_t{datagram_bytes} * kBatch) {
        for (uint32_t i = 0; i < kBatch; ++i) parts[i] = {bytes.data() + size_t{i} * datagram_bytes, datagram_bytes};
    }
    void make_ready(uint32_t n) {  // for so many
        for (uint32_t i = 0; i < n; ++i) {
            messages[i].msg_hdr = {};
            messages[i].msg_hdr.msg_name = &from[i];
            messages[i].msg_hdr.msg_namelen = sizeof from[i];
            messages[i].msg_hdr.msg_iov = &parts[i];
            messages[i].msg_hdr.msg_iovlen = 1;
            messages[i].msg_hdr.msg_control = control[i].data();
            messages[i].msg_hdr.msg_controllen = control[i].size();
        }
    }
    using Control = std::array<char, CMSG_SPACE(sizeof(timespec))>;
    std::vector<char> bytes;
    alignas(cmsghdr) std::array<Control, kBatch> control;
    std::array<iovec, kBatch> parts;
    std::array<sockaddr_storage, kBatch> from;
    std::array<mmsghdr, kBatch> messages;
};

KernelNetwork::KernelNetwork(const Address& media, const MediaConfig& config, Clock& clock, MediaCounts& counts,
                             int waker, const std::atomic<bool>& echoes, MediaHub& hub, MediaHub::Lane lane)
    : media_(media),
      config_(config),
      clock_(clock),
      counts_(counts),
      echoes_(echoes),
      hub_(hub),
      lane_(lane),
      epoll_(epoll_create1(EPOLL_CLOEXEC)),
      room_(std::make_unique<Room>(std::max(config.echo_bytes, 2048u))) {
    add({waker, Use::Waker, 0});
    hub_.join(lane_, waker);
}

KernelNetwork::~KernelNetwork() {
    hub_.leave(lane_);
    for (const Socket& socket : sockets_)
        if (socket.fd >= 0 && (socket.use == Use::Stream || socket.use == Use::Rtcp)) ::close(socket.fd);
    ::close(epoll_);
}

void KernelNetwork::add(Socket socket) {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.fd = socket.fd;
    const int on = 1;
    if (socket.use == Use::Stream || socket.use == Use::Rtcp || socket.use == Use::Shared)
        setsockopt(socket.fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on);
    epoll_ctl(epoll_, EPOLL_CTL_ADD, socket.fd, &event);
    const auto place = static_cast<size_t>(socket.fd);
    if (place >= sockets_.size()) sockets_.resize(2 * place + 1);
    sockets_[place] = socket;
}

void KernelNetwork::echo(EchoSockets&& sockets) {
    echoes_itself_ = true;
    add({hub_.adopt(std::move(sockets.first)), Use::EchoFirst, 0});
    add({hub_.adopt(std::move(sockets.second)), Use::EchoSecond, 0});
}

void KernelNetwork::take(int socket, uint32_t stream, bool rtcp) {
    add({socket, rtcp ? Use::Rtcp : Use::Stream, stream});
}

void KernelNetwork::close(int fd) {
    const auto place = static_cast<size_t>(fd);
    if (place < sockets_.size() && sockets_[place].fd == fd) sockets_[place].fd = -1;  // else it is of ICE
    ::close(fd);                                                                       // epoll forgets it
}

int KernelNetwork::shared_socket(uint16_t port) {
    if (const auto known = in_common_.find(port); known != in_common_.end()) return known->second;
    const MediaHub::Socket socket = hub_.socket(port, [&] {
        Address local = media_;
        local.port = port;
        Result<RtpSocket> opened = open_rtp_socket(local, config_.buffer_bytes);
        local.port = 0;
        if (!opened) opened = open_rtp_socket(local, config_.buffer_bytes);
        return opened ? std::move(*opened) : RtpSocket();
    });
    if (socket.fd < 0) return -1;
    in_common_[port] = socket.fd;
    if (socket.opened) add({socket.fd, Use::Shared, 0});
    return socket.fd;
}

Address KernelNetwork::local(int fd) {
    const auto place = static_cast<size_t>(fd);
    const bool is_own = place < sockets_.size() && sockets_[place].fd == fd;  // not another thread's, which all share
    if (is_own && sockets_[place].local.family) return sockets_[place].local;
    sockaddr_storage native{};
    socklen_t size = sizeof native;
    if (getsockname(fd, reinterpret_cast<sockaddr*>(&native), &size) != 0) return {};
    const Address local = from_native(native);
    if (is_own) sockets_[place].local = local;
    return local;
}

// Neighbours of one socket go together: a system call has one socket.
RtpRefused KernelNetwork::send(std::span<const RtpPacket> packets) {
    std::array<mmsghdr, kBatch> messages;
    std::array<iovec, 2 * kBatch> parts;
    RtpRefused refused;
    for (size_t begin = 0; begin < packets.size();) {
        const int socket = packets[begin].socket;
        if (socket < 0) {
            const RtpPacket& packet = packets[begin++];
            if (!relay(packet)) ++refused.packets, refused.bytes += packet.size();
            continue;
        }
        if (begin + 1 == packets.size() || packets[begin + 1].socket != socket) {
            if (!send_one(packets[begin])) ++refused.packets, refused.bytes += packets[begin].size();
            ++begin;
            continue;
        }
        uint32_t n = 0;
        for (; begin + n < packets.size() && n < kBatch && packets[begin + n].socket == socket; ++n) {
            const RtpPacket& packet = packets[begin + n];
            iovec* part = &parts[2 * n];
            part[0] = {const_cast<uint8_t*>(packet.header.data()), packet.header.size()};
            part[1] = {const_cast<char*>(packet.payload.data()), packet.payload.size()};
            messages[n].msg_hdr = {};
            messages[n].msg_hdr.msg_name = const_cast<sockaddr_storage*>(&packet.to->address);
            messages[n].msg_hdr.msg_namelen = packet.to->len;
            messages[n].msg_hdr.msg_iov = packet.has_header ? part : part + 1;
            messages[n].msg_hdr.msg_iovlen = packet.has_header ? 2 : 1;
        }
        for (uint32_t done = 0; done < n;) {
            const int sent = sendmmsg(socket, &messages[done], n - done, MSG_DONTWAIT);
            if (sent < 0 && errno == EINTR) continue;
            if (sent <= 0) {  // that one is lost, the others may get through
                ++refused.packets;
                refused.bytes += packets[begin + done].size();
            }
            done += static_cast<uint32_t>(std::max(sent, 1));
        }
        begin += n;
    }
    refused.at_ns = clock_.read_ns();
    return refused;
}

bool KernelNetwork::relay(const RtpPacket& packet) {
    char* const block = ice_->to_agents.reserve(sizeof(IcePacket) + packet.size());
    if (!block) return false;
    new (block) IcePacket{stream_of_relay(packet.socket), static_cast<uint32_t>(packet.size())};
    char* bytes = block + sizeof(IcePacket);
    if (packet.has_header) bytes = std::copy(packet.header.begin(), packet.header.end(), bytes);
    std::copy(packet.payload.begin(), packet.payload.end(), bytes);
    ice_->to_agents.commit();
    ice_->wake_agents();
    return true;
}

// In one piece: to copy the payload costs less than to describe two pieces to the kernel.
bool KernelNetwork::send_one(const RtpPacket& packet) {
    std::array<char, sizeof(RtpHeader) + kLongestRtpPayload> room;
    std::string_view bytes = packet.payload;
    if (packet.has_header) {
        if (packet.size() > room.size()) return false;
        std::copy(packet.header.begin(), packet.header.end(), room.begin());
        std::copy(bytes.begin(), bytes.end(), room.begin() + sizeof(RtpHeader));
        bytes = {room.data(), packet.size()};
    }
    const auto* to = reinterpret_cast<const sockaddr*>(&packet.to->address);
    ssize_t sent = 0;
    do sent = sendto(packet.socket, bytes.data(), bytes.size(), MSG_DONTWAIT, to, packet.to->len);
    while (sent < 0 && errno == EINTR);
    return sent >= 0;
}

// Under load, what arrives within a millisecond is taken together: to be woken for each datagram costs more than to
// read it. Its time is the kernel's in any case. Echoes do not wait.
void KernelNetwork::wait(uint64_t timeout_ns, const Received& received) {
    constexpr uint32_t kBusy = 8;  // datagrams in a millisecond
    if (!gathers_) {
        const uint32_t taken = take(timeout_ns, received);
        if (now_.run_ns - window_ns_ >= kMillisecond) window_ns_ = now_.run_ns, in_window_ = 0;
        in_window_ += taken;
        gathers_ = in_window_ >= kBusy && !echoes_itself_;
        return;
    }
    const uint64_t began_ns = clock_.read_ns(), until_ns = began_ns + std::min(timeout_ns, kMillisecond);
    uint32_t all = 0;
    while (const uint32_t taken = take(0, received)) {
        all += taken;
        if (taken < kBatch || clock_.read_ns() >= until_ns) break;
    }
    gathers_ = all >= kBusy;
    const uint64_t now_ns = clock_.read_ns();
    if (now_ns >= until_ns) return;
    const timespec rest{0, static_cast<long>(until_ns - now_ns)};
    nanosleep(&rest, nullptr);
}

uint32_t KernelNetwork::take(uint64_t timeout_ns, const Received& received) {
    std::array<epoll_event, kBatch> events;
    const timespec timeout{static_cast<time_t>(timeout_ns / kSecond), static_cast<long>(timeout_ns % kSecond)};
    const int n = epoll_pwait2(epoll_, events.data(), static_cast<int>(events.size()),
                               timeout_ns == UINT64_MAX ? nullptr : &timeout, nullptr);
    now_ = {clock_.read_ns(), wall_clock_ns()};
    for (int i = 0; i < n; ++i) {
        const Socket socket = sockets_[static_cast<size_t>(events[static_cast<size_t>(i)].data.fd)];
        if (socket.fd >= 0) read(socket, received);
    }
    return static_cast<uint32_t>(std::max(n, 0));
}

void KernelNetwork::read(const Socket& socket, const Received& received) {
    if (socket.use == Use::Waker) return read_waker(socket.fd, received);
    const bool echo = socket.use == Use::EchoFirst || socket.use == Use::EchoSecond;
    // A stream's own socket seldom has a second one, and to ask for it costs as much as to take it; epoll says it
    // again.
    const uint32_t most = socket.use == Use::Stream || socket.use == Use::Rtcp ? 1 : kBatch;
    room_->make_ready(most);
    const int n = recvmmsg(socket.fd, room_->messages.data(), most, MSG_DONTWAIT, nullptr);
    if (n <= 0) return;
    const auto taken = static_cast<uint32_t>(n);
    if (echo) {
        if (echoes_.load(std::memory_order_relaxed)) echo_back(socket, taken);
        return;
    }
    const uint32_t stream = socket.use == Use::Shared ? RtpArrival::kNoStream : socket.stream;
    const bool rtcp = socket.use == Use::Rtcp;
    for (uint32_t i = 0; i < taken; ++i) {
        mmsghdr& message = room_->messages[i];
        const std::string_view datagram(static_cast<const char*>(room_->parts[i].iov_base), message.msg_len);
        received({stream, datagram, arrival_ns(message.msg_hdr, now_.wall_ns, now_.run_ns), &room_->from[i], rtcp,
                  socket.fd});
    }
}

void KernelNetwork::read_waker(int fd, const Received& received) {
    uint64_t times = 0;
    [[maybe_unused]] const ssize_t read = ::read(fd, &times, sizeof times);
    for (const MediaHub::Datagram& handed : hub_.take(lane_))
        received({RtpArrival::kNoStream, handed.bytes, handed.at_ns, &handed.from, false, handed.socket});
}

void KernelNetwork::echo_back(const Socket& socket, uint32_t n) {
    const bool first = socket.use == Use::EchoFirst;
    uint64_t bytes = 0;
    std::array<iovec, kBatch> parts;
    for (uint32_t i = 0; i < n; ++i) {
        mmsghdr& message = room_->messages[i];
        parts[i] = {room_->parts[i].iov_base, std::min(message.msg_len, config_.echo_bytes)};
        message.msg_hdr.msg_iov = &parts[i];
        message.msg_hdr.msg_flags = 0;
        message.msg_hdr.msg_controllen = 0;  // it goes out without its time
        bytes += parts[i].iov_len;
    }
    for (uint32_t done = 0; done < n;)
        done += static_cast<uint32_t>(std::max(sendmmsg(socket.fd, &room_->messages[done], n - done, MSG_DONTWAIT), 1));
    counts_.add(first ? Counter::RtpEchoPackets : Counter::RtpEchoPacketsSecond, n);
    counts_.add(first ? Counter::RtpEchoBytes : Counter::RtpEchoBytesSecond, bytes);
}

}  // namespace gsp::rt
