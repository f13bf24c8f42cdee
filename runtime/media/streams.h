// SPDX-License-Identifier: Apache-2.0
// The streams of the media thread: when which packet is due, and what is in it. Absolute deadlines on one timer wheel:
// a packet that leaves late does not delay the next. Time and network are parameters; one thread.
#pragma once
#include <algorithm>
#include <array>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "runtime/base/rng.h"
#include "runtime/base/timer_wheel.h"
#include "runtime/media/ice_link.h"
#include "runtime/media/media_command.h"
#include "runtime/media/media_counts.h"
#include "runtime/media/media_hub.h"
#include "runtime/media/phases.h"
#include "runtime/media/reception.h"
#include "runtime/media/recorder.h"
#include "runtime/media/rtcp_xr.h"
#include "runtime/media/rtp_network.h"
#include "runtime/media/srtp.h"
#include "runtime/media/stream_dtls.h"
#include "runtime/stats/media_quality.h"

namespace gsp::rt {

// Shares of bad packets from which the check of a pattern fails.
struct RtpTolerance {
    double audio = 1, video = 1;
};

// What came of the packets of patterns of a stream, once it is closed.
struct RtpCheck {
    MediaKind kind;
    uint32_t ssrc;
    uint32_t sent, good;  // came back as they were sent
    bool failed;
};

struct RtcpPlan {
    bool on = false;
    uint64_t seed = 0, epoch_ns = 0;  // of intervals and names; wall-clock time at zero, ns since 1970
};

class Streams {
public:
    // `lane`: of the thread, in the hub.
    Streams(RtpNetwork&, MediaCounts&, RtpTolerance, bool keeps_all_checks, RtcpPlan,
            std::shared_ptr<MediaHub> hub = std::make_shared<MediaHub>(), MediaHub::Lane lane = 0);
    Streams(const Streams&) = delete;
    Streams& operator=(const Streams&) = delete;

    void apply(MediaCommand&&, uint64_t now_ns);
    void run(uint64_t now_ns);  // sends what is due
    uint64_t next_due_ns() const;
    void received(const RtpArrival&);
    void take_ice(const IceNews&, uint64_t now_ns);
    void publish();  // what received() has learnt, on the boards of the streams
    void close_all(uint64_t now_ns);
    const MediaQuality& quality() const { return quality_; }  // of streams that are closed
    // Of streams that are closed: those that failed, and the others if all are kept.
    const std::vector<RtpCheck>& checks() const { return checks_; }
    const Recorder::Problems& record_problems() const { return record_problems_; }  // after close_all()

private:
    struct Tap {                 // what is recorded of a call
        uint32_t recording = 0;  // its number in the recorder: that of the call, from 1; 0: none
        bool keeps = false;      // datagrams, in `store`
        std::unique_ptr<PacketStore> store;
        std::string save_to;
    };
    struct Stream : TimerNode {
        enum class Playing : uint8_t { Nothing, Bytes, Capture } playing = Playing::Nothing;
        bool pattern = false, paused = false;
        int socket = -1;
        uint16_t port = 0;  // of the socket
        bool ice = false;   // the socket, and where packets go, come with take_ice()
        MediaKind kind = MediaKind::Audio;
        RtpDestination to;
        uint64_t due_ns = 0;
        Phases::Phase phase = Phases::kNone;
        // Bytes
        RtpFormat format;
        RtpHeader header{};
        uint16_t sequence = 0;
        uint32_t ssrc = 0, loops_left = 0, packets_left = 0;  // 0: for ever
        std::string_view bytes;
        size_t next_byte = 0;
        std::shared_ptr<const Microphone> microphone;  // instead of `bytes`
        uint64_t heard = 0;                            // samples of it
        uint32_t sent_to_check = 0, good = 0;
        uint32_t unanswered = 0;              // … that nothing has come back for
        std::unique_ptr<EventSender> events;  // nullptr: none yet
        bool sends_events() const { return events && !events->idle(); }
        bool plays_bytes() const { return playing == Playing::Bytes && !paused; }
        // Capture
        const Capture* capture = nullptr;
        std::unique_ptr<const Capture> own_capture;
        size_t next_packet = 0;
        uint64_t start_ns = 0;
        struct Way {
            int socket;
            RtpDestination to;
        };
        std::vector<Way> ways;         // by index of Capture::ports
        std::vector<Address> sources;  // what comes from there to a socket of all is the stream's

        std::unique_ptr<Reception> reception;  // made with the first packet
        DynamicTypes types = no_dynamic_types();
        uint64_t expected_from_ns = 0;
        StreamBoard* board = nullptr;
        bool changed = false;  // since the last publish()

        struct Srtp {
            SrtpKeys keys;
            std::unique_ptr<SrtpContext> out, in;  // nullptr: nothing gets through
        };
        std::unique_ptr<Srtp> srtp;        // nullptr: RTP
        std::unique_ptr<StreamDtls> dtls;  // where keys come from; nullptr: not from there
        std::unique_ptr<Srtp> srtcp;       // … of a port of RTCP that has its own; nullptr: as `srtp`
        struct Rtcp : TimerNode {
            uint32_t stream = 0;
            int socket = -1;
            RtpDestination to;
            bool muxed = false, first = true;
            uint64_t sent_before = 0, sent_before_that = 0;  // packets, when the last reports were sent
            std::array<uint64_t, kStreamValues> counts{};
            struct Reference {  // times of receivers, to be answered
                uint32_t ssrc, middle;
                uint64_t at_ns;
            };
            std::array<Reference, Reception::kSources> references{};
            size_t n_references = 0;
        };
        std::unique_ptr<Rtcp> rtcp;                  // nullptr: none is sent, and none has come
        uint32_t packets_sent = 0, octets_sent = 0;  // with the own SSRC; octets of payload
        bool echoes = false, echoes_plain = false;
        Address echoes_to;
        RtpDestination echo_to;                         // the same
        std::unique_ptr<const BundlePlan> bundle;       // of video; nullptr: it has a way of its own
        std::string extension;                          // of the headers of what is sent, while bundled; empty: none
        Stream *carrier = nullptr, *carries = nullptr;  // whose way it goes; what goes its way
        uint32_t keys_of = 0;                           // number of the stream whose `srtp` this one uses
        Tap* tap = nullptr;                             // nullptr: nothing is recorded
    };

    Stream& at(uint32_t number);
    void count_received(const RtpArrival&);
    void count_unowned(const RtpArrival&);
    void count_unaimed(const Stream&);
    void open(Stream&, const MediaCommand&, uint64_t now_ns);
    void set_target(Stream&, const RtpDestination&, uint64_t now_ns);
    void close(uint32_t number, uint64_t now_ns);
    void close_socket(Stream&);
    // ---- stream_play.cpp
    void start(Stream&, uint64_t now_ns);
    void arm(Stream&);  // for its next packet
    void stop(Stream&);
    void halt(Stream&);  // until start()
    void play_bytes(Stream&, MediaCommand&, uint64_t now_ns);
    void play_capture(Stream&, MediaCommand&, uint64_t now_ns);
    Stream::Way way_of_capture(uint32_t stream, uint16_t port, const Address& to);
    void way_is_known(Stream&, uint64_t now_ns);  // what plays has waited for that
    void send_events(Stream&, const MediaCommand&, uint64_t now_ns);
    void resume(Stream&, uint64_t now_ns);
    void check_echo(Stream&, std::string_view payload);
    void finish_check(Stream&);
    // ---- stream_send.cpp
    void send_due(Stream&, uint64_t now_ns);
    bool send_slot(Stream&);  // of digits and bytes; false: it was the last one
    bool send_bytes(Stream&, bool silently);
    std::string_view listen(Stream&);  // in the room of the packet's place in the batch
    void send_event(Stream&, const EventSender::Packet&);
    bool send_capture(Stream&);
    void add(const Stream&, int socket, const RtpDestination&, const RtpHeader*, std::string_view payload,
             uint64_t due_ns);
    void flush();
    void note_lateness(uint64_t left_ns);  // of the batch
    void count_unsent(const Stream&, uint64_t now_ns);
    // ---- stream_reception.cpp
    void note_change(uint32_t number);
    bool take_other(uint32_t number, const RtpArrival&);
    void hear_from(Stream&, uint32_t number, const std::vector<Address>& sources);
    StreamReport report(uint32_t number) const;
    void finish_reception(uint32_t number);
    void finish_report(Stream&, uint32_t number);
    // ---- stream_bundle.cpp
    void set_bundle(uint32_t video, std::unique_ptr<const BundlePlan>, uint64_t now_ns);
    void share_handshake(uint32_t video);
    uint32_t of_bundle(uint32_t audio, const RtpArrival&);  // the number of the stream that it is for
    std::string_view extended(const Stream&, const RtpHeader&, std::string_view payload);  // "": too long
    static const Stream& way_of(const Stream& stream) { return stream.carrier ? *stream.carrier : stream; }
    // ---- stream_rtcp.cpp
    void open_rtcp(Stream&, const MediaCommand&, uint64_t now_ns);
    void set_rtcp_target(Stream&, const MediaCommand&);
    void arm_rtcp(Stream::Rtcp&, uint64_t now_ns);
    void send_rtcp(uint32_t number, uint64_t now_ns, bool bye);
    void close_rtcp(uint32_t number, uint64_t now_ns);
    void rtcp_received(uint32_t number, const RtpArrival&);
    void take_block(Stream&, const RtcpBlock&, uint64_t at_ns);
    // ---- stream_xr.cpp
    void write_xr(Stream&, uint32_t number, RtcpWriter&, std::span<RtpSource* const> heard, uint64_t now_ns,
                  bool sends);
    void take_xr(Stream&, const RtcpPacketView&, uint64_t at_ns);
    // ---- stream_record.cpp
    void set_tap(MediaCommand&&);
    void close_tap(uint32_t number);
    void hear(const Stream&, RecordedAudio::Channel, const RtpView&, uint64_t at_ns);
    void hear_own(const Stream&, const RtpHeader*, std::string_view payload);
    void keep_sent(const Stream&, const RtpPacket&);
    void keep_received(const Stream&, const RtpArrival&);
    // ---- stream_srtp.cpp
    // Without keys: nothing gets through, or RTP does.
    void protect(std::unique_ptr<Stream::Srtp>&, const SrtpKeys*, bool blocks);
    const Stream::Srtp* srtp_of(const Stream& stream) const { return streams_[stream.keys_of].srtp.get(); }
    const Stream::Srtp* srtcp_of(const Stream& stream, bool own_port) const {
        return own_port && stream.srtcp ? stream.srtcp.get() : srtp_of(stream);
    }
    std::string_view seal(SrtpContext*, const RtpHeader*, std::string_view payload);  // "": it cannot be
    std::string_view unseal(SrtpContext*, std::string_view datagram, size_t (SrtpContext::*opens)(std::span<char>));
    void echo_back(Stream&, const RtpArrival&, std::string_view packet);
    // ---- stream_dtls.cpp
    void set_dtls(uint32_t number, const DtlsOrder&, uint64_t now_ns);
    void expect(Stream&, const DtlsPlan&, uint64_t now_ns);
    void begin_dtls(Stream&);
    RtpDestination dtls_target(const Stream&, const DtlsPort&) const;
    bool take_dtls(uint32_t number, const RtpArrival&);  // false: the stream has none
    void shake_hands(uint64_t now_ns);
    void do_piece(const Handshakes::Piece&, uint64_t now_ns);
    void settle(DtlsPort&, uint64_t now_ns);
    void send_dtls(DtlsPort&);
    void end_handshake(DtlsPort&, DtlsOutcome, uint64_t now_ns);
    template <class F>
    void each_with_keys_of(uint32_t number, F&& f);  // f(stream): its own, and the captures'
    void start_waiting(uint32_t number, uint64_t now_ns);
    bool awaits_keys(const Stream&) const;
    void drop_dtls(uint32_t number);

    RtpNetwork& network_;
    MediaCounts& counts_;
    const RtpTolerance tolerance_;
    const bool keeps_all_checks_;
    const RtcpPlan rtcp_;
    Rng rng_;
    std::string cname_;
    TimerWheel timers_, rtcp_timers_;
    Phases phases_;
    std::deque<Stream> streams_;  // by number; they do not move
    std::array<RtpPacket, 64> batch_;
    struct Planned {
        uint64_t due_ns;     // 0: it was not planned
        StreamBoard* board;  // of its stream; nullptr: it has none
    };
    std::array<Planned, 64> planned_;  // by place in the batch
    uint64_t now_ns_ = 0;              // of run()
    uint32_t n_batch_ = 0;
    static constexpr size_t kSealed = 2048;  // longest SRTP packet
    using Sealed = std::array<char, kSealed>;
    struct Sealing {
        alignas(8) std::array<Sealed, 64> out;  // by place in the batch
        alignas(8) Sealed in;
    };
    std::unique_ptr<std::array<Sealed, 64>> extended_;  // by place in the batch; made with the first extension
    std::unique_ptr<Sealing> sealing_;                  // made with the first key
    std::unique_ptr<Handshakes> handshakes_;            // … with the first order for one
    std::array<EventSender::Payload, 64> event_room_;   // by place in the batch
    using Live = std::array<std::array<char, kLongestRtpPayload>, 64>;
    std::unique_ptr<Live> live_room_;  // the same; made with the first microphone
    std::vector<RtpCheck> checks_;
    const std::shared_ptr<MediaHub> hub_;
    const MediaHub::Lane lane_;
    std::vector<uint32_t> changed_;
    MediaQuality quality_;
    std::deque<Tap> taps_;                // by call
    std::unique_ptr<Recorder> recorder_;  // made when first something is recorded
    Recorder::Problems record_problems_;
    struct {
        bool sent = false, received = false;
    } audio_of_call_;                // as the next
    uint64_t received_of_call_ = 0;  // by its streams that are closed already: they are closed one after the other
};

}  // namespace gsp::rt
