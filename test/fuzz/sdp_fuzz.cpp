// SPDX-License-Identifier: Apache-2.0
// libFuzzer target: any bytes as the body of an answer with SDP. Aborts when a target has an address without a port,
// more lines than there is room for, or keys come without a line.
#include <cstdint>
#include <string>

#include "runtime/media/bundle.h"
#include "runtime/media/crypto_sdp.h"
#include "runtime/media/dtls_sdp.h"
#include "runtime/media/ice_sdp.h"
#include "runtime/media/sdp.h"
#include "runtime/sip/message.h"
#include "test/fuzz/require.h"

namespace {

using namespace gsp::rt;

void check_targets(const std::string& text) {
    sip::Message message;
    require(sip::parse(text, message) == sip::ParseStatus::Ok);
    StreamTargets known{};
    const std::string_view sdp = sdp_part(message.body_text());
    require(sdp.empty() || message.body_text().find(sdp) != std::string_view::npos);
    if (has_stream_sdp(message))
        if (auto targets = read_stream_targets(sdp)) known = *targets;
    for (const Address& target : known) require((target.family != 0) == (target.port != 0));
    for (const RtcpTarget& rtcp : read_rtcp_targets(message.body_text(), known))
        require(rtcp.to.family == 0 || rtcp.to.family == 4 || rtcp.to.family == 6);
    read_capture_ports(sdp);
    for (const int family : {4, 6})
        for (const Address& target : read_capture_targets(sdp, family))
            require(target.family == 0 || target.family == family);
    for (const DtlsLines& lines : read_dtls(sdp)) require(lines.named || lines.fingerprints.n == 0);
}

void check_ice(std::string_view body) {
    constexpr size_t kLongest = 256;
    for (const IceOfKinds& ice : {read_ice(body, {}), read_ice_fragment(body)})
        for (const IceOfKind& kind : ice) {
            require(kind.user.size() <= kLongest && kind.password.size() <= kLongest);
            require(kind.candidates.size() <= kMostCandidates);
            for (const std::string& line : kind.candidates)
                require(line.size() <= kLongest && line.find('\n') == line.npos);
        }
    if (const auto plan = read_bundle(body)) require(!plan->mids[0].empty() && !plan->mids[1].empty());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    const std::string body(reinterpret_cast<const char*>(data), size);
    check_targets(
        "SIP/2.0 200 OK\r\nCall-ID: 1\r\nCSeq: 1 INVITE\r\nContent-Type: application/sdp\r\nContent-Length: " +
        std::to_string(size) + "\r\n\r\n" + body);
    check_ice(body);
    for (const DynamicTypes& types : read_dynamic_types(body))
        for (const CodecId type : types) require(type == kNoCodec || type == kTelephoneEvent || find_codec(type));
    const CryptoOfKinds crypto = read_crypto(body);
    for (const CryptoLines& lines : crypto) require(lines.n <= lines.v.size());
    CryptoNegotiation negotiation;
    negotiation.take(CryptoNegotiation::Side::Peer, CryptoNegotiation::Message::Request, crypto);
    negotiation.take(CryptoNegotiation::Side::Own, CryptoNegotiation::Message::Response, crypto);
    require(negotiation.keys(MediaKind::Audio).has_value() == (crypto[0].n > 0));
    return 0;
}
