// SPDX-License-Identifier: Apache-2.0
// libFuzzer target: any datagrams, RTP and RTCP with extended reports, as they arrive at two streams of a call whose
// datagrams are kept, one after the other and in any time. Aborts when a view lies outside the bytes, numbers
// contradict each other, what is sent cannot be read, or what was kept is not what came.
#include <cstdint>
#include <string>
#include <vector>

#include "runtime/media/bundle.h"
#include "runtime/media/capture.h"
#include "runtime/media/packet_store.h"
#include "runtime/media/pcap_file.h"
#include "runtime/media/rtcp_xr.h"
#include "runtime/media/streams.h"
#include "test/fuzz/require.h"

namespace {

using namespace gsp::rt;

// Each packet, and each block of extended reports; how many packets there are.
size_t read_all(std::string_view bytes) {
    size_t n = 0;
    std::string_view rest = bytes;
    while (const auto packet = take_rtcp(rest)) {
        ++n;
        require_inside(bytes, packet->body);
        for (uint32_t i = 0; i <= packet->count; ++i)
            if (const auto block = packet->block(i)) round_trip_ns(*block, ntp_of(0));
        std::string_view blocks = packet->ssrc() ? packet->body.substr(4) : std::string_view();
        while (const auto block = take_xr_block(blocks)) {
            require_inside(bytes, block->body);
            block->reference_time();
            block->statistics();
            block->voip_metrics();
            for (size_t i = 0; block->last_receiver(i); ++i) require(i < bytes.size());
        }
    }
    return n;
}

class Network final : public RtpNetwork {
public:
    RtpRefused send(std::span<const RtpPacket> packets) override {
        for (const RtpPacket& packet : packets) {
            if (packet.has_header) continue;
            require(read_all(packet.payload) >= 2);  // a report and a name at least
            std::string_view rest = packet.payload;
            while (take_rtcp(rest)) {
            }
            require(rest.empty());
        }
        return {};
    }
    void take(int, uint32_t, bool) override {}
    void close(int) override {}
    int shared_socket(uint16_t) override { return 1; }
    Address local(int) override { return any(); }
    static Address any() {
        Address address;
        address.family = 4, address.port = 6000, address.ip[0] = 127, address.ip[3] = 1;
        return address;
    }
};

struct Datagram {
    uint8_t how;  // bit 0: at the port of RTCP; the rest: how long after the one before, in steps of 4 ms
    std::string_view bytes;
};

// How, length in two bytes, bytes.
std::vector<Datagram> datagrams(std::string_view input) {
    std::vector<Datagram> out;
    while (input.size() >= 3) {
        const size_t size = static_cast<uint8_t>(input[1]) * 256u + static_cast<uint8_t>(input[2]);
        out.push_back({static_cast<uint8_t>(input[0]), input.substr(3, size)});
        input.remove_prefix(std::min(input.size(), 3 + size));
    }
    return out;
}

void play(const std::vector<Datagram>& input) {
    Network network;
    MediaCounts counts;
    StreamBoard board;
    Streams streams(network, counts, {}, false, {true, 1, 1'700'000'000 * kSecond});
    const auto give = [&](MediaCommand::Kind kind, auto&& fill) {
        MediaCommand made;
        made.kind = kind;
        fill(made);
        streams.apply(std::move(made), 0);
    };
    give(MediaCommand::Kind::Open,
         [&](MediaCommand& c) { c.socket = 1, c.rtcp_socket = 2, c.ssrc = 7, c.board = &board; });
    give(MediaCommand::Kind::Types, [](MediaCommand& c) { c.types[0] = kTelephoneEvent, c.types[1] = 0; });
    for (const auto kind : {MediaCommand::Kind::Target, MediaCommand::Kind::RtcpTarget})
        give(kind, [](MediaCommand& c) { c.to = Network::any(); });
    sockaddr_storage from{};
    to_native(Network::any(), from);
    uint64_t now_ns = 0, rtp = 0;
    for (const Datagram& datagram : input) {
        now_ns += (datagram.how >> 1) * 4 * kMillisecond;
        streams.run(now_ns);
        const bool rtcp = datagram.how & 1;
        streams.received({kAudioStream, datagram.bytes, now_ns, &from, rtcp, 1});
        if (!rtcp && !is_rtcp(datagram.bytes) && read_rtp(datagram.bytes)) ++rtp;
    }
    streams.publish();
    StreamReport report = board.received.read();
    rate(report);
    require(report[StreamValue::PacketsReceived] == rtp);
    require(report[StreamValue::PacketsLost] <= report[StreamValue::PacketsExpected]);
    require(report[StreamValue::PacketsSilent] <= report[StreamValue::PacketsOfSpeech]);
    require(report.mos == 0 || (report.mos >= 1 && report.mos <= 4.5));
    streams.close_all(now_ns);
}

void keep(const std::vector<Datagram>& input) {
    PacketStore store(16384);
    size_t bytes = 0;
    for (const Datagram& datagram : input) {
        store.add({bytes, Network::any(), Network::any(), datagram.bytes.substr(0, 12),
                   datagram.bytes.substr(std::min<size_t>(12, datagram.bytes.size()))});
        bytes += datagram.bytes.size();
    }
    size_t kept = 0;
    store.each([&](const StoredPacket& packet) {
        const Datagram& datagram = input[kept < input.size() - store.left_out() ? kept : 0];
        require(store.left_out() || packet.head == datagram.bytes);
        ++kept;
    });
    require(kept + store.left_out() == input.size());
    const auto capture = parse_capture(pcap_of(store));
    require(capture.ok() == (kept > 0));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    const std::string bytes(reinterpret_cast<const char*>(data), size);
    read_all(bytes);
    for (const uint8_t id : {uint8_t{1}, uint8_t{4}, uint8_t{200}}) require_inside(bytes, rtp_extension(bytes, id));
    const std::vector<Datagram> input = datagrams(bytes);
    play(input);
    keep(input);
    return 0;
}
