// SPDX-License-Identifier: Apache-2.0
// Datagrams wait in the queue of the endpoint they go to, ordered by arrival and, for the same arrival, by sending.
#include "runtime/transport/sim.h"

#include <algorithm>
#include <cerrno>
#include <map>
#include <utility>

#include "runtime/base/timer_wheel.h"
#include "runtime/transport/sockaddr.h"

namespace gsp::rt {

namespace {

constexpr uint16_t kFirstFreePort = 49152;
constexpr uint32_t kLargestDatagram = 65507;

struct Datagram {
    std::string bytes;
    Address from;
};

Address loopback(uint8_t family, uint16_t port) {
    Address address;
    address.family = family;
    address.port = port;
    address.ip[family == 6 ? 15 : 3] = 1;
    if (family == 4) address.ip[0] = 127;
    return address;
}

}  // namespace

class SimTransport final : public Transport {
public:
    SimTransport(SimNetwork& network, const Address& local) : network_(network), local_(local) {}
    ~SimTransport() override;
    Address local() const override { return local_; }
    int fd() const override { return -1; }
    uint32_t receive(std::span<RxPacket> out, uint64_t now_ns) override;
    SendResult send(std::span<TxPacket> batch) override;

private:
    friend class SimNetwork;
    friend struct SimNetwork::Impl;
    SimNetwork& network_;
    Address local_;
    std::map<std::pair<uint64_t, uint64_t>, Datagram> queue_;  // by arrival and sequence
    std::vector<Datagram> handed_out_;
};

struct SimNetwork::Impl {
    explicit Impl(uint64_t seed) : rng(seed) {}

    SimTransport* endpoint(Address address) const {
        auto same = [&](const SimTransport* e) { return e->local_ == address; };
        auto found = std::find_if(endpoints.begin(), endpoints.end(), same);
        if (found == endpoints.end()) {
            std::fill(std::begin(address.ip), std::end(address.ip), uint8_t{0});
            found = std::find_if(endpoints.begin(), endpoints.end(), same);
        }
        return found == endpoints.end() ? nullptr : *found;
    }
    bool is_taken(const Address& address) const {
        return std::any_of(endpoints.begin(), endpoints.end(), [&](const SimTransport* e) {
            bool overlap = e->local_.family == address.family && (is_wildcard(e->local_) || is_wildcard(address));
            return e->local_.port == address.port && (overlap || e->local_ == address);
        });
    }
    void carry(const SimLink& link, uint64_t now_ns, const Address& from, const TxPacket& packet) {
        if (rng.uniform() < link.loss) return;
        int copies = rng.uniform() < link.duplicate ? 2 : 1;
        SimTransport* to = endpoint(packet.to);
        for (int i = 0; i < copies; ++i) {
            uint64_t arrival = now_ns + link.delay_ns + (link.jitter_ns ? rng.below(link.jitter_ns + 1) : 0);
            if (to)
                to->queue_.emplace(std::pair(arrival, sequence++),
                                   Datagram{std::string(packet.data, packet.len), from});
        }
    }

    Rng rng;
    std::vector<SimTransport*> endpoints;
    uint64_t sequence = 0;
};

SimTransport::~SimTransport() {
    std::erase(network_.impl_->endpoints, this);
}

uint32_t SimTransport::receive(std::span<RxPacket> out, uint64_t now_ns) {
    handed_out_.clear();
    handed_out_.reserve(out.size());  // the views must survive what follows
    uint64_t now = std::min(now_ns, network_.clock_.now_ns);
    uint32_t count = 0;
    while (count < out.size() && !queue_.empty() && queue_.begin()->first.first <= now) {
        auto first = queue_.extract(queue_.begin());
        handed_out_.push_back(std::move(first.mapped()));
        const Datagram& datagram = handed_out_.back();
        const uint64_t arrival_ns = first.key().first;
        out[count++] = {datagram.bytes.data(), static_cast<uint32_t>(datagram.bytes.size()),
                        network_.stamp ? std::min(network_.stamp(arrival_ns), now) : arrival_ns, datagram.from};
    }
    return count;
}

SendResult SimTransport::send(std::span<TxPacket> batch) {
    SendResult result;
    Address from = is_wildcard(local_) ? loopback(local_.family, local_.port) : local_;
    for (const TxPacket& packet : batch) {
        ++result.sent;
        int error = packet.to.family != local_.family ? EAFNOSUPPORT : packet.len > kLargestDatagram ? EMSGSIZE : 0;
        if (error) {
            ++result.errors;
            result.last_error = error;
        } else if (!network_.filter || network_.filter(from, packet.to, {packet.data, packet.len})) {
            network_.impl_->carry(network_.link_, network_.clock_.now_ns, from, packet);
        }
    }
    return result;
}

SimNetwork::SimNetwork(ManualClock& clock, uint64_t seed, SimLink link)
    : clock_(clock), link_(link), impl_(std::make_unique<Impl>(seed)) {}

SimNetwork::~SimNetwork() = default;

Result<std::unique_ptr<Transport>> SimNetwork::open(Address local) {
    if (local.family != 4 && local.family != 6) return Error{"cannot open an endpoint: no local address", EAFNOSUPPORT};
    if (local.port == 0) {
        local.port = kFirstFreePort;
        while (local.port != 0 && impl_->is_taken(local)) ++local.port;
        if (local.port == 0) return system_error("cannot bind " + endpoint_text(local), EADDRINUSE);
    }
    if (impl_->is_taken(local)) return system_error("cannot bind " + endpoint_text(local), EADDRINUSE);
    auto endpoint = std::make_unique<SimTransport>(*this, local);
    impl_->endpoints.push_back(endpoint.get());
    return std::unique_ptr<Transport>(std::move(endpoint));
}

uint64_t SimNetwork::next_arrival_ns() const {
    uint64_t next = TimerWheel::kNever;
    for (const SimTransport* endpoint : impl_->endpoints) {
        if (!endpoint->queue_.empty()) next = std::min(next, endpoint->queue_.begin()->first.first);
    }
    return next;
}

}  // namespace gsp::rt
