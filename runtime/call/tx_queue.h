// SPDX-License-Identifier: Apache-2.0
// Messages on their way out: rendered straight into an arena, handed to the transport in batches. What the socket has
// no room for is kept, up to a bound, and sent first when it is writable again. One worker owns it.
#pragma once
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "runtime/abi/gsp_abi.h"
#include "runtime/stats/counters.h"
#include "runtime/transport/transport.h"

namespace gsp::rt {

class TxQueue {
public:
    TxQueue(Transport&, Counters&, const uint64_t& now_ns);

    // Room for one message: GSP_MAX_MESSAGE bytes. May send what is there to make it.
    char* reserve();
    const char* reserve_end() const { return at_ + GSP_MAX_MESSAGE; }
    // The message [reserve(), end) goes to `to`. Its bytes stay readable until the next reserve().
    void commit(const char* end, const Address& to, uint32_t call, ConnId conn = kMainConn);
    void flush();
    // Closes a connection behind the messages that are on their way to it.
    void close(ConnId);
    bool has_to_close() const { return !closing_.empty(); }

    bool full() const { return waiting_.size() >= kMaxWaiting; }
    int take_error() { return std::exchange(last_error_, 0); }  // errno of the last datagram refused since; 0: none
    bool wants_write() const { return !waiting_.empty(); }
    uint64_t congested_ns() const {
        return waiting_.empty() ? 0 : now_ns_ - congested_since_ns_;
    }  // how long the socket has had no room

private:
    static constexpr size_t kArena = 512 * 1024;
    static constexpr size_t kBatch = 64;
    static constexpr size_t kMaxWaiting = 4096;
    struct Waiting {
        std::string bytes;
        Address to;
        uint32_t call;
        ConnId conn;
    };
    bool send_waiting();  // true: none left
    uint32_t send(std::span<TxPacket>);

    Transport& transport_;
    Counters& counters_;
    const uint64_t& now_ns_;
    uint64_t congested_since_ns_ = 0;
    int last_error_ = 0;
    std::unique_ptr<char[]> arena_;
    char* at_;
    std::vector<TxPacket> batch_;
    std::deque<Waiting> waiting_;
    std::vector<ConnId> closing_;
};

}  // namespace gsp::rt
