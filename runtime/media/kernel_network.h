// SPDX-License-Identifier: Apache-2.0
// The system's UDP sockets for streams and for -rtp_echo. The media thread's alone; see rtp_network.h.
#pragma once
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <unordered_map>
#include <vector>

#include "runtime/base/clock.h"
#include "runtime/config.h"
#include "runtime/media/ice_link.h"
#include "runtime/media/media_counts.h"
#include "runtime/media/media_hub.h"
#include "runtime/media/rtp_network.h"
#include "runtime/media/rtp_socket.h"

namespace gsp::rt {

class KernelNetwork final : public RtpNetwork {
public:
    // `media`: the address of shared sockets. `waker`: a descriptor that wait() also returns for; the caller's.
    // `echoes`: the echo is switched on; any thread's.
    KernelNetwork(const Address& media, const MediaConfig&, Clock&, MediaCounts&, int waker,
                  const std::atomic<bool>& echoes, MediaHub&, MediaHub::Lane);
    ~KernelNetwork() override;
    void echo(EchoSockets&&);
    void use_ice(IceLink* link) { ice_ = link; }  // before the first packet to a relay_socket()

    RtpRefused send(std::span<const RtpPacket>) override;
    void take(int socket, uint32_t stream, bool rtcp) override;
    void close(int socket) override;
    int shared_socket(uint16_t port) override;
    Address local(int socket) override;

    // Waits for datagrams, the waker, or so long, and takes the datagrams: echoes them, or calls received().
    // `timeout_ns` UINT64_MAX: as long as it takes. Under load it takes what is there, and then waits a millisecond at
    // most, whatever comes.
    using Received = std::function<void(const RtpArrival&)>;
    void wait(uint64_t timeout_ns, const Received& received);

private:
    enum class Use : uint8_t { Waker, Stream, Rtcp, Shared, EchoFirst, EchoSecond };
    struct Socket {
        int fd = -1;  // none
        Use use = Use::Waker;
        uint32_t stream = 0;
        Address local{};  // once it was asked for
    };
    struct Room;  // for received datagrams
    void add(Socket);
    uint32_t take(uint64_t timeout_ns, const Received&);  // how many sockets had something
    bool send_one(const RtpPacket&);                      // false: refused
    void read(const Socket&, const Received&);
    void read_waker(int fd, const Received&);
    void echo_back(const Socket&, uint32_t n);
    bool relay(const RtpPacket&);

    const Address media_;
    const MediaConfig& config_;
    Clock& clock_;
    MediaCounts& counts_;
    const std::atomic<bool>& echoes_;
    bool echoes_itself_ = false, gathers_ = false;
    uint64_t window_ns_ = 0;  // a millisecond begins …
    uint32_t in_window_ = 0;  // … in which so much has come
    MediaHub& hub_;
    const MediaHub::Lane lane_;
    int epoll_;
    std::vector<Socket> sockets_;  // by descriptor
    struct {
        uint64_t run_ns = 0, wall_ns = 0;          // on the clock of the run, and the wall clock, at the same time
    } now_;                                        // when wait() had something
    std::unordered_map<uint16_t, int> in_common_;  // the hub's, by the port that was asked for
    std::unique_ptr<Room> room_;
    IceLink* ice_ = nullptr;
};

}  // namespace gsp::rt
