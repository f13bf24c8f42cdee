// SPDX-License-Identifier: Apache-2.0
// The thread that sends, receives and echoes media. It has its own sockets, timers and streams and shares nothing: the
// worker's orders come through a bounded ring, in order, its numbers go back as counters.
#pragma once
#include <atomic>
#include <memory>

#include "runtime/base/clock.h"
#include "runtime/config.h"
#include "runtime/media/media_command.h"
#include "runtime/media/media_counts.h"
#include "runtime/media/rtp_socket.h"
#include "runtime/media/streams.h"

namespace gsp::rt {

class MediaThread {
public:
    // All references must outlive it. `media`: where captures come from. `seed`: of RTCP.
    // `lane`: its number, in the hub.
    static Result<std::unique_ptr<MediaThread>> start(const Address& media, const MediaConfig&, Clock&, MediaCounts&,
                                                      uint64_t seed, EchoSockets&&, std::shared_ptr<MediaHub>,
                                                      MediaHub::Lane lane);
    ~MediaThread();  // as shut_down()

    // The worker's thread, and no other:
    void push(MediaCommand&&);  // waits while the ring is full, which takes 8192 commands that were not looked at
    void set_echo(bool on);
    void wake();  // any thread's: something lies in a ring
    void shut_down();                                   // closes all streams and waits until that is done
    const std::vector<RtpCheck>& checks() const;        // after shut_down(), as
    const MediaQuality& quality() const;                // … this
    const Recorder::Problems& record_problems() const;  // … and this

private:
    MediaThread();
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace gsp::rt
