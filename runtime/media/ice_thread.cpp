// SPDX-License-Identifier: Apache-2.0
#include "runtime/media/ice_thread.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <thread>

#include "runtime/base/signals_blocked.h"
#include "runtime/media/spsc_ring.h"

namespace gsp::rt {

const char* ice_fault(IceState state) {
    switch (state) {
    case IceState::NoCandidates: return "ICE: no candidates could be gathered";
    case IceState::Failed: return "ICE: no pair of candidates works";
    case IceState::ConsentLost: return "ICE: the other side does not answer any more";
    default: return nullptr;
    }
}

struct IceThread::Impl {
    ~Impl() { close(waker); }
    void run();
    void wake();

    const IceApi* api;
    const IceConfig* config;
    IcePlace place;
    Clock* clock;
    IceCounts* counts;
    MediaThread* media;
    int waker = -1;
    IceLink link;
    SpscRing<IceOrder, 1024> ring;
    std::atomic<bool> asleep{false}, stop{false};
    std::thread thread;
};

IceThread::IceThread() = default;

Result<std::unique_ptr<IceThread>> IceThread::start(const IceConfig& config, const IcePlace& place, Clock& clock,
                                                    IceCounts& counts, MediaThread& media) {
    Result<const IceApi*> library = open_ice_library();
    if (!library) return library.error();
    const int waker = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (waker < 0) return system_error("cannot start the thread of ICE", errno);
    std::unique_ptr<IceThread> made(new IceThread);
    made->impl_ = std::make_unique<Impl>();
    Impl& impl = *made->impl_;
    impl.api = *library;
    impl.config = &config;
    impl.place = place;
    impl.clock = &clock;
    impl.counts = &counts;
    impl.media = &media;
    impl.waker = waker;
    impl.link.wake_agents = [&impl] { impl.wake(); };
    const SignalsBlocked blocked;
    impl.thread = std::thread([&impl] { impl.run(); });
    return made;
}

IceThread::~IceThread() {
    shut_down();
}

// It says that it is asleep before it looks at the rings for the last time; who fills one does both the other way round
// (media_thread.cpp has the same).
void IceThread::Impl::run() {
    IceAgents agents(*api, *config, place, *clock, *counts, link, waker);
    IceOrder order;
    while (true) {
        const bool last = stop.load(std::memory_order_acquire);
        asleep.exchange(true, std::memory_order_acq_rel);
        bool idle = true;
        while (ring.pop(order)) {
            agents.apply(std::move(order));
            idle = false;
        }
        while (const char* block = link.to_agents.next()) {
            agents.send(*reinterpret_cast<const IcePacket*>(block));
            idle = false;
        }
        link.to_agents.release();
        if (last) return;
        if (agents.run(idle)) media->wake();
    }
}

void IceThread::Impl::wake() {
    if (!asleep.exchange(false, std::memory_order_acq_rel)) return;
    const uint64_t one = 1;
    [[maybe_unused]] const ssize_t written = write(waker, &one, sizeof one);  // full means that it is awake
}

void IceThread::push(IceOrder&& order) {
    while (!impl_->ring.push(std::move(order))) {
        impl_->wake();
        std::this_thread::yield();
    }
    impl_->wake();
}

void IceThread::shut_down() {
    if (!impl_->thread.joinable()) return;
    impl_->link.media_ended.store(true);
    impl_->stop.store(true, std::memory_order_seq_cst);
    impl_->wake();
    impl_->thread.join();
    while (const char* block = impl_->link.to_media.next())
        if (const int socket = reinterpret_cast<const IceNews*>(block)->socket; socket >= 0) close(socket);
}

IceLink& IceThread::link() {
    return impl_->link;
}

}  // namespace gsp::rt
