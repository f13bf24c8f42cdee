// SPDX-License-Identifier: Apache-2.0
// libFuzzer target: any bytes as a WAV file, as a capture, as RTP, as SDP in a message, and as the values of actions.
// Aborts when something lies outside the bytes, times go back, a format is not one of the table, or numbers contradict
// each other.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "runtime/media/audio_file.h"
#include "runtime/media/bundle.h"
#include "runtime/media/capture.h"
#include "runtime/media/crypto_sdp.h"
#include "runtime/media/dtls_sdp.h"
#include "runtime/media/dtmf.h"
#include "runtime/media/ice_sdp.h"
#include "runtime/media/reception.h"
#include "runtime/media/rtcp.h"
#include "runtime/media/rtp_check.h"
#include "runtime/media/sdp.h"
#include "runtime/media/stream_request.h"

namespace {

using namespace gsp::rt;

void require(bool condition) {
    if (!condition) std::abort();
}

void require_inside(std::string_view part, std::string_view all) {
    require(part.empty() || (part.data() >= all.data() && part.data() + part.size() <= all.data() + all.size()));
}

void check_capture(std::string_view bytes) {
    auto capture = parse_capture(bytes);
    if (!capture) return;
    uint64_t before = 0;
    require(!capture->packets.empty());
    for (const CapturedPacket& packet : capture->packets) {
        require(packet.at_ns >= before && packet.port < capture->ports.size());
        require(size_t{packet.begin} + packet.len <= capture->bytes.size());
        before = packet.at_ns;
    }
}

void check_values(std::string_view bytes) {
    if (auto request = parse_stream_request(bytes, 8)) {
        require_inside(request->file, bytes);
        require(request->what != StreamRequest::What::Play || request->format.bytes > 0);
    }
    uint16_t sequence = kFirstDtmfSequence;
    if (auto digits = make_dtmf(bytes, 1, sequence)) require(digits->packets.size() > 20);
}

void check_sdp(const std::string& bytes) {
    sip::Message message;
    if (sip::parse(bytes, message) != sip::ParseStatus::Ok) return;
    if (has_stream_sdp(message))
        if (auto targets = read_stream_targets(sdp_part(message.body_text())))
            for (const Address& target : *targets) require((target.family != 0) == (target.port != 0));
    if (has_capture_sdp(message)) read_capture_targets(sdp_part(message.body_text()), 4);
    require_inside(sdp_part(message.body_text()), message.body_text());
    read_dynamic_types(message.body_text());
    for (const DtlsLines& lines : read_dtls(message.body_text())) require(lines.named || lines.fingerprints.n == 0);
    read_rtcp_targets(message.body_text(), {});
    CryptoNegotiation negotiation;
    const CryptoOfKinds crypto = read_crypto(message.body_text());
    for (const CryptoLines& lines : crypto) require(lines.n <= lines.v.size());
    negotiation.take(CryptoNegotiation::Side::Peer, CryptoNegotiation::Message::Request, crypto);
    require(negotiation.take(CryptoNegotiation::Side::Own, CryptoNegotiation::Message::Response, crypto));
    require(negotiation.keys(MediaKind::Audio).has_value() == (crypto[0].n > 0));
}

void check_ice(std::string_view bytes) {
    for (const IceOfKinds& ice : {read_ice(bytes, {}), read_ice_fragment(bytes)})
        for (const IceOfKind& kind : ice) {
            require(kind.user.size() <= 256 && kind.password.size() <= 256);
            require(kind.candidates.size() <= kMostCandidates);
            for (const std::string& line : kind.candidates)
                require(line.size() <= 256 && line.find('\n') == line.npos);
        }
}

void check_rtcp(std::string_view bytes) {
    std::string_view rest = bytes;
    while (const auto packet = take_rtcp(rest)) {
        require_inside(packet->body, bytes);
        packet->ssrc();
        packet->sender_info();
        for (uint32_t i = 0; i <= packet->count; ++i)
            if (const auto block = packet->block(i)) round_trip_ns(*block, ntp_of(0));
    }
}

// Packets, each with its length before it, as they arrive.
void check_reception(std::string_view bytes) {
    Reception reception;
    uint64_t now_ns = 0, packets = 0;
    for (size_t at = 0; at < bytes.size(); at += 1 + static_cast<uint8_t>(bytes[at])) {
        const auto packet = read_rtp(bytes.substr(at + 1, static_cast<uint8_t>(bytes[at])));
        if (!packet) continue;
        require_inside(packet->payload, bytes);
        reception.take(*packet, bytes.size(), no_dynamic_types(), now_ns += packet->sequence * 1000u);
        ++packets;
    }
    StreamReport report;
    reception.put(report);
    rate(report);
    require(report[StreamValue::PacketsReceived] == packets);
    require(report[StreamValue::PacketsLost] <= report[StreamValue::PacketsExpected]);
    require(report.mos == 0 || (report.mos >= 1 && report.mos <= 4.5));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    const std::string bytes(reinterpret_cast<const char*>(data), size);
    if (auto audio = media_bytes(bytes)) require_inside(*audio, bytes);
    require_inside(rtp_payload(bytes), bytes);
    check_reception(bytes);
    check_rtcp(bytes);
    parse_crypto(bytes);
    check_ice(bytes);
    if (auto plan = read_bundle(bytes)) {
        require((!plan->mids[0].empty() && !plan->mids[1].empty()));
        kind_by_mid(bytes, *plan);
    }
    for (const uint8_t id : {uint8_t{1}, uint8_t{4}, uint8_t{200}}) require_inside(rtp_extension(bytes, id), bytes);
    if (auto asked = parse_rtp_expectation(bytes)) require(asked->min_packets >= 0);
    check_capture(bytes);
    for (const uint32_t link : {0u, 1u, 101u, 105u, 113u, 276u})
        if (const auto packet = udp_of_frame(bytes, link)) require_inside(packet->payload, bytes);
    check_values(bytes);
    check_sdp(bytes);
    return 0;
}
