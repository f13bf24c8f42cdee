// SPDX-License-Identifier: Apache-2.0
#include "runtime/transport/steering.h"

#include <cstring>
#include <utility>

namespace gsp::rt {

class SteeredTransport final : public Transport {
public:
    SteeredTransport(Steering& all, uint32_t own, std::unique_ptr<Transport> inner)
        : all_(all), own_(own), inner_(std::move(inner)), handed_(all.n_) {}

    Address local() const override { return inner_->local(); }
    uint32_t receive(std::span<RxPacket> out, uint64_t now_ns) override;
    bool gives_all() const override { return false; }
    void end_turn() override { inner_->end_turn(); }
    SendResult send(std::span<TxPacket> batch) override { return inner_->send(batch); }
    int fd() const override { return inner_->fd(); }
    uint32_t open_sockets() const override { return inner_->open_sockets(); }
    uint64_t kernel_drops() const override { return inner_->kernel_drops(); }
    uint64_t handover_drops() const override { return drops_; }
    Address local(ConnId conn) const override { return inner_->local(conn); }
    bool alive(ConnId conn) const override { return inner_->alive(conn); }
    void shut_down() override { inner_->shut_down(); }

private:
    struct Handed {  // a datagram in a ring; its bytes follow
        uint64_t arrival_ns;
        Address from;
        ConnId conn;
        uint32_t len;
    };
    uint32_t take_handed(std::span<RxPacket> out);
    uint32_t keep_own(std::span<RxPacket> received);
    void hand_over(const RxPacket&, uint32_t owner);

    Steering& all_;
    const uint32_t own_;
    std::unique_ptr<Transport> inner_;
    std::vector<char> handed_;  // by worker: something new is in its ring
    uint64_t drops_ = 0;
};

uint32_t SteeredTransport::take_handed(std::span<RxPacket> out) {
    uint32_t n = 0;
    for (uint32_t from = 0; from < all_.n_; ++from) {
        ByteRing& ring = all_.ring(from, own_);
        ring.release();
        while (n < out.size()) {
            const char* const block = ring.next();
            if (!block) break;
            const Handed& h = *reinterpret_cast<const Handed*>(block);
            out[n++] = {block + sizeof h, h.len, h.arrival_ns, h.from, h.conn};
        }
    }
    return n;
}

void SteeredTransport::hand_over(const RxPacket& packet, uint32_t owner) {
    ByteRing& ring = all_.ring(own_, owner);
    char* const room = ring.reserve(sizeof(Handed) + packet.len);
    handed_[owner] = 1;
    if (!room) {
        ++drops_;
        return;
    }
    const Handed& h = *new (room) Handed{packet.arrival_ns, packet.from, packet.conn, packet.len};
    std::memcpy(room + sizeof h, packet.data, packet.len);
    ring.commit();
}

uint32_t SteeredTransport::keep_own(std::span<RxPacket> received) {
    uint32_t kept = 0;
    for (const RxPacket& packet : received) {
        const uint32_t owner = all_.owner_({packet.data, packet.len});
        if (owner == own_ || owner == Steering::kNobody)
            received[kept++] = packet;
        else
            hand_over(packet, owner);
    }
    for (uint32_t to = 0; to < all_.n_; ++to)
        if (std::exchange(handed_[to], 0)) all_.wake_[to]();
    return kept;
}

uint32_t SteeredTransport::receive(std::span<RxPacket> out, uint64_t now_ns) {
    uint32_t n = take_handed(out);
    while (n < out.size()) {
        const std::span<RxPacket> room = out.subspan(n);
        const uint32_t received = inner_->receive(room, now_ns);
        const uint32_t kept = keep_own(room.first(received));
        n += kept;
        if (kept || received < room.size()) break;  // what is kept is valid until the inner one receives again
    }
    return n;
}

Steering::Steering(uint32_t workers, Owner owner, size_t ring_bytes)
    : n_(workers), owner_(std::move(owner)), wake_(workers) {
    for (uint32_t i = 0; i < workers * workers; ++i) rings_.push_back(std::make_unique<ByteRing>(ring_bytes));
}

std::unique_ptr<Transport> Steering::steer(uint32_t worker, std::unique_ptr<Transport> inner,
                                           std::function<void()> wake) {
    wake_[worker] = std::move(wake);
    return std::make_unique<SteeredTransport>(*this, worker, std::move(inner));
}

}  // namespace gsp::rt
