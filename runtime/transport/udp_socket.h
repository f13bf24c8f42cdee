// SPDX-License-Identifier: Apache-2.0
// A bound, non-blocking UDP socket with what the runtime wants switched on. Private to runtime/transport. Errors name
// address and cause.
#pragma once
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "runtime/transport/transport.h"

namespace gsp::rt {

inline std::optional<Address> pop(std::vector<Address>& all) {
    if (all.empty()) return {};
    const Address last = all.back();
    all.pop_back();
    return last;
}

class UdpSocket {
public:
    static Result<UdpSocket> open(const TransportConfig&);
    UdpSocket(UdpSocket&& other) noexcept
        : fd_(std::exchange(other.fd_, -1)),
          local_(other.local_),
          gso_(other.gso_),
          gro_(other.gro_),
          tells_refusals_(other.tells_refusals_),
          shortage_(std::move(other.shortage_)) {}
    UdpSocket& operator=(UdpSocket&&) = delete;
    ~UdpSocket();

    int fd() const { return fd_; }
    const Address& local() const { return local_; }
    bool gso() const { return gso_; }  // asked for and known to the kernel
    bool gro() const { return gro_; }
    // What the kernel has dropped since its counter, which wraps, stood at `last`.
    uint32_t drops_since(uint32_t last) const;
    const std::string& shortage() const { return shortage_; }  // a line: buffers that are smaller than asked for
    // Sending to `to` failed with this error. True: it is what became of an earlier datagram, so try again. Adds whom
    // none came through to.
    bool is_of_an_earlier(int error, const Address& to, std::vector<Address>& refusals) const;
    // What became of earlier datagrams, which the socket reports as an error of whatever is done next.
    void take_refusals(std::vector<Address>&) const;

private:
    explicit UdpSocket(int fd) : fd_(fd) {}
    Result<void> bind_to(const TransportConfig&);
    Result<void> set_options(const TransportConfig&);

    int fd_;
    Address local_;
    bool gso_ = false, gro_ = false, tells_refusals_ = false;
    std::string shortage_;
};

}  // namespace gsp::rt
