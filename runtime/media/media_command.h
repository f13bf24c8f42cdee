// SPDX-License-Identifier: Apache-2.0
// What the worker tells the media thread. Streams have numbers; those of streams that were closed are used again.
#pragma once
#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "runtime/base/clock.h"
#include "runtime/media/bundle.h"
#include "runtime/media/capture.h"
#include "runtime/media/event_sender.h"
#include "runtime/media/microphone.h"
#include "runtime/media/packet_store.h"
#include "runtime/media/published.h"
#include "runtime/media/rtp.h"
#include "runtime/media/srtp_suite.h"
#include "runtime/media/stream_dtls.h"
#include "runtime/stats/stream_report.h"
#include "runtime/transport/transport.h"

namespace gsp::rt {

struct IceLink;

// Streams 3k, 3k + 1 and 3k + 2 are the audio, the video and the capture of one call.
enum StreamOfCall : uint32_t { kAudioStream, kVideoStream, kCaptureStream, kStreamsOfCall };
static_assert(std::tuple_size_v<ReportsOfCall> == kStreamsOfCall);

// A packet that leaves so long after its time counts as late, as a little late, or as lost for a receiver, whose buffer
// would not have waited.
inline constexpr uint64_t kRtpLate = 5 * kMillisecond, kRtpLittleLate = 2 * kMillisecond;
inline constexpr uint64_t kRtpTooLate = 60 * kMillisecond;

// What the thread tells about a stream while it is open; the worker reads. It outlives the thread.
struct StreamBoard {
    Published<StreamReport> received;  // own_ssrc says which stream: boards are used again
    // Handed to the network; the counters of the run know what it refused.
    std::atomic<uint64_t> packets_sent{0}, bytes_sent{0}, packets_late{0}, packets_too_late{0}, packets_missed{0};
    std::atomic<uint64_t> due_ns{0}, period_ns{0};  // of what is sent in equal steps: its next packet; else 0
    static void add(std::atomic<uint64_t>& count, uint64_t n) {  // the thread alone, as the next ones
        count.store(count.load(std::memory_order_relaxed) + n, std::memory_order_relaxed);
    }
    void note_sent(uint64_t bytes) {
        add(packets_sent, 1);
        add(bytes_sent, bytes);
    }
    void note_late(uint64_t by_ns) {
        add(packets_late, 1);
        if (by_ns > kRtpTooLate) add(packets_too_late, 1);
    }
    void plan(uint64_t next_due_ns, uint64_t step_ns) {
        due_ns.store(step_ns ? next_due_ns : 0, std::memory_order_relaxed);
        period_ns.store(step_ns, std::memory_order_relaxed);
    }
    void note_missed(uint64_t now_ns) { add(packets_missed, overdue(now_ns)); }  // what is due will not be sent
    // Packets that have been due for longer than kRtpTooLate.
    uint64_t overdue(uint64_t now_ns) const {
        const uint64_t due = due_ns.load(std::memory_order_relaxed), period = period_ns.load(std::memory_order_relaxed);
        return due && period && now_ns > due + kRtpTooLate ? (now_ns - due - kRtpTooLate - 1) / period + 1 : 0;
    }
    void put_sent(StreamReport& report, uint64_t now_ns) const {
        report[StreamValue::PacketsSent] = packets_sent.load(std::memory_order_relaxed);
        report[StreamValue::BytesSent] = bytes_sent.load(std::memory_order_relaxed);
        report[StreamValue::PacketsLate] = packets_late.load(std::memory_order_relaxed);
        report[StreamValue::PacketsSentTooLate] = packets_too_late.load(std::memory_order_relaxed);
        report[StreamValue::PacketsMissed] = packets_missed.load(std::memory_order_relaxed) + overdue(now_ns);
    }
    void clear() {
        for (std::atomic<uint64_t>* const count :
             {&packets_sent, &bytes_sent, &packets_late, &packets_too_late, &packets_missed, &due_ns, &period_ns})
            count->store(0, std::memory_order_relaxed);
    }
};

struct MediaCommand {
    enum class Kind : uint8_t {
        Open,         // `socket`, bound to `port`, is the stream's, and `rtcp_socket` if not -1; `ssrc`, `board`; with
                      // `ice` the agents' thread will say over which socket it goes, and to where
        Close,        // stops, and closes the socket
        Target,       // `to`: where its packets go from now on
        RtcpTarget,   // `to`: where its RTCP goes; `on`: to where its packets go, from their port
        Types,        // `types`: of the packets that arrive
        PlayBytes,    // what `microphone` hears, or `bytes`, `loops` times (0: for ever), at most `packets` (0: any
                      // number) of `format`; those of a pattern are checked
        PlayCapture,  // `capture` from `port` on to `to` and the ports above; `ssrc`, `board`
        Pause,        // if it plays what `pattern` says
        Resume,
        Events,   // `events`: digits, in the place of packets of `format` if nothing is played
        Stop,     // what it plays and echoes, but not a capture
        Dtls,     // `dtls`: keys come from a handshake, or no more
        Protect,  // `keys`: SRTP from now on, with those; nullptr: no more, or, if `on`, nothing gets through
        Bundle,   // of video, `bundle`: it goes over the port of audio from now on; nullptr: over its own
        Echo,     // `on`: what arrives goes back, if it is SRTP or `plain`
        // Of a whole call; `stream` is its first one:
        Record,      // its audio, in WAV to `record->path`; `on`: both directions
        StopRecord,  // … no more
        Keep,        // its datagrams, in `record->store`, or in the one that it has already
        Save         // those that were kept when its last stream is closed, to `record->path`
    };
    Kind kind = Kind::Close;
    bool pattern = false;
    bool on = false;
    bool plain = false;
    MediaKind media = MediaKind::Audio;  // of a capture: whose keys it has
    uint16_t port = 0;
    uint32_t stream = 0;
    uint64_t at_ns = 0;  // when it was given: what follows from it is due by that, however late the thread is
    int socket = -1, rtcp_socket = -1;
    uint32_t ssrc = 0;
    uint32_t loops = 0, packets = 0;
    RtpFormat format;
    std::string_view bytes;  // live as long as the thread; behind them lies their beginning (audio_file.h)
    std::shared_ptr<const Microphone> microphone;
    const Capture* capture = nullptr;  // lives as long as the thread, unless it is `own`
    std::unique_ptr<const Capture> own;
    Address to;
    StreamBoard* board = nullptr;
    std::unique_ptr<const SrtpKeys> keys;
    std::unique_ptr<const BundlePlan> bundle;
    IceLink* ice = nullptr;  // outlives the thread
    std::unique_ptr<const EventOrder> events;
    std::unique_ptr<const DtlsOrder> dtls;
    DynamicTypes types = no_dynamic_types();
    struct Record {
        std::string path;
        std::unique_ptr<PacketStore> store;
    };
    std::unique_ptr<Record> record;
};

}  // namespace gsp::rt
