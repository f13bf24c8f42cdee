// SPDX-License-Identifier: Apache-2.0
// Receiving UDP: room for datagrams, and what the kernel says beside them. Private to runtime/transport.
#pragma once
#include <netinet/udp.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include <cstring>
#include <new>

#include "runtime/transport/stamp_clock.h"

namespace gsp::rt {

// Address space for the received; pages come into being when the kernel first writes to them.
class DatagramBuffers {
public:
    static constexpr uint32_t kSize = 65536;
    // `each`: bytes, at least kSize
    explicit DatagramBuffers(uint32_t count, size_t each = kSize) : each_(each), size_(size_t{count} * each) {
        void* map = mmap(nullptr, size_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        if (map == MAP_FAILED) throw std::bad_alloc();
        base_ = static_cast<char*>(map);
    }
    ~DatagramBuffers() { munmap(base_, size_); }
    DatagramBuffers(const DatagramBuffers&) = delete;
    DatagramBuffers& operator=(const DatagramBuffers&) = delete;
    char* at(uint32_t index) const { return base_ + size_t{index} * each_; }

private:
    size_t each_, size_;
    char* base_;
};

struct DatagramControl {
    static constexpr size_t kRoom =
        CMSG_SPACE(sizeof(timespec)) + CMSG_SPACE(sizeof(uint32_t)) + CMSG_SPACE(sizeof(int));

    uint64_t arrival_ns;
    uint32_t segment = 0;  // GRO: length of the joined datagrams; 0: it is one
    uint32_t drops = 0;    // the socket's counter, which wraps
    bool tells_drops = false;

    DatagramControl(msghdr& header, const StampClock& clock, uint64_t now_ns) : arrival_ns(now_ns) {
        for (cmsghdr* c = CMSG_FIRSTHDR(&header); c; c = CMSG_NXTHDR(&header, c)) {
            if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_TIMESTAMPNS) {
                timespec stamp;
                std::memcpy(&stamp, CMSG_DATA(c), sizeof stamp);
                arrival_ns = clock.on_run_clock(stamp, now_ns);
            } else if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SO_RXQ_OVFL) {
                std::memcpy(&drops, CMSG_DATA(c), sizeof drops);
                tells_drops = true;
            } else if (c->cmsg_level == SOL_UDP && c->cmsg_type == UDP_GRO) {
                int length;
                std::memcpy(&length, CMSG_DATA(c), sizeof length);
                if (length > 0) segment = static_cast<uint32_t>(length);
            }
        }
    }
};

}  // namespace gsp::rt
