// SPDX-License-Identifier: Apache-2.0
// UDP on one socket by recvmmsg and sendmmsg.
#include <array>
#include <cerrno>
#include <vector>

#include "runtime/transport/udp_buffers.h"
#include "runtime/transport/udp_transport.h"

namespace gsp::rt {

namespace {

constexpr uint32_t kGroBuffers = 32;  // they fill up, so fewer of them

class UdpMmsg final : public UdpTransport {
public:
    UdpMmsg(UdpSocket socket_of_run, const TransportConfig& config)
        : UdpTransport(std::move(socket_of_run), config),
          rx_count_(socket().gro() ? kGroBuffers : kMessages),
          buffers_(rx_count_),
          rx_(rx_count_) {
        for (uint32_t i = 0; i < rx_count_; ++i) {
            rx_[i].part = {buffers_.at(i), DatagramBuffers::kSize};
            msghdr& header = headers_[i].msg_hdr;
            header.msg_name = &rx_[i].from;
            header.msg_iov = &rx_[i].part;
            header.msg_iovlen = 1;
            header.msg_control = rx_[i].control.data();
        }
        prepare(rx_count_);
    }
    int fd() const override { return socket().fd(); }

private:
    struct RxSlot {
        alignas(cmsghdr) std::array<char, DatagramControl::kRoom> control;
        iovec part;
        sockaddr_storage from;
    };
    // What the kernel changes in a header when it fills it is set again before its next use.
    void prepare(uint32_t count) {
        for (uint32_t i = 0; i < count; ++i) {
            msghdr& header = headers_[i].msg_hdr;
            header.msg_namelen = sizeof rx_[i].from;
            header.msg_controllen = rx_[i].control.size();
        }
    }
    void read(uint32_t wanted, uint64_t now_ns) override;
    int write(mmsghdr* messages, uint32_t count) override {
        return sendmmsg(socket().fd(), messages, count, MSG_DONTWAIT);
    }

    uint32_t rx_count_, used_ = 0;
    DatagramBuffers buffers_;
    std::vector<RxSlot> rx_;
    std::array<mmsghdr, kMessages> headers_{};
};

void UdpMmsg::read(uint32_t wanted, uint64_t now_ns) {
    prepare(std::exchange(used_, 0));
    // An error that an earlier datagram met on its way is reported once and cleared by this; then there may be
    // something to read.
    for (int attempt = 0; attempt < 8 && wanted > 0; ++attempt) {
        const int n = recvmmsg(socket().fd(), headers_.data(), std::min(wanted, rx_count_), MSG_DONTWAIT, nullptr);
        if (n >= 0) {
            used_ = static_cast<uint32_t>(n);
            break;
        }
        if (errno == EAGAIN || errno == EWOULDBLOCK) break;
        take_refusals();
    }
    for (uint32_t i = 0; i < used_; ++i)
        add(buffers_.at(i), headers_[i].msg_len, rx_[i].from, headers_[i].msg_hdr, now_ns);
}

}  // namespace

Result<std::unique_ptr<Transport>> open_udp_mmsg(const TransportConfig& config) {
    Result<UdpSocket> socket = UdpSocket::open(config);
    if (!socket) return socket.error();
    return std::unique_ptr<Transport>(std::make_unique<UdpMmsg>(std::move(*socket), config));
}

}  // namespace gsp::rt
