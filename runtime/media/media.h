// SPDX-License-Identifier: Apache-2.0
// Media as the worker sees it: the ports, files and streams of its calls. What is sent and when is the affair of its
// media threads, which start with the first stream or with -rtp_echo. The worker's thread only.
#pragma once
#include <array>
#include <cstdint>
#include <deque>
#include <fstream>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "runtime/base/clock.h"
#include "runtime/base/rng.h"
#include "runtime/base/seat.h"
#include "runtime/config.h"
#include "runtime/media/bundle.h"
#include "runtime/media/crypto_sdp.h"
#include "runtime/media/dtls_sdp.h"
#include "runtime/media/dtmf.h"
#include "runtime/media/ice_thread.h"
#include "runtime/media/media_counts.h"
#include "runtime/media/media_library.h"
#include "runtime/media/media_thread.h"
#include "runtime/media/rtp_socket.h"
#include "runtime/media/sdp.h"
#include "runtime/media/stream_request.h"
#include "runtime/media/turn_tls.h"

namespace gsp::rt {

class Media {
public:
    // Of one of several workers; `first`: that of the first of them, which has what there is but once, the ports of
    // -rtp_echo and the file of -srtpcheck_debug.
    struct Place {
        Seat seat;
        Media* first;  // for itself nullptr
    };
    // `media`: the media address, with the port of -min_rtp_port. `seed`: of RTCP. Binds the ports of -rtp_echo.
    static Result<std::unique_ptr<Media>> open(const RunConfig&, const Address& media, Clock&, uint64_t seed,
                                               Place = {});
    ~Media();

    uint16_t port() const { return media_.port; }  // [media_port]
    MediaLibrary& library() { return library_; }
    void set_echo(bool on);  // <rtp_echo>

    // ---- Streams of calls. A call that uses media has a number here, from 1.
    using CallNumber = uint32_t;
    // `name`: its number among all calls of the run, for the names of files.
    CallNumber open_call(uint64_t name = 0);
    void close_call(CallNumber);                                      // its streams end
    Result<uint16_t> rtp_port(CallNumber, MediaKind);                 // allocates it, once
    uint16_t known_rtp_port(CallNumber call, MediaKind kind) const {  // 0: it has none yet
        return calls_[call - 1].ports[static_cast<uint32_t>(kind)];
    }
    void set_stream_targets(CallNumber, const StreamTargets&);
    // `own`: what its own SDP says; only that ports are one counts.
    void set_rtcp_targets(CallNumber, const std::array<RtcpTarget, 2>&, bool own);
    void set_capture_targets(CallNumber, const CaptureTargets&);
    // What the payload types of its streams are: in its own SDP, which counts, and in the other party's.
    void set_types(CallNumber, const TypesOfKinds&, bool own);
    // SDP with keys (SDES) or of DTLS-SRTP, or what answers such. Why nothing is sent now; "": it is, or that is not
    // known yet. `calls_out`: for the name of the file of -srtpcheck_debug.
    std::string set_crypto(CallNumber, SdpSide, SdpMessage, std::string_view body, bool calls_out);
    void expect_offer(CallNumber);  // an INVITE without SDP, of either side
    // For a=fingerprint and a=setup of the call's own SDP.
    Result<Fingerprint> fingerprint(DtlsHash);
    std::string_view own_setup(CallNumber) const;
    bool refuses_srtp(CallNumber) const;  // -media_reject_srtp, and the other side's SDP has it
    // What went wrong with the handshakes of its streams, "" if nothing did.
    std::string dtls_fault(CallNumber) const;
    void set_source_ports(CallNumber, const CapturePorts&);  // where captures come from: the ports of the own SDP

    Result<void> stream(CallNumber, std::string_view scenario, std::string_view value);  // exec rtp_stream
    Result<void> echo(CallNumber, std::string_view value);                               // exec rtp_echo
    Result<void> play_capture(CallNumber, CaptureKind, std::string_view scenario, std::string_view name);
    Result<void> play_dtmf(CallNumber, std::string_view value, uint32_t ssrc);
    Result<void> send_dtmf(CallNumber, std::string_view value);

    Result<void> record(CallNumber, std::string_view value);  // exec rtp_record
    // The call has failed: what was kept of its packets will be written (-failed_pcap). The file's name; empty: there
    // are no packets, or they are not kept. To be called before close_call().
    std::string save_packets(CallNumber);
    // ---- media_ice.cpp: streams that use ICE. `kinds`: ice_bit()s, and kIceLite if the own SDP says a=ice-lite.
    // Ready, or what keeps their candidates from being rendered. Begins to gather them; `rng`: of user and password.
    Result<IceState> ice_ready(CallNumber, uint8_t kinds, Rng& rng);
    bool uses_ice(CallNumber call) const { return calls_[call - 1].ice && calls_[call - 1].ice->agent; }
    // What SDP of the other side says. If it restarts, so does this one; `rng`: of the new user and password.
    void set_ice_remote(CallNumber, IceOfKinds&&, Rng& rng);
    // All checks anew, of a call that uses ICE; what is rendered from now on has another user, and the next SDP of the
    // other side is the answer.
    void restart_ice(CallNumber, Rng& rng);
    // The other side has refused that: what was rendered before holds again. False: there is nothing to go back to.
    bool go_back_in_ice(CallNumber);
    void add_ice_remote(CallNumber, IceOfKinds&&);  // … and what comes after it (RFC 8840)
    const char* ice_fault(CallNumber) const;        // why a stream has no way; nullptr: none has failed
    struct IceCredentials {
        std::string user, password;
    };
    const IceCredentials& ice_credentials(CallNumber) const;  // of a call that uses ICE, as …
    const IceBoard& ice_board(CallNumber call, MediaKind kind) const {
        return ice_boards_[call - 1][static_cast<size_t>(kind)];
    }

    // ---- media_bundle.cpp: what SDP says of BUNDLE; `own`: the own one.
    void set_bundle(CallNumber, std::optional<BundlePlan>&&, bool own);
    bool is_bundled(CallNumber call) const {
        const Call& c = calls_[call - 1];
        return c.bundle && c.bundle->own && c.bundle->peer;
    }

    // Its streams that are open, as the thread last saw them.
    std::span<const StreamReport> reports(CallNumber, ReportsOfCall& out) const;

    void put_counts(Counters& out) const;  // since start or reset_counts()
    void reset_counts();
    // All streams end; then the files of -rtpcheck_debug are written. To be called before check_failed().
    Result<void> shut_down();
    bool check_failed() const;  // a pattern did not come back as it was sent
    const MediaQuality* quality()
        const;  // of all streams; nullptr: before shut_down(), or nothing was sent or received

private:
    struct Call {
        uint32_t ssrc = 0;  // of its audio; its video has the next one
        uint64_t name = 0;
        uint16_t ports[2] = {};  // of its own streams, by MediaKind; 0: not allocated
        StreamTargets targets{};
        CaptureTargets capture_targets{};
        CapturePorts source_ports{};
        uint16_t dtmf_sequence = kFirstDtmfSequence;
        TypesOfKinds types{no_dynamic_types(), no_dynamic_types()};
        DynamicTypes peer_audio_types = no_dynamic_types();  // as the other party's last SDP has them
        uint32_t audio_clock_hz = 8000;                      // of what is played
        std::array<RtcpTarget, 2> rtcp{};                    // of the other party
        bool own_mux[2] = {};
        bool plays_capture = false;
        struct Crypto {
            CryptoNegotiation negotiation;
            DtlsNegotiation dtls;
            // The thread, by MediaKind.
            std::array<std::optional<SrtpKeys>, 2> told;
            std::array<DtlsPlan, 2> told_dtls;
            bool peer_offers = false;  // SRTP, whichever way
        };
        std::unique_ptr<Crypto> crypto;  // nullptr: there was none yet
        struct Ice {
            uint64_t agent = 0;  // 0: there is none yet
            uint8_t kinds = 0;
            bool restarts = false;               // the other side has not answered yet
            bool open[2] = {};                   // the media thread knows the stream, by MediaKind
            IceCredentials own, before;          // before: while `restarts`
            std::unique_ptr<IceOfKinds> remote;  // not told yet
            std::string remote_user;             // that was told
        };
        struct Bundle {
            std::optional<BundlePlan> own, peer, told;  // told: the thread
        };
        std::unique_ptr<Bundle> bundle;  // nullptr: no SDP has it
        std::unique_ptr<Ice> ice;        // nullptr: it does not use it
    };
    using Boards = std::array<StreamBoard, kStreamsOfCall>;
    Media(const RunConfig&, const Address& media, Clock&, uint64_t seed, Place);
    Call& at(CallNumber call) { return calls_[call - 1]; }
    struct Lane {  // a thread
        MediaCounts counts;
        IceCounts ice_counts;
        std::unique_ptr<TurnTls> turn_tls;  // nullptr: none is needed; of the thread of `ice`
        std::unique_ptr<IceThread> ice;     // nullptr: none of its calls uses it; before the thread, which has its link
        std::unique_ptr<MediaThread> thread;  // nullptr: it has not started
    };
    Result<void> start_thread(uint32_t lane, EchoSockets&& = {});
    MediaThread* thread_of(MediaCommand&);  // numbers its stream as that thread does; nullptr: it has not started
    Result<void> push(MediaCommand&&);      // starts the thread
    void tell(MediaCommand&&);              // … does not
    Result<void> write_checks(MediaKind, const char* file) const;
    void tell_target(CallNumber, uint32_t which);  // a stream that is open; `which`: MediaKind
    static bool blocks(const Call::Crypto&, MediaKind);
    bool tell_keys(CallNumber, MediaKind);  // if they have changed; see set_crypto()
    Result<void> tell_dtls(CallNumber, MediaKind);
    Result<const DtlsIdentity*> identity();  // made when it is wanted first
    void write_keys(CallNumber, MediaKind, const SrtpKeys&, bool calls_out);
    void tell_rtcp(CallNumber, uint32_t which);
    void tell_bundle(CallNumber);
    void open_bundled(CallNumber);  // video without a port of its own
    void tell_types(CallNumber, uint32_t which);
    Result<void> play(CallNumber, std::string_view scenario, const StreamRequest&);
    Result<void> steer(CallNumber, MediaCommand::Kind, const StreamRequest&);  // what plays already
    Result<void> echo(CallNumber, MediaKind, bool on, bool plain);
    Result<void> send_capture(CallNumber, CaptureKind, MediaCommand&&);
    Result<void> make_folders() const;
    Result<void> record_problems() const;
    void begin_records(CallNumber);  // of options
    std::string file_of_call(CallNumber, const std::string& folder, const char* ending) const;
    Lane& lane_of(CallNumber call) { return lanes_[(call - 1) % lanes_.size()]; }
    IceOrder ice_order(IceOrder::Kind, CallNumber) const;
    Result<void> start_ice(CallNumber);  // the threads of its lane
    Result<void> open_ice(CallNumber, uint8_t kinds, Rng&);
    void open_ice_stream(CallNumber, uint32_t which);
    void renew_ice(CallNumber, Rng&);
    void tell_ice_restart(CallNumber, IceOrder::Kind);
    void tell_ice_remote(CallNumber);
    void close_ice(CallNumber);
    Result<void> find_ice_servers();
    Result<void> open_turn_tls(Lane&) const;

    const RunConfig& config_;
    Address media_;
    const uint32_t ssrc_base_;
    const uint64_t seed_;
    const Place place_;
    Clock& clock_;
    PortAllocator ports_;
    MediaLibrary library_;  // before the threads, which send from it
    std::shared_ptr<MediaHub> hub_;
    std::deque<Lane> lanes_;  // a call is of that with its number, modulo theirs
    std::vector<Call> calls_;
    std::deque<Boards> boards_;         // by call, as calls_; they do not move
    std::deque<IceBoards> ice_boards_;  // the same, as far as ICE is used
    std::vector<CallNumber> free_;
    std::vector<bool> has_store_;  // by call: the thread has room for its packets
    uint32_t opened_ = 0;
    IcePlace ice_place_;
    uint64_t ice_agents_ = 0;                              // opened
    Counters base_;                                        // at the last reset
    std::optional<MediaQuality> quality_;                  // after shut_down()
    std::vector<RtpCheck> checks_;                         // the same
    std::shared_ptr<const DtlsIdentity> identity_;         // outlives the threads
    std::shared_ptr<const DtlsIdentity> common_identity_;  // the first worker's: where all have it from
    std::mutex identity_lock_;                             // … of that
    std::mutex srtp_log_lock_;
    std::ofstream srtp_log_;  // -srtpcheck_debug
};

}  // namespace gsp::rt
