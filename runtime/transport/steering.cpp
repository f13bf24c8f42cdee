// SPDX-License-Identifier: Apache-2.0
#include "runtime/transport/steering.h"

#include <cstring>
#include <deque>
#include <unordered_map>
#include <utility>

namespace gsp::rt {

namespace {

struct Block {  // in a ring; its bytes follow
    enum class Kind : uint8_t {
        Received,
        ToSend,
        Ended,  // a connection; the bytes say why
    } kind;
    bool ends_calls = false, orderly = false, refused = false;  // Ended
    uint32_t len = 0;
    ConnId conn = kMainConn;
    uint32_t call = TxPacket::kNoCall;  // ToSend
    uint64_t arrival_ns = 0;            // Received
    uint64_t number = 0;                // Ended
    Address peer{}, local{};            // where from or where to; Received: the local address of the connection
};

}  // namespace

class SteeredTransport final : public Transport {
public:
    SteeredTransport(Steering& all, uint32_t own, std::unique_ptr<Transport> inner)
        : all_(all), own_(own), inner_(std::move(inner)), told_(all.n_) {}

    Address local() const override { return inner_->local(); }
    uint32_t receive(std::span<RxPacket> out, uint64_t now_ns) override;
    bool gives_all() const override { return false; }
    void before_wait() override { inner_->before_wait(); }
    SendResult send(std::span<TxPacket> batch) override;
    int fd() const override { return inner_->fd(); }
    uint32_t open_sockets() const override { return inner_->open_sockets(); }
    uint64_t kernel_drops() const override { return inner_->kernel_drops(); }
    uint64_t handover_drops() const override { return drops_; }
    std::string notice() const override { return inner_->notice(); }
    std::optional<Address> next_refusal() override { return inner_->next_refusal(); }
    bool has_connections() const override { return inner_->has_connections(); }
    Result<ConnId> open(const Address& peer, const Address& from) override { return inner_->open(peer, from); }
    void close(ConnId conn) override {
        if (is_own(conn)) inner_->close(conn);
    }
    Address local(ConnId conn) const override;
    bool alive(ConnId conn) const override { return is_own(conn) ? inner_->alive(conn) : others_.contains(conn); }
    bool has_room(ConnId conn) const override { return !is_own(conn) || inner_->has_room(conn); }
    uint64_t congested_ns(ConnId conn, uint64_t now_ns) const override {
        return is_own(conn) ? inner_->congested_ns(conn, now_ns) : 0;
    }
    std::optional<Disconnect> next_disconnect() override;
    uint64_t reconnections() const override { return inner_->reconnections(); }
    bool all_sent() const override;
    void shut_down() override { inner_->shut_down(); }

private:
    bool is_own(ConnId conn) const { return conn == kMainConn || conn == kNoConn || seat_of(conn, all_.n_) == own_; }
    uint32_t take_handed(std::span<RxPacket> out);
    void take(const Block&, const char* bytes);
    uint32_t keep_own(std::span<RxPacket> received);
    bool hand_over(uint32_t to, const Block&, const char* bytes);
    void wake_told();

    Steering& all_;
    const uint32_t own_;
    std::unique_ptr<Transport> inner_;
    std::vector<char> told_;  // by worker: something new is in its ring
    std::vector<TxPacket> to_send_;
    std::unordered_map<ConnId, Address> others_;  // local addresses of their connections that messages came from
    std::deque<Disconnect> ended_;                // … those that have ended
    uint64_t drops_ = 0;
};

Address SteeredTransport::local(ConnId conn) const {
    if (is_own(conn)) return inner_->local(conn);
    const auto found = others_.find(conn);
    return found == others_.end() ? local() : found->second;
}

bool SteeredTransport::hand_over(uint32_t to, const Block& block, const char* bytes) {
    char* const room = all_.way(own_, to).ring.reserve(sizeof block + block.len);
    told_[to] = 1;
    if (!room) return ++drops_, false;
    std::memcpy(room, &block, sizeof block);
    std::memcpy(room + sizeof block, bytes, block.len);
    all_.way(own_, to).ring.commit();
    return true;
}

void SteeredTransport::wake_told() {
    for (uint32_t to = 0; to < all_.n_; ++to)
        if (std::exchange(told_[to], 0)) all_.wake_[to]();
}

void SteeredTransport::take(const Block& block, const char* bytes) {
    if (block.kind == Block::Kind::ToSend) {
        to_send_.push_back({bytes, block.len, block.peer, block.call, block.conn});
        return;
    }
    others_.erase(block.conn);
    ended_.push_back({.conn = block.conn,
                      .orderly = block.orderly,
                      .refused = block.refused,
                      .ends_calls = block.ends_calls,
                      .ends_run = false,
                      .why = {bytes, block.len},
                      .elsewhere = true,
                      .counted = &all_.counted(block.number),
                      .number = block.number});
}

// What others have for this one. It stays in their rings until the next time.
uint32_t SteeredTransport::take_handed(std::span<RxPacket> out) {
    uint32_t n = 0;
    for (uint32_t from = 0; from < all_.n_; ++from) {
        Steering::Way& way = all_.way(from, own_);
        way.ring.release();
        while (n < out.size()) {
            const char* const at = way.ring.next();
            if (!at) break;
            const Block& block = *reinterpret_cast<const Block*>(at);
            const char* const bytes = at + sizeof block;
            if (block.kind != Block::Kind::Received) {
                take(block, bytes);
                continue;
            }
            if (block.conn != kMainConn) others_.insert_or_assign(block.conn, block.local);
            out[n++] = {bytes, block.len, block.arrival_ns, block.peer, block.conn};
        }
        if (to_send_.empty()) continue;
        drops_ += to_send_.size() - inner_->send(to_send_).sent;
        way.sent.fetch_add(to_send_.size(), std::memory_order_release);
        to_send_.clear();
        if (all_.awaited_.load(std::memory_order_acquire)) all_.wake_[from]();
    }
    return n;
}

uint32_t SteeredTransport::keep_own(std::span<RxPacket> received) {
    uint32_t kept = 0;
    for (const RxPacket& packet : received) {
        const uint32_t owner = all_.owner_({packet.data, packet.len});
        if (owner == own_ || owner == Steering::kNobody)
            received[kept++] = packet;
        else
            hand_over(owner,
                      {.kind = Block::Kind::Received,
                       .len = packet.len,
                       .conn = packet.conn,
                       .arrival_ns = packet.arrival_ns,
                       .peer = packet.from,
                       .local = inner_->local(packet.conn)},
                      packet.data);
    }
    wake_told();
    return kept;
}

uint32_t SteeredTransport::receive(std::span<RxPacket> out, uint64_t now_ns) {
    uint32_t n = take_handed(out);
    while (n < out.size()) {
        const std::span<RxPacket> room = out.subspan(n);
        const uint32_t received = inner_->receive(room, now_ns);
        const uint32_t kept = keep_own(room.first(received));
        n += kept;
        // What is kept is valid until the inner one receives again.
        if (kept || received == 0 || (received < room.size() && inner_->gives_all())) break;
    }
    return n;
}

SendResult SteeredTransport::send(std::span<TxPacket> batch) {
    uint32_t lost = 0;
    size_t own = batch.size();  // from here on
    for (const TxPacket& packet : batch) {
        if (is_own(packet.conn)) continue;
        --own;
        const uint32_t to = seat_of(packet.conn, all_.n_);
        const Block block{.kind = Block::Kind::ToSend,
                          .len = packet.len,
                          .conn = packet.conn,
                          .call = packet.call,
                          .peer = packet.to};
        if (hand_over(to, block, packet.data))
            ++all_.way(own_, to).to_send;
        else
            ++lost;
    }
    const auto others = static_cast<uint32_t>(batch.size() - own);
    if (!others) return inner_->send(batch);
    wake_told();
    for (size_t i = batch.size(), to = batch.size(); i-- > 0;)
        if (is_own(batch[i].conn)) std::swap(batch[--to], batch[i]);
    SendResult result = inner_->send(batch.subspan(others));
    result.sent += others;
    result.errors += lost;
    if (lost) result.last_error = ENOBUFS;
    return result;
}

std::optional<Disconnect> SteeredTransport::next_disconnect() {
    if (std::optional<Disconnect> end = inner_->next_disconnect()) {
        end->number = all_.ends_.fetch_add(1, std::memory_order_relaxed) + 1;
        end->counted = &all_.counted(end->number);
        const Block block{.kind = Block::Kind::Ended,
                          .ends_calls = end->ends_calls,
                          .orderly = end->orderly,
                          .refused = end->refused,
                          .len = static_cast<uint32_t>(end->why.size()),
                          .conn = end->conn,
                          .number = end->number};
        for (uint32_t to = 0; to < all_.n_; ++to)
            if (to != own_) hand_over(to, block, end->why.data());
        wake_told();
        return end;
    }
    if (ended_.empty()) return {};
    Disconnect end = std::move(ended_.front());
    ended_.pop_front();
    return end;
}

bool SteeredTransport::all_sent() const {
    for (uint32_t to = 0; to < all_.n_; ++to) {
        const Steering::Way& way = *all_.ways_[own_ * all_.n_ + to];
        if (way.to_send == way.sent.load(std::memory_order_acquire)) continue;
        all_.awaited_.store(true, std::memory_order_release);
        if (way.to_send != way.sent.load(std::memory_order_acquire)) return false;
    }
    return inner_->all_sent();
}

Steering::Steering(uint32_t workers, Owner owner, size_t ring_bytes)
    : n_(workers), owner_(std::move(owner)), wake_(workers) {
    for (uint32_t i = 0; i < workers * workers; ++i) ways_.push_back(std::make_unique<Way>(ring_bytes));
}

std::unique_ptr<Transport> Steering::steer(uint32_t worker, std::unique_ptr<Transport> inner,
                                           std::function<void()> wake) {
    wake_[worker] = std::move(wake);
    return std::make_unique<SteeredTransport>(*this, worker, std::move(inner));
}

}  // namespace gsp::rt
