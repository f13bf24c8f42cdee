// SPDX-License-Identifier: Apache-2.0
#include <utility>

#include "runtime/worker/loop.h"

#include <time.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/udp.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <mutex>
#include <vector>

#include "runtime/base/timer_wheel.h"

namespace gsp::rt {

namespace asio = boost::asio;
using boost::system::error_code;

namespace {

// How busy the last moments were: decides whether waiting for more work than the first datagram pays.
class Traffic {
public:
    void note(uint64_t now_ns, uint32_t handled) {
        handled_ += handled;
        if (now_ns < window_end_ns_) return;
        // A window that ended long ago tells nothing about now.
        per_window_ = now_ns < window_end_ns_ + kWindow ? handled_ : 0;
        handled_ = 0;
        window_end_ns_ = now_ns + kWindow;
    }
    // At least two pieces of work are to be expected in that time.
    bool frequent(uint64_t within_ns) const { return per_window_ * within_ns >= 2 * kWindow; }

private:
    static constexpr uint64_t kWindow = 10 * kMillisecond;
    uint64_t handled_ = 0, per_window_ = 0, window_end_ns_ = 0;
};

struct Periodic {
    asio::steady_timer timer;
    std::chrono::nanoseconds period;
    std::function<void()> call;
};

struct Input {
    asio::posix::stream_descriptor file;
    std::function<void(std::string_view)> call;
    std::array<char, 4096> bytes;
};

struct Control {
    asio::ip::udp::socket socket;
    std::function<void(std::string_view)> call;
    asio::ip::udp::endpoint from;
    std::array<char, 4096> bytes;
};

struct Signals {
    asio::signal_set set;
    std::function<void(int)> call;
};

}  // namespace

struct Loop::Impl {
    Impl(Clock& c, uint64_t gather, bool alone)
        : clock(c), gather_ns(gather), io(alone ? BOOST_ASIO_CONCURRENCY_HINT_UNSAFE : 1), socket(io) {}
    ~Impl() {
        if (socket.is_open()) socket.release();  // the transport closes it
        for (auto& input : inputs) input->file.release();
    }

    void run(Worker&, uint64_t plan_ns);
    void run_alone();
    void begin();
    void end();
    void begin_turn() {
        if (woken.load(std::memory_order_relaxed)) woken.store(false, std::memory_order_seq_cst);
    }
    void take_posted();
    void wait_until(uint64_t due_ns, uint64_t now_ns);
    bool over(const Worker& worker) const { return worker.finished() || worker.stop_now() || !worker.fatal().empty(); }
    void wait_for_socket(const Worker&);
    void look_once_more(Worker&);
    void sleep_or_wait(Worker&, uint64_t turn_started_ns, uint32_t handled);
    void repeat(Periodic&);
    void read(Input&);
    void read(Control&);
    void wait(Signals&);

    Clock& clock;
    uint64_t gather_ns;
    uint64_t poll_every_ns = 5 * kMillisecond;  // signals, keys and timers must not starve under load
    asio::io_context io;                        // without locks, if there is one thread only
    asio::posix::stream_descriptor socket;
    bool reading = false, writing = false;  // a wait for it is pending
    bool stopped = false;
    bool told_quit = false;
    std::function<void()> on_quit;
    std::mutex posting;  // guards what follows
    bool running = false;
    std::vector<std::function<void()>> posted;
    std::atomic<bool> has_posted{false};
    // wake() sets woken, and ends the wait if there is one; begin_turn() takes note of it.
    std::atomic<bool> woken{false}, waits{false};
    bool gathered = false;  // the last turn came after a time of gathering
    uint64_t polled_ns = 0, no_gathering_before_ns = 0;
    Traffic traffic;
    std::vector<std::unique_ptr<Periodic>> periodics;
    std::vector<std::unique_ptr<Input>> inputs;
    std::vector<std::unique_ptr<Control>> controls;
    std::vector<std::unique_ptr<Signals>> signals;
};

Loop::Loop(Clock& clock, uint64_t gather_ns, bool alone) : impl_(std::make_unique<Impl>(clock, gather_ns, alone)) {}
Loop::~Loop() = default;

void Loop::wait_for(Transport& transport) {
    error_code ignored;
    if (transport.fd() >= 0) impl_->socket.assign(transport.fd(), ignored);  // else it polls the io_context itself
}

asio::io_context& Loop::io() {
    return impl_->io;
}
void Loop::poll_always() {
    impl_->poll_every_ns = 0;
}
void Loop::run(Worker& worker, uint64_t plan_ns) {
    impl_->run(worker, plan_ns);
}
void Loop::run() {
    impl_->run_alone();
}
void Loop::stop() {
    impl_->stopped = true;
}
void Loop::on_quit(std::function<void()> f) {
    impl_->on_quit = std::move(f);
}

void Loop::post(std::function<void()> f) {
    {
        const std::lock_guard lock(impl_->posting);
        if (!impl_->running) return f();
        impl_->posted.push_back(std::move(f));
        impl_->has_posted.store(true, std::memory_order_release);
    }
    wake();
}

void Loop::wake() {
    impl_->woken.store(true, std::memory_order_seq_cst);
    if (impl_->waits.exchange(false, std::memory_order_seq_cst)) asio::post(impl_->io, [] {});
}

void Loop::Impl::begin() {
    const std::lock_guard lock(posting);
    running = true;
}

void Loop::Impl::end() {
    const std::lock_guard lock(posting);
    running = false;
    for (const auto& f : std::exchange(posted, {})) f();
}

void Loop::Impl::take_posted() {
    if (!has_posted.load(std::memory_order_acquire)) return;
    std::vector<std::function<void()>> taken;
    {
        const std::lock_guard lock(posting);
        taken.swap(posted);
        has_posted.store(false, std::memory_order_relaxed);
    }
    for (const auto& f : taken) f();
}

void Loop::Impl::run(Worker& worker, uint64_t plan_ns) {
    begin();
    worker.begin_plan(plan_ns);
    while (!stopped && !over(worker)) {
        begin_turn();
        uint64_t started = clock.read_ns();
        uint32_t handled = worker.turn();
        if (on_quit && !told_quit && worker.quitting() != Quit::No) {
            told_quit = true;
            on_quit();
        }
        take_posted();
        if (over(worker)) break;
        sleep_or_wait(worker, started, handled);
    }
    if (!stopped && worker.may_hear_more()) look_once_more(worker);
    worker.close_plan();
    end();
}

void Loop::Impl::run_alone() {
    begin();
    while (!stopped) {
        if (io.stopped()) io.restart();
        wait_until(TimerWheel::kNever, 0);
        begin_turn();
        take_posted();
    }
    end();
}

// SIPp sends in one round of its loop and ends in the next, behind another look at the network: a repetition of what
// was answered last is counted (DeadCallMsgs).
void Loop::Impl::look_once_more(Worker& worker) {
    constexpr timespec kWait{0, static_cast<long>(kMillisecond)};
    clock_nanosleep(CLOCK_MONOTONIC, 0, &kWait, nullptr);
    worker.turn();
}

void Loop::Impl::wait_for_socket(const Worker& worker) {
    if (!socket.is_open()) return;
    if (!reading) {
        reading = true;
        socket.async_wait(asio::posix::descriptor_base::wait_read, [this](error_code) { reading = false; });
    }
    if (!writing && worker.wants_write()) {
        writing = true;
        socket.async_wait(asio::posix::descriptor_base::wait_write, [this](error_code) { writing = false; });
    }
}

void Loop::Impl::sleep_or_wait(Worker& worker, uint64_t turn_started_ns, uint32_t handled) {
    constexpr uint64_t kCooldown = 50 * kMillisecond;  // after a time of gathering that brought nothing
    uint64_t now = clock.read_ns(), due = worker.next_due_ns();
    traffic.note(now, handled);
    if (io.stopped()) io.restart();
    bool long_turn = now - turn_started_ns > gather_ns;
    if (gathered && handled < 2) no_gathering_before_ns = now + kCooldown;
    const bool left_behind = due < turn_started_ns;  // the turn had not fuel enough for all that was due
    gathered = handled && !left_behind && !long_turn && now >= no_gathering_before_ns && traffic.frequent(gather_ns) &&
               !worker.wants_write();
    if (gathered) {
        // Work comes steadily: take it in bulk instead of waking up for the first datagram. Timers have ticks of a
        // millisecond anyway.
        timespec gap{static_cast<time_t>(gather_ns / kSecond), static_cast<long>(gather_ns % kSecond)};
        clock_nanosleep(CLOCK_MONOTONIC, 0, &gap, nullptr);
        now = clock.read_ns();
    } else if (due > now && !(handled && long_turn)) {
        worker.before_wait();
        wait_for_socket(worker);
        wait_until(due, now);
        polled_ns = 0;
    }
    if (now < polled_ns + poll_every_ns) return;
    polled_ns = now;
    if (io.stopped()) io.restart();
    io.poll();
}

void Loop::Impl::wait_until(uint64_t due_ns, uint64_t now_ns) {
    waits.store(true, std::memory_order_seq_cst);
    if (!woken.load(std::memory_order_seq_cst)) {
        if (due_ns == TimerWheel::kNever)
            io.run_one();
        else
            io.run_one_for(std::chrono::nanoseconds(due_ns - now_ns));
    }
    waits.store(false, std::memory_order_relaxed);
}

void Loop::Impl::repeat(Periodic& p) {
    p.timer.async_wait([this, &p](error_code error) {
        if (error) return;
        p.call();
        p.timer.expires_at(std::max(p.timer.expiry() + p.period, std::chrono::steady_clock::now()));
        repeat(p);
    });
}

void Loop::every(uint64_t period_ns, std::function<void()> f) {
    std::chrono::nanoseconds period(std::max<uint64_t>(period_ns, kMillisecond));
    impl_->periodics.push_back(
        std::make_unique<Periodic>(Periodic{asio::steady_timer(impl_->io, period), period, std::move(f)}));
    impl_->repeat(*impl_->periodics.back());
}

void Loop::Impl::wait(Signals& s) {
    s.set.async_wait([this, &s](error_code error, int signal) {
        if (error) return;
        s.call(signal);
        wait(s);
    });
}

void Loop::on_signals(std::initializer_list<int> signals, std::function<void(int)> f) {
    impl_->signals.push_back(std::unique_ptr<Signals>(new Signals{asio::signal_set(impl_->io), std::move(f)}));
    error_code ignored;
    for (int signal : signals) impl_->signals.back()->set.add(signal, ignored);
    impl_->wait(*impl_->signals.back());
}

void Loop::Impl::read(Input& input) {
    input.file.async_read_some(asio::buffer(input.bytes), [this, &input](error_code error, size_t n) {
        if (error || n == 0) return;
        input.call({input.bytes.data(), n});
        read(input);
    });
}

void Loop::on_input(int fd, std::function<void(std::string_view)> f) {
    auto input = std::make_unique<Input>(Input{asio::posix::stream_descriptor(impl_->io), std::move(f), {}});
    error_code error;
    input->file.assign(fd, error);
    if (error) return;  // a plain file or /dev/null: nothing will come
    impl_->read(*input);
    impl_->inputs.push_back(std::move(input));
}

void Loop::Impl::read(Control& control) {
    control.socket.async_receive_from(asio::buffer(control.bytes), control.from,
                                      [this, &control](error_code error, size_t n) {
                                          if (error == asio::error::operation_aborted) return;
                                          if (!error) control.call({control.bytes.data(), n});
                                          read(control);
                                      });
}

Result<uint16_t> Loop::on_control(const std::string& ip, uint16_t port, std::function<void(std::string_view)> f) {
    constexpr uint16_t kFirst = 8888, kLast = 8947;  // SIPp's
    error_code error;
    asio::ip::address address =
        ip.empty() ? asio::ip::address(asio::ip::address_v4::any()) : asio::ip::make_address(ip, error);
    if (error) return Error{"control address " + ip + ": " + error.message(), error.value()};
    uint16_t first = port ? port : kFirst, last = port ? port : kLast;
    for (uint16_t p = first; p <= last; ++p) {
        asio::ip::udp::socket socket(impl_->io);
        socket.open(address.is_v6() ? asio::ip::udp::v6() : asio::ip::udp::v4(), error);
        if (!error) socket.bind({address, p}, error);
        if (error) continue;
        impl_->controls.push_back(std::make_unique<Control>(Control{std::move(socket), std::move(f), {}, {}}));
        impl_->read(*impl_->controls.back());
        return p;
    }
    return Error{
        "cannot bind the control socket " + address.to_string() + ":" + std::to_string(first) + ": " + error.message(),
        error.value()};
}

}  // namespace gsp::rt
