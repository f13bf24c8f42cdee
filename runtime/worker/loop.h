// SPDX-License-Identifier: Apache-2.0
// Runs a worker on the system's clock and network: waits on Asio for the socket, the next timer, signals, keys and the
// control socket; gathers work for a bounded time under load (docs/performance.md). One thread, but for post() and wake().
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "runtime/base/clock.h"
#include "runtime/base/result.h"
#include "runtime/transport/transport.h"
#include "runtime/worker/worker.h"

namespace boost::asio {
class io_context;
}

namespace gsp::rt {

class Loop {
public:
    // `alone`: no other thread will ever call post() or wake().
    Loop(Clock&, uint64_t gather_ns, bool alone = true);
    ~Loop();

    void wait_for(Transport&);  // its descriptor; it must outlive run()

    // Calls f every period_ns until the run ends (screens, CSV rows).
    void every(uint64_t period_ns, std::function<void()> f);
    // Calls f(signal) on the loop's thread.
    void on_signals(std::initializer_list<int> signals, std::function<void(int)> f);
    // Calls f(bytes) when `fd` (a terminal, a pipe) has input; ends silently at end of file. The descriptor stays the
    // caller's.
    void on_input(int fd, std::function<void(std::string_view)> f);
    // A UDP control socket; f gets each datagram. Port 0: the first free one of 8888…8947; returns the port.
    Result<uint16_t> on_control(const std::string& ip, uint16_t port, std::function<void(std::string_view)> f);

    boost::asio::io_context& io();  // for the sockets of others
    void poll_always();             // … in every turn, also under load

    // From the beginning of the worker's plan to its end, when worker.finished(), or stop().
    void run(Worker&, uint64_t plan_ns);
    void run();         // without a worker, until stop()
    void stop();        // ends run() after the current turn
    // Called once on the loop's thread, when its worker has begun to quit by itself.
    void on_quit(std::function<void()> f);

    // ---- From any thread.
    // Calls f between turns, on the loop's thread while that is in run(), else here.
    void post(std::function<void()> f);
    void wake();  // another turn, soon

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace gsp::rt
