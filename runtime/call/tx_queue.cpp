// SPDX-License-Identifier: Apache-2.0
#include "runtime/call/tx_queue.h"

#include <algorithm>
#include <array>

namespace gsp::rt {

TxQueue::TxQueue(Transport& transport, Counters& counters, const uint64_t& now_ns)
    : transport_(transport), counters_(counters), now_ns_(now_ns), arena_(new char[kArena]), at_(arena_.get()) {
    batch_.reserve(kBatch);
    closing_.reserve(kBatch);
}

char* TxQueue::reserve() {
    if (batch_.size() >= kBatch || static_cast<size_t>(at_ - arena_.get()) + GSP_MAX_MESSAGE > kArena) flush();
    if (batch_.empty()) at_ = arena_.get();
    return at_;
}

void TxQueue::commit(const char* end, const Address& to, uint32_t call, ConnId conn) {
    const auto size = static_cast<uint32_t>(end - at_);
    batch_.push_back({at_, size, to, call, conn});
    at_ += size;
}

uint32_t TxQueue::send(std::span<TxPacket> packets) {
    SendResult result = transport_.send(packets);
    counters_[Counter::SendErrors] += result.errors;
    counters_[Counter::Congestion] += result.congested;
    if (result.errors) last_error_ = result.last_error;
    return result.sent;
}

bool TxQueue::send_waiting() {
    while (!waiting_.empty()) {
        // One at a time: congestion is rare, and what is left keeps its order.
        TxPacket packet{};
        packet.data = waiting_.front().bytes.data();
        packet.len = static_cast<uint32_t>(waiting_.front().bytes.size());
        packet.to = waiting_.front().to;
        packet.call = waiting_.front().call;
        packet.conn = waiting_.front().conn;
        if (send({&packet, 1}) == 0) return false;
        waiting_.pop_front();
        congested_since_ns_ = now_ns_;
    }
    return true;
}

void TxQueue::flush() {
    size_t sent = 0;
    if (send_waiting() && !batch_.empty()) sent = send(batch_);
    for (size_t i = sent; i < batch_.size(); ++i) {
        ++counters_[Counter::Congestion];
        if (waiting_.empty()) congested_since_ns_ = now_ns_;
        waiting_.push_back({std::string(batch_[i].data, batch_[i].len), batch_[i].to, batch_[i].call, batch_[i].conn});
    }
    batch_.clear();
    if (wants_write()) return;
    for (const ConnId conn : closing_) transport_.close(conn);
    closing_.clear();
}

void TxQueue::close(ConnId conn) {
    closing_.push_back(conn);
    if (batch_.empty()) flush();
}

}  // namespace gsp::rt
