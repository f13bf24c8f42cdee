// SPDX-License-Identifier: Apache-2.0
// libFuzzer target: any bytes as a capture (pcap, pcapng) and as a WAV file. Aborts when something lies outside the
// bytes, times go back, or a capture that is written anew of what was read is not the same.
#include <cstdint>
#include <string>

#include "runtime/media/audio_file.h"
#include "runtime/media/capture.h"
#include "runtime/media/pcap_file.h"
#include "test/fuzz/require.h"

namespace {

using namespace gsp::rt;

void check(Capture& capture) {
    uint64_t before = 0;
    require(!capture.packets.empty());
    std::string again;
    begin_pcap(again);
    Address from, to;
    from.family = to.family = 4;
    for (const CapturedPacket& packet : capture.packets) {
        require(packet.at_ns >= before && packet.port < capture.ports.size());
        require(size_t{packet.begin} + packet.len <= capture.bytes.size());
        before = packet.at_ns;
        to.port = static_cast<uint16_t>(1 + capture.ports[packet.port]);
        add_to_pcap({packet.at_ns % (uint64_t{1} << 61), from, to, capture.payload(packet), {}}, again);
    }
    auto second = parse_capture(again);
    require(second.ok() && second->packets.size() == capture.packets.size());
    for (size_t i = 0; i < capture.packets.size(); ++i) {
        const std::string_view payload = capture.payload(capture.packets[i]);
        require(second->payload(second->packets[i]) == payload.substr(0, 65507));
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    const std::string bytes(reinterpret_cast<const char*>(data), size);
    if (auto audio = media_bytes(bytes)) {
        require_inside(bytes, *audio);
        with_its_beginning(*audio);
    }
    if (auto capture = parse_capture(bytes)) check(*capture);
    return 0;
}
