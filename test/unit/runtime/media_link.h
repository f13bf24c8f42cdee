// SPDX-License-Identifier: Apache-2.0
// Two sides with a stream each and a network in memory between them, in virtual time, that loses, delays, reorders and
// doubles packets. What it did is written down.
#pragma once
#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "runtime/base/clock.h"
#include "runtime/base/rng.h"
#include "runtime/media/audio_file.h"
#include "runtime/media/streams.h"

namespace gsp::rt::test {

struct Impairment {                                     // of RTP; RTCP only takes its time
    double loss = 0, duplicates = 0;                    // shares
    double late = 0;                                    // share of packets that take `late_ns` more
    uint64_t delay_ns = 0, jitter_ns = 0, late_ns = 0;  // jitter: evenly spread, at most so much on either side
};

class MediaLink {
public:
    struct Applied {  // to the RTP of one direction
        uint64_t sent = 0, lost = 0, doubled = 0;
        struct Arrival {
            uint64_t at_ns;
            uint32_t timestamp;
            uint16_t sequence;
        };
        std::vector<Arrival> arrivals;
    };

    MediaLink(const Impairment& impairment, uint64_t seed, bool rtcp = true) : impairment_(impairment), rng_(seed) {
        for (size_t i = 0; i < 2; ++i) {
            sides_[i].link = this, sides_[i].number = i;
            sides_[i].streams = std::make_unique<Streams>(sides_[i], sides_[i].counts, RtpTolerance{}, false,
                                                          RtcpPlan{rtcp, seed + i, kEpoch});
            MediaCommand open = order(MediaCommand::Kind::Open);
            open.socket = kRtp, open.rtcp_socket = kRtcp, open.ssrc = ssrc(i), open.board = &sides_[i].board;
            give(i, std::move(open));
            for (const auto kind : {MediaCommand::Kind::Target, MediaCommand::Kind::RtcpTarget}) {
                MediaCommand target = order(kind);
                target.to = *resolve("127.0.0.1", kind == MediaCommand::Kind::Target ? 4000 : 4001);
                give(i, std::move(target));
            }
        }
    }
    static uint32_t ssrc(size_t side) { return static_cast<uint32_t>(77 + side); }
    void types(size_t side, uint8_t type, std::string_view name) {
        MediaCommand made = order(MediaCommand::Kind::Types);
        made.types[type - kFirstDynamicType] = codec_of_name(name);
        give(side, std::move(made));
    }
    void play(size_t side, uint32_t type, std::string_view name = "") { play(side, *find_rtp_format(type, name)); }
    void play(size_t side, const RtpFormat& format) {
        MediaCommand made = order(MediaCommand::Kind::PlayBytes);
        made.format = format;
        made.bytes = bytes_;
        give(side, std::move(made));
    }
    void stop(size_t side) {  // it sends no more
        MediaCommand made = order(MediaCommand::Kind::Pause);
        give(side, std::move(made));
    }
    void close(size_t side) { give(side, order(MediaCommand::Kind::Close)); }
    void run_for(uint64_t ms) {
        for (const uint64_t end_ns = now_ns + ms * kMillisecond; now_ns < end_ns; now_ns += kMillisecond) {
            deliver();
            for (Side& side : sides_) side.streams->run(now_ns);
        }
    }
    StreamReport seen(size_t side) {
        sides_[side].streams->publish();
        StreamReport report = sides_[side].board.received.read();
        rate(report);
        return report;
    }
    const Applied& applied(size_t to) const { return sides_[to].applied; }
    const std::vector<std::string>& rtcp_to(size_t to) const { return sides_[to].rtcp; }

    uint64_t now_ns = 0;
    static constexpr uint64_t kEpoch = 1'700'000'000 * kSecond;

private:
    static constexpr int kRtp = 10, kRtcp = 11;
    struct Side final : RtpNetwork {
        RtpRefused send(std::span<const RtpPacket> packets) override {
            for (const RtpPacket& packet : packets) {
                std::string bytes = packet.has_header ? std::string(packet.header.begin(), packet.header.end()) : "";
                link->carry(1 - number, bytes.append(packet.payload), packet.socket == kRtcp);
            }
            return {};
        }
        void take(int, uint32_t, bool) override {}
        void close(int) override {}
        int shared_socket(uint16_t) override { return -1; }

        MediaLink* link = nullptr;
        size_t number = 0;
        MediaCounts counts;
        StreamBoard board;
        std::unique_ptr<Streams> streams;
        Applied applied;  // to what came here
        std::vector<std::string> rtcp;
    };
    struct Datagram {
        size_t to;
        std::string bytes;
        bool rtcp;
    };
    static MediaCommand order(MediaCommand::Kind kind) {
        MediaCommand made;
        made.kind = kind;
        return made;
    }
    void give(size_t side, MediaCommand&& command) { sides_[side].streams->apply(std::move(command), now_ns); }
    void carry(size_t to, const std::string& bytes, bool rtcp) {
        const auto take_ns = [&] {
            const double jitter = rtcp ? 0 : (2 * rng_.uniform() - 1) * static_cast<double>(impairment_.jitter_ns);
            const uint64_t more = !rtcp && rng_.uniform() < impairment_.late ? impairment_.late_ns : 0;
            return static_cast<uint64_t>(static_cast<double>(impairment_.delay_ns) + jitter) + more;
        };
        if (!rtcp) {
            Applied& applied = sides_[to].applied;
            ++applied.sent;
            if (rng_.uniform() < impairment_.loss) {
                ++applied.lost;
                return;
            }
            if (rng_.uniform() < impairment_.duplicates) {
                ++applied.doubled;
                on_the_way_.emplace(now_ns + take_ns(), Datagram{to, bytes, false});
            }
        }
        on_the_way_.emplace(now_ns + take_ns(), Datagram{to, bytes, rtcp});
    }
    void deliver() {
        for (; !on_the_way_.empty() && on_the_way_.begin()->first <= now_ns; on_the_way_.erase(on_the_way_.begin())) {
            const auto& [at_ns, datagram] = *on_the_way_.begin();
            Side& side = sides_[datagram.to];
            if (datagram.rtcp) {
                side.rtcp.push_back(datagram.bytes);
            } else {
                const RtpView packet = *read_rtp(datagram.bytes);
                side.applied.arrivals.push_back({at_ns, packet.timestamp, packet.sequence});
            }
            sockaddr_storage from{};
            side.streams->received({kAudioStream, datagram.bytes, at_ns, &from, datagram.rtcp});
        }
    }

    const Impairment impairment_;
    Rng rng_;
    const std::string bytes_ = with_its_beginning(std::string(kLongestRtpPayload, 'a'));
    std::array<Side, 2> sides_;
    std::multimap<uint64_t, Datagram> on_the_way_;
};

}  // namespace gsp::rt::test
