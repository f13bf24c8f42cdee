// SPDX-License-Identifier: Apache-2.0
// What media needs of SDP (RFC 4566): where to, which ports; not a parser of sessions. Pure functions on received
// and sent messages.
#pragma once
#include <array>
#include <cstdint>
#include <string_view>

#include "runtime/base/result.h"
#include "runtime/media/rtp.h"
#include "runtime/sip/message.h"
#include "runtime/transport/transport.h"

namespace gsp::rt {

// The SDP of a body: of a multipart one (RFC 2046) the first part that is application/sdp.
std::string_view sdp_part(std::string_view body);

// ---- For rtp_stream.
// Does the message say that it carries SDP? (Content-Type is application/sdp, or multipart with such a part.)
bool has_stream_sdp(const sip::Message&);
// By MediaKind; family 0: not named, or with port 0. Of two lines for a kind the second counts if the port of the first
// is 0. The address is that of c= below m=, else the one above all, else the first there is (SIPp). 0.0.0.0 and :: put
// it on hold (RFC 3264 8.4). Fails without SDP or an address, for which SIPp ends the run.
using StreamTargets = std::array<Address, 2>;
Result<StreamTargets> read_stream_targets(std::string_view sdp);

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
// By CaptureKind, as StreamTargets; of c= those of a family, 4 or 6. Without one there is but the port.
using CaptureTargets = std::array<Address, 3>;
CaptureTargets read_capture_targets(std::string_view sdp, int family);
using CapturePorts = std::array<uint16_t, 3>;  // 0: not named
CapturePorts read_capture_ports(std::string_view sdp);
bool has_capture_sdp(const sip::Message&);  // responses, INVITE, ACK, PRACK, UPDATE, with a body

}  // namespace gsp::rt
