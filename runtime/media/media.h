// SPDX-License-Identifier: Apache-2.0
// Media as the worker sees it: the ports, files and streams of its calls. What is sent and when is the media thread's
// affair, which starts with the first stream or with -rtp_echo. The worker's thread only.
#pragma once
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "runtime/base/clock.h"
#include "runtime/config.h"
#include "runtime/media/dtmf.h"
#include "runtime/media/media_counts.h"
#include "runtime/media/media_library.h"
#include "runtime/media/media_thread.h"
#include "runtime/media/rtp_socket.h"
#include "runtime/media/sdp.h"
#include "runtime/media/stream_request.h"

namespace gsp::rt {

class Media {
public:
    // `media`: the media address, with the port of -min_rtp_port. Binds the ports of -rtp_echo.
    // `first`: that of the first worker, which has them instead.
    static Result<std::unique_ptr<Media>> open(const RunConfig&, const Address& media, Clock&, Media* first = nullptr);
    ~Media();

    uint16_t port() const { return media_.port; }  // [media_port]
    MediaLibrary& library() { return library_; }
    void set_echo(bool on);  // <rtp_echo>

    // ---- Streams of calls. A call that uses media has a number here, from 1.
    using CallNumber = uint32_t;
    CallNumber open_call();
    void close_call(CallNumber);                                      // its streams end
    Result<uint16_t> rtp_port(CallNumber, MediaKind);                 // allocates it, once
    uint16_t known_rtp_port(CallNumber call, MediaKind kind) const {  // 0: it has none yet
        return calls_[call - 1].ports[static_cast<uint32_t>(kind)];
    }
    void set_stream_targets(CallNumber, const StreamTargets&);
    void set_capture_target(CallNumber, const Address& from, const CapturePorts&);
    void set_source_ports(CallNumber, const CapturePorts&);  // where captures come from: the ports of the own SDP

    Result<void> stream(CallNumber, std::string_view scenario, std::string_view value);  // exec rtp_stream
    Result<void> play_capture(CallNumber, CaptureKind, std::string_view scenario, std::string_view name);
    Result<void> play_dtmf(CallNumber, std::string_view value, uint32_t ssrc);

    void put_counts(Counters& out) const;  // since start or reset_counts()
    void reset_counts();
    // All streams end; then the files of -rtpcheck_debug are written. To be called before check_failed().
    Result<void> shut_down();
    bool check_failed() const;  // a pattern did not come back as it was sent

private:
    struct Call {
        uint32_t ssrc = 0;       // of its audio; its video has the next one
        uint16_t ports[2] = {};  // of its own streams, by MediaKind; 0: not allocated
        StreamTargets targets{};
        Address capture_target{};
        CapturePorts capture_ports{}, source_ports{};
        uint16_t dtmf_sequence = kFirstDtmfSequence;
    };
    Media(const RunConfig&, const Address& media, Clock&);
    Call& at(CallNumber call) { return calls_[call - 1]; }
    Result<void> start_thread(EchoSockets&& = {});
    Result<void> push(MediaCommand&&);
    Result<void> write_checks(MediaKind, const char* file) const;
    void tell_target(CallNumber, uint32_t which);  // a stream that is open; `which`: MediaKind
    Result<void> send_capture(CallNumber, CaptureKind, MediaCommand&&);

    const RunConfig& config_;
    Address media_;
    const uint32_t ssrc_base_;
    Clock& clock_;
    PortAllocator ports_;
    MediaLibrary library_;  // before the thread, which sends from it
    MediaCounts counts_;
    std::vector<Call> calls_;
    std::vector<CallNumber> free_;
    uint32_t opened_ = 0;
    Counters base_;  // at the last reset
    std::unique_ptr<MediaThread> thread_;
    Media* first_ = nullptr;
};

}  // namespace gsp::rt
