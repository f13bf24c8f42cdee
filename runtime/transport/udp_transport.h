// SPDX-License-Identifier: Apache-2.0
// UDP on one socket, for all that does not depend on how the kernel is asked. With UDP_SEGMENT (GSO) neighbouring
// packets of equal length to one peer leave as one datagram that the kernel cuts up; with UDP_GRO such a datagram also
// arrives whole and is cut up here. Used by one worker. Private to runtime/transport.
#pragma once
#include <sys/socket.h>

#include <array>
#include <optional>
#include <span>
#include <vector>

#include "runtime/transport/send_order.h"
#include "runtime/transport/stamp_clock.h"
#include "runtime/transport/transport.h"
#include "runtime/transport/udp_socket.h"

namespace gsp::rt {

class UdpTransport : public Transport {
public:
    Address local() const final { return socket_.local(); }
    uint64_t kernel_drops() const final { return drops_ + socket_.drops_since(last_drops_); }
    std::string notice() const final { return socket_.shortage(); }
    std::optional<Address> next_refusal() final { return pop(refusals_); }
    uint32_t receive(std::span<RxPacket> out, uint64_t now_ns) final;
    SendResult send(std::span<TxPacket> batch) final;

protected:
    static constexpr uint32_t kMessages = 64;  // at once

    UdpTransport(UdpSocket, const TransportConfig&);
    // Gives datagrams that are there to add(), at most kMessages; more than `wanted` need not be. Their bytes stay
    // until the next read().
    virtual void read(uint32_t wanted, uint64_t now_ns) = 0;
    // As sendmmsg: how many of the messages were taken, the first ones; or -1 and errno, about the first.
    virtual int write(mmsghdr* messages, uint32_t count) = 0;

    // `header` has the control messages.
    void add(const char* data, uint32_t length, const sockaddr_storage& from, msghdr& header, uint64_t now_ns);
    void take_refusals() { socket_.take_refusals(refusals_); }
    const UdpSocket& socket() const { return socket_; }

private:
    static constexpr size_t kTxControl = CMSG_SPACE(sizeof(uint16_t));

    // A received datagram that is being handed out; GRO may have joined several, each `segment` bytes long, the last
    // perhaps shorter.
    struct Arrived {
        const char* data = nullptr;
        uint32_t left = 0, segment = 0;
        uint64_t arrival_ns = 0;
        Address from;
    };
    struct TxSlot {
        alignas(cmsghdr) std::array<char, kTxControl> control;
        sockaddr_storage to;
        uint32_t packets;
    };

    bool next_segment(RxPacket& out);
    bool may_join(const TxPacket& first, const TxPacket& next, uint32_t packets) const;
    uint32_t joinable(std::span<const TxPacket> batch, std::span<const uint32_t> order) const;
    uint32_t build(std::span<const TxPacket> batch, std::span<const uint32_t> order);
    void fill(uint32_t slot, const TxPacket& first, iovec* parts, uint32_t packets);
    uint32_t send_in_order(std::span<const TxPacket> batch, std::span<const uint32_t> order, SendResult& result);
    bool refuse_gso(int error, uint32_t packets, uint32_t length);

    UdpSocket socket_;
    StampClock stamps_;
    uint64_t drops_ = 0;
    uint32_t last_drops_ = 0;  // the kernel's counter, which wraps
    uint32_t gso_limit_;       // longest segment that the kernel took or may take; 0: no GSO
    std::array<Arrived, kMessages> arrived_{};
    uint32_t n_arrived_ = 0, next_arrived_ = 0;
    std::vector<TxSlot> tx_;
    std::array<mmsghdr, kMessages> tx_headers_{};
    std::vector<iovec> parts_;
    SendOrder order_;
    std::vector<TxPacket> rearranged_;
    std::vector<Address> refusals_;
};

Result<std::unique_ptr<Transport>> open_udp_mmsg(const TransportConfig&);
// Fails with the errno of the kernel where that does not allow it, or is older than 6.1.
Result<std::unique_ptr<Transport>> open_udp_uring(const TransportConfig&);

}  // namespace gsp::rt
