// SPDX-License-Identifier: Apache-2.0
#include "runtime/media/media_thread.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <thread>

#include "runtime/base/signals_blocked.h"
#include "runtime/media/ice_link.h"
#include "runtime/media/kernel_network.h"
#include "runtime/media/punctuality.h"
#include "runtime/media/spsc_ring.h"

namespace gsp::rt {

struct MediaThread::Impl {
    Impl(const Address& media, const MediaConfig& config, Clock& c, MediaCounts& counts, uint64_t seed, int waker,
         const std::shared_ptr<MediaHub>& hub, MediaHub::Lane lane)
        : clock(c),
          waker_fd(waker),
          network(media, config, c, counts, waker, echoes, *hub, lane),
          streams(network, counts, {config.audio_tolerance, config.video_tolerance}, config.check_debug,
                  {config.rtcp, seed, c.epoch_ns()}, hub, lane) {}
    ~Impl() { close(waker_fd); }

    void run();
    void take_ice();
    uint64_t time_to_wait();
    void wake();

    Clock& clock;
    const int waker_fd;
    SpscRing<MediaCommand, 8192> ring;
    std::atomic<bool> asleep{false}, stop{false}, echoes{true};
    // The thread's alone:
    KernelNetwork network;
    Streams streams;
    IceLink* ice = nullptr;  // nullptr: nothing uses it
    std::thread thread;
};

MediaThread::MediaThread() = default;

Result<std::unique_ptr<MediaThread>> MediaThread::start(const Address& media, const MediaConfig& config, Clock& clock,
                                                        MediaCounts& counts, uint64_t seed, EchoSockets&& echo,
                                                        std::shared_ptr<MediaHub> hub, MediaHub::Lane lane) {
    const int waker = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (waker < 0) return system_error("cannot start the media thread", errno);
    std::unique_ptr<MediaThread> made(new MediaThread);
    made->impl_ = std::make_unique<Impl>(media, config, clock, counts, seed, waker, hub, lane);
    Impl& impl = *made->impl_;
    if (echo.first.fd() >= 0) impl.network.echo(std::move(echo));
    const SignalsBlocked blocked;
    impl.thread = std::thread([&impl] { impl.run(); });
    return made;
}

MediaThread::~MediaThread() {
    shut_down();
}

void MediaThread::Impl::run() {
    const KernelNetwork::Received received = [this](const RtpArrival& arrival) { streams.received(arrival); };
    Punctuality punctuality(clock);
    punctuality.ask();
    MediaCommand command;
    while (true) {
        const bool last = stop.load(std::memory_order_acquire);
        while (ring.pop(command)) {
            if (command.ice) network.use_ice(ice = command.ice);
            streams.apply(std::move(command), command.at_ns);
        }
        if (last) return streams.close_all(clock.read_ns());
        take_ice();
        const uint64_t now_ns = clock.read_ns();
        punctuality.keep(now_ns);
        streams.run(now_ns);
        streams.publish();  // also what orders have changed: nothing else may happen for long
        network.wait(time_to_wait(), received);
        asleep.exchange(false, std::memory_order_acq_rel);
    }
}

void MediaThread::Impl::take_ice() {
    if (!ice) return;
    while (const char* block = ice->to_media.next())
        streams.take_ice(*reinterpret_cast<const IceNews*>(block), clock.read_ns());
    ice->to_media.release();
}

// Says that it is asleep before it looks at the ring for the last time; push() does both the other way round. All of
// them exchange the flag, so they have an order, and the later one sees what the other had done before.
uint64_t MediaThread::Impl::time_to_wait() {
    const uint64_t due = streams.next_due_ns(), now = clock.read_ns();
    if (due <= now) return 0;
    asleep.exchange(true, std::memory_order_acq_rel);
    if (!ring.empty() || (ice && !ice->to_media.empty()) || stop.load(std::memory_order_relaxed)) return 0;
    return due == TimerWheel::kNever ? UINT64_MAX : due - now;
}

void MediaThread::Impl::wake() {
    if (!asleep.exchange(false, std::memory_order_acq_rel)) return;
    const uint64_t one = 1;
    [[maybe_unused]] const ssize_t written = write(waker_fd, &one, sizeof one);  // full means that it is awake
}

void MediaThread::push(MediaCommand&& command) {
    command.at_ns = impl_->clock.read_ns();
    while (!impl_->ring.push(std::move(command))) {
        impl_->wake();
        std::this_thread::yield();
    }
    impl_->wake();
}

void MediaThread::wake() {
    impl_->wake();
}

void MediaThread::set_echo(bool on) {
    impl_->echoes.store(on, std::memory_order_relaxed);
}

void MediaThread::shut_down() {
    if (!impl_->thread.joinable()) return;
    impl_->stop.store(true, std::memory_order_seq_cst);
    impl_->wake();
    impl_->thread.join();
}

const MediaQuality& MediaThread::quality() const {
    return impl_->streams.quality();
}

const Recorder::Problems& MediaThread::record_problems() const {
    return impl_->streams.record_problems();
}

const std::vector<RtpCheck>& MediaThread::checks() const {
    return impl_->streams.checks();
}

}  // namespace gsp::rt
