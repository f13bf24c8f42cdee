// SPDX-License-Identifier: Apache-2.0
// What media needs of SDP (RFC 4566), read as SIPp reads it: the first address, the first ports; not a parser of
// sessions. Pure functions on received and sent messages.
#pragma once
#include <array>
#include <cstdint>
#include <string_view>

#include "runtime/base/result.h"
#include "runtime/media/rtp.h"
#include "runtime/sip/message.h"
#include "runtime/transport/transport.h"

namespace gsp::rt {

// ---- For rtp_stream.
// Does the message say that it carries SDP? (Content-Type is `application/sdp`, or multipart with such a part.)
bool has_stream_sdp(const sip::Message&);
// By MediaKind; family 0: not named, or with port 0. Of two lines for a kind the second counts if the port of the first
// is 0. Fails without a body or an address, for which SIPp ends the run.
using StreamTargets = std::array<Address, 2>;
Result<StreamTargets> read_stream_targets(const sip::Message&);

// ---- For what arrives.
// By MediaKind: what the dynamic payload types are (a=rtpmap), of the lines below each m=.
using TypesOfKinds = std::array<DynamicTypes, 2>;
TypesOfKinds read_dynamic_types(std::string_view body);

// Where the RTCP of each kind goes (RFC 3605, RFC 5761), if its RTP goes to `targets`; the lines of the m= with a port.
struct RtcpTarget {
    Address to;          // a=rtcp, else the port above
    bool muxed = false;  // a=rtcp-mux
};
std::array<RtcpTarget, 2> read_rtcp_targets(std::string_view body, const StreamTargets& targets);

// ---- For play_pcap_* and play_dtmf.
enum class CaptureKind : uint8_t { Audio, Image, Video };
// By CaptureKind, 0: not named. The first `m=audio ` and so on, anywhere in the text.
using CapturePorts = std::array<uint16_t, 3>;
CapturePorts read_capture_ports(std::string_view message);
bool has_capture_sdp(const sip::Message&);  // responses, INVITE, ACK, PRACK, with a body
// The first `c=IN IP4 ` or, with `family` 6, `c=IN IP6 `; family 0: there is none.
Address read_connection(std::string_view text, int family);

}  // namespace gsp::rt
