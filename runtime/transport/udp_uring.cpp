// SPDX-License-Identifier: Apache-2.0
// UDP on one socket by io_uring: one receive that goes on for ever, into buffers that the kernel takes from a ring, and
// sends in chains. Two rings, since whoever waits for sends wants to see nothing else.
#include <liburing.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include "runtime/transport/udp_buffers.h"
#include "runtime/transport/udp_transport.h"

namespace gsp::rt {

namespace {

constexpr uint32_t kBuffers = 64;  // a power of two
constexpr int kGroup = 0;          // of buffers

// What the kernel puts before the bytes of a datagram.
constexpr size_t kControl = (DatagramControl::kRoom + 15) / 16 * 16;
constexpr size_t kHead = sizeof(io_uring_recvmsg_out) + sizeof(sockaddr_storage) + kControl;
constexpr size_t kPage = 4096;
constexpr size_t kBufferSize = DatagramBuffers::kSize + (kHead + kPage - 1) / kPage * kPage;

// The kernel does its part of the work when it is asked for results, in the thread that asks: nothing interrupts it,
// and what has come together is done together. That thread is the first one that uses the ring.
class Ring {
public:
    explicit Ring(uint32_t entries) {
        io_uring_params params{};
        params.flags =
            IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN | IORING_SETUP_R_DISABLED | IORING_SETUP_CQSIZE;
        params.cq_entries = 4 * entries;
        error_ = -io_uring_queue_init_params(entries, &ring_, &params);
    }
    ~Ring() {
        if (error_ == 0) io_uring_queue_exit(&ring_);
    }
    Ring(const Ring&) = delete;
    Ring& operator=(const Ring&) = delete;
    int error() const { return error_; }  // errno of its making
    io_uring* operator->() { return &ring_; }
    io_uring* get() { return &ring_; }
    void enable() {
        if (std::exchange(enabled_, true)) return;
        // What io_uring_enable_rings() does, which the shared library of liburing 2.3 lacks.
        syscall(SYS_io_uring_register, ring_.ring_fd, IORING_REGISTER_ENABLE_RINGS, nullptr, 0);
    }

private:
    io_uring ring_{};
    int error_;
    bool enabled_ = false;
};

class UdpUring final : public UdpTransport {
public:
    UdpUring(UdpSocket socket_of_run, const TransportConfig& config)
        : UdpTransport(std::move(socket_of_run), config),
          buffers_(kBuffers, kBufferSize),
          receiving_(kBuffers),
          sending_(kMessages) {
        received_.msg_namelen = sizeof(sockaddr_storage);
        received_.msg_controllen = kControl;
    }
    ~UdpUring() override {
        if (!free_buffers_) return;
        io_uring_sync_cancel_reg all{};  // a receive under way would keep the port for a while
        all.flags = IORING_ASYNC_CANCEL_ANY | IORING_ASYNC_CANCEL_ALL;
        all.timeout = {-1, -1};
        io_uring_register_sync_cancel(receiving_.get(), &all);
        munmap(free_buffers_, kBuffers * sizeof(io_uring_buf));
    }
    int open();  // 0 or errno
    // As the kernel does nothing before it is asked, what has come is in the socket until then, which tells of it.
    int fd() const override { return socket().fd(); }

private:
    void read(uint32_t wanted, uint64_t now_ns) override;
    int write(mmsghdr* messages, uint32_t count) override;
    void take(const io_uring_cqe&, uint64_t now_ns);
    void give_back(uint32_t buffer);
    void receive_on();

    DatagramBuffers buffers_;
    io_uring_buf_ring* free_buffers_ = nullptr;
    Ring receiving_, sending_;
    msghdr received_{};                    // lengths of what comes before the bytes
    std::array<uint16_t, kBuffers> used_;  // by datagrams that were handed out
    uint32_t n_used_ = 0;
    bool receives_ = false;
};

int UdpUring::open() {
    for (const Ring* ring : {&receiving_, &sending_})
        if (ring->error()) return ring->error();
    void* map =
        mmap(nullptr, kBuffers * sizeof(io_uring_buf), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (map == MAP_FAILED) return errno;
    free_buffers_ = static_cast<io_uring_buf_ring*>(map);
    io_uring_buf_reg registration{};
    registration.ring_addr = reinterpret_cast<uint64_t>(map);
    registration.ring_entries = kBuffers;
    registration.bgid = kGroup;
    if (const int error = -io_uring_register_buf_ring(receiving_.get(), &registration, 0)) return error;
    io_uring_buf_ring_init(free_buffers_);
    for (uint32_t i = 0; i < kBuffers; ++i) give_back(i);
    return 0;
}

// ---- receiving --------------------

void UdpUring::give_back(uint32_t buffer) {
    io_uring_buf_ring_add(free_buffers_, buffers_.at(buffer), kBufferSize, static_cast<uint16_t>(buffer),
                          io_uring_buf_ring_mask(kBuffers), 0);
    io_uring_buf_ring_advance(free_buffers_, 1);
}

void UdpUring::receive_on() {
    io_uring_sqe* const sqe = io_uring_get_sqe(receiving_.get());
    io_uring_prep_recvmsg_multishot(sqe, socket().fd(), &received_, 0);
    sqe->flags |= IOSQE_BUFFER_SELECT;
    sqe->buf_group = kGroup;
    receives_ = true;
}

// All that is there: who has taken it from the socket has to give it.
void UdpUring::read(uint32_t, uint64_t now_ns) {
    receiving_.enable();
    while (n_used_) give_back(used_[--n_used_]);
    // Once more if it has ended with an error: that is what became of earlier datagrams, and there may be newer ones.
    for (int attempt = 0; attempt < 8 && n_used_ == 0; ++attempt) {
        if (!receives_) receive_on();
        io_uring_submit_and_get_events(receiving_.get());
        io_uring_cqe* event = nullptr;
        while (io_uring_peek_cqe(receiving_.get(), &event) == 0) {
            take(*event, now_ns);
            io_uring_cqe_seen(receiving_.get(), event);
        }
        if (receives_) break;
    }
}

void UdpUring::take(const io_uring_cqe& event, uint64_t now_ns) {
    if (!(event.flags & IORING_CQE_F_MORE)) receives_ = false;
    if (event.res < 0) return take_refusals();  // what became of earlier datagrams, or no buffers
    const auto buffer = static_cast<uint16_t>(event.flags >> IORING_CQE_BUFFER_SHIFT);
    used_[n_used_++] = buffer;
    auto* const out = io_uring_recvmsg_validate(buffers_.at(buffer), event.res, &received_);
    if (!out) return;
    msghdr control{};
    control.msg_control = io_uring_recvmsg_cmsg_firsthdr(out, &received_);
    control.msg_controllen = control.msg_control ? out->controllen : 0;
    add(static_cast<const char*>(io_uring_recvmsg_payload(out, &received_)),
        io_uring_recvmsg_payload_length(out, event.res, &received_),
        *static_cast<const sockaddr_storage*>(io_uring_recvmsg_name(out)), control, now_ns);
}

// ---- sending --------------------

// A chain breaks at the first that is not taken, so none overtakes another.
int UdpUring::write(mmsghdr* messages, uint32_t count) {
    sending_.enable();
    for (uint32_t i = 0; i < count; ++i) {
        io_uring_sqe* const sqe = io_uring_get_sqe(sending_.get());
        io_uring_prep_sendmsg(sqe, socket().fd(), &messages[i].msg_hdr, MSG_DONTWAIT);
        if (i + 1 < count) sqe->flags |= IOSQE_IO_LINK;
        io_uring_sqe_set_data64(sqe, i);
    }
    uint32_t first_failed = count, seen = 0;
    int error = 0;
    for (uint32_t handed_over = 0; handed_over < count;) {
        const int n = io_uring_submit_and_wait(sending_.get(), count);
        if (n < 0 && n != -EINTR) return errno = -n, -1;
        handed_over += static_cast<uint32_t>(std::max(n, 0));
    }
    while (seen < count) {
        io_uring_cqe* event = nullptr;
        if (io_uring_wait_cqe(sending_.get(), &event) != 0) continue;  // a signal came
        if (event->res < 0 && event->user_data < first_failed) {
            first_failed = static_cast<uint32_t>(event->user_data);
            error = -event->res;
        }
        io_uring_cqe_seen(sending_.get(), event);
        ++seen;
    }
    errno = error;
    return first_failed ? static_cast<int>(first_failed) : -1;
}

}  // namespace

Result<std::unique_ptr<Transport>> open_udp_uring(const TransportConfig& config) {
    Result<UdpSocket> socket = UdpSocket::open(config);
    if (!socket) return socket.error();
    auto transport = std::make_unique<UdpUring>(std::move(*socket), config);
    if (const int error = transport->open())
        return system_error(
            error == EINVAL ? "-io uring: io_uring needs Linux 6.1" : "-io uring: the kernel does not allow io_uring",
            error);
    return std::unique_ptr<Transport>(std::move(transport));
}

}  // namespace gsp::rt
