// SPDX-License-Identifier: Apache-2.0
// What the worker tells the media thread. Streams have numbers; those of streams that were closed are used again.
#pragma once
#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

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

// What the thread tells about a stream while it is open; the worker reads. It outlives the thread.
struct StreamBoard {
    Published<StreamReport> received;  // own_ssrc says which stream: boards are used again
    // Handed to the network; the counters of the run know what it refused.
    std::atomic<uint64_t> packets_sent{0}, bytes_sent{0}, packets_late{0};
    void note_sent(uint64_t bytes) {  // the thread alone
        packets_sent.store(packets_sent.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
        bytes_sent.store(bytes_sent.load(std::memory_order_relaxed) + bytes, std::memory_order_relaxed);
    }
    void note_late() {  // the same
        packets_late.store(packets_late.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
    }
    void put_sent(StreamReport& report) const {
        report[StreamValue::PacketsSent] = packets_sent.load(std::memory_order_relaxed);
        report[StreamValue::BytesSent] = bytes_sent.load(std::memory_order_relaxed);
        report[StreamValue::PacketsLate] = packets_late.load(std::memory_order_relaxed);
    }
    void clear() {
        for (std::atomic<uint64_t>* const count : {&packets_sent, &bytes_sent, &packets_late})
            count->store(0, std::memory_order_relaxed);
    }
};

struct MediaCommand {
    enum class Kind : uint8_t {
        Open,        // `socket`, bound to `port`, is the stream's, and `rtcp_socket` if not -1; `ssrc`, `board`; with
                     // `ice` the agents' thread will say over which socket it goes, and to where
        Close,       // stops, and closes the socket
        Target,      // `to`: where its packets go from now on
        RtcpTarget,  // `to`: where its RTCP goes; `on`: to where its packets go, from their port
        Types,       // `types`: of the packets that arrive
        PlayBytes,   // what `microphone` hears, or `bytes`, `loops` times (0: for ever), at most `packets` (0: any
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
