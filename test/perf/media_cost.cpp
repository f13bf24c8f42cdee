// SPDX-License-Identifier: Apache-2.0
// media_cost: what a packet costs in the media thread, without the kernel's part: 500 streams of G.711 on a network
// that does nothing, plain, with RTCP (extended reports), kept for -failed_pcap, recorded, with SRTP. Medians over
// rounds, in ns; for SRTP also what the keys of a stream, both ways, take.
#include <malloc.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "runtime/media/audio_file.h"
#include "runtime/media/streams.h"

namespace {

using namespace gsp::rt;
using Kind = MediaCommand::Kind;

enum class Mode { Plain, Rtcp, Kept, Recorded, AesCm, AesGcm };
constexpr const char* kNames[] = {"plain", "rtcp", "kept", "recorded", "AES-CM", "AES-GCM"};
constexpr uint32_t kCalls = 500;

class Nowhere final : public RtpNetwork {
public:
    RtpRefused send(std::span<const RtpPacket> packets) override {
        sent += packets.size();
        return {};
    }
    void take(int, uint32_t, bool) override {}
    void close(int) override {}
    int shared_socket(uint16_t) override { return -1; }
    Address local(int) override { return here; }
    const Address here = *resolve("127.0.0.1", 6000);
    uint64_t sent = 0;
};

MediaCommand order(Kind kind, uint32_t call) {
    MediaCommand made;
    made.kind = kind;
    made.stream = call * kStreamsOfCall;
    made.ssrc = 7 + call;
    made.socket = made.rtcp_socket = -1;
    return made;
}

void begin_record(Streams& streams, Mode mode, uint32_t call, const std::filesystem::path& folder) {
    if (mode != Mode::Kept && mode != Mode::Recorded) return;
    MediaCommand made = order(mode == Mode::Kept ? Kind::Keep : Kind::Record, call);
    made.on = true;
    made.record = std::make_unique<MediaCommand::Record>();
    made.record->path = (folder / std::to_string(call)).string();
    if (mode == Mode::Kept) made.record->store = std::make_unique<PacketStore>(131072);
    streams.apply(std::move(made), 0);
}

// The keys of a call and, for what arrives, the other side's context.
struct Secured {
    SrtpKeys keys;
    std::unique_ptr<SrtpContext> peer;
};

std::vector<Secured> secured_calls(Mode mode) {
    std::vector<Secured> calls;
    if (mode != Mode::AesCm && mode != Mode::AesGcm) return calls;
    const SrtpSuite suite = mode == Mode::AesCm ? SrtpSuite::Aes128Sha80 : SrtpSuite::Gcm128;
    for (uint32_t call = 0; call < kCalls; ++call) {
        SrtpKeys keys;
        keys.own.suite = keys.peer.suite = suite;
        keys.own.first().fill(static_cast<uint8_t>(call));
        keys.peer.first().fill(static_cast<uint8_t>(call + 1));
        calls.push_back({keys, SrtpContext::create(keys.peer, SrtpContext::Direction::Out)});
    }
    return calls;
}

struct Datagram {
    alignas(8) std::array<char, 256> room{};
    size_t size = 172;
    std::string_view text() const { return {room.data(), size}; }
};

std::vector<Datagram> arriving(uint32_t round, std::vector<Secured>& secured) {
    Datagram plain;
    RtpHeader header = rtp_header(0, 5);
    patch(header, static_cast<uint16_t>(round), round * 160);
    std::copy(header.begin(), header.end(), plain.room.begin());
    std::vector<Datagram> all(kCalls, plain);
    for (size_t call = 0; call < secured.size(); ++call)
        all[call].size = secured[call].peer->protect(all[call].room, plain.size);
    return all;
}

double median(std::vector<double> values) {
    std::sort(values.begin(), values.end());
    return values[values.size() / 2];
}

template <class F>
double ns_of(F&& work) {
    const auto begin = std::chrono::steady_clock::now();
    work();
    return std::chrono::duration<double, std::nano>(std::chrono::steady_clock::now() - begin).count();
}

void protect(Streams& streams, const std::vector<Secured>& secured) {
    if (secured.empty()) return;
    const size_t before = mallinfo2().uordblks;
    const double ns = ns_of([&] {
        for (uint32_t call = 0; call < kCalls; ++call) {
            MediaCommand made = order(Kind::Protect, call);
            made.keys = std::make_unique<SrtpKeys>(secured[call].keys);
            streams.apply(std::move(made), 0);
        }
    });
    std::printf("keys of a stream: %.0f us, %zu bytes\n", ns / kCalls / 1000, (mallinfo2().uordblks - before) / kCalls);
}

void measure(Mode mode, const std::filesystem::path& folder) {
    constexpr uint64_t kRound = 20 * kMillisecond;
    Nowhere network;
    MediaCounts counts;
    std::vector<StreamBoard> boards(kCalls);
    Streams streams(network, counts, {}, false, {mode == Mode::Rtcp, 1, 1'700'000'000 * kSecond});
    std::vector<Secured> secured = secured_calls(mode);
    const std::string bytes = with_its_beginning(std::string(1600, 'a'));
    for (uint32_t call = 0; call < kCalls; ++call) {
        MediaCommand open = order(Kind::Open, call);
        open.socket = 10, open.board = &boards[call];
        streams.apply(std::move(open), 0);
        MediaCommand target = order(Kind::Target, call);
        target.to = network.here;
        streams.apply(std::move(target), 0);
        begin_record(streams, mode, call, folder);
        MediaCommand play = order(Kind::PlayBytes, call);
        play.bytes = std::string_view(bytes).substr(0, 1600);
        play.format = *find_rtp_format(0, "");
        streams.apply(std::move(play), call * kRound / kCalls);
    }
    protect(streams, secured);
    std::vector<double> sending, receiving;
    sockaddr_storage from{};
    to_native(network.here, from);
    for (uint32_t round = 0; round < 500; ++round) {
        const uint64_t now_ns = (round + 2) * kRound, before = network.sent;
        const double sent_ns = ns_of([&] { streams.run(now_ns); });
        sending.push_back(sent_ns / static_cast<double>(std::max<uint64_t>(1, network.sent - before)));
        const std::vector<Datagram> packets = arriving(round, secured);
        receiving.push_back(
            ns_of([&] {
                for (uint32_t call = 0; call < kCalls; ++call)
                    streams.received({call * kStreamsOfCall, packets[call].text(), now_ns, &from, false, 10});
            }) /
            kCalls);
        streams.publish();
        if (mode == Mode::Recorded) std::this_thread::sleep_for(std::chrono::milliseconds(20));  // as packets come
    }
    std::printf("%-9s sent %4.0f ns, received %4.0f ns, dropped %llu\n", kNames[static_cast<size_t>(mode)],
                median(sending), median(receiving),
                static_cast<unsigned long long>(counts[Counter::MediaRecordsDropped] + counts[Counter::SrtpErrors]));
}

}  // namespace

int main() {
    const std::filesystem::path folder = std::filesystem::temp_directory_path() / "gsp_media_cost";
    std::filesystem::create_directories(folder);
    for (const Mode mode : {Mode::Plain, Mode::Rtcp, Mode::Kept, Mode::Recorded, Mode::AesCm, Mode::AesGcm})
        measure(mode, folder);
    std::filesystem::remove_all(folder);
}
