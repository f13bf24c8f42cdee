// SPDX-License-Identifier: Apache-2.0
// ICE in SDP (RFC 8839) and in fragments of it (RFC 8840). Candidates are not taken apart here: the agent does. Pure.
#pragma once
#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/media/sdp.h"

namespace gsp::rt {

// Of one kind of media; its own lines come before those of the session.
struct IceOfKind {
    std::string user, password;           // a=ice-ufrag, a=ice-pwd; empty: no ICE
    std::vector<std::string> candidates;  // "a=candidate:…", at most kMostCandidates
    Address plain;                        // of m= and c=; family 0: none
    bool lite = false, trickles = false;  // trickles: more candidates may follow
};
inline constexpr size_t kMostCandidates = 64;
using IceOfKinds = std::array<IceOfKind, 2>;  // by MediaKind

// `targets`: what read_stream_targets() has found, or nothing. A fragment trickles until it says a=end-of-candidates.
IceOfKinds read_ice(std::string_view body, const StreamTargets& targets);
IceOfKinds read_ice_fragment(std::string_view body);
bool has_ice_fragment(const sip::Message&);  // application/trickle-ice-sdpfrag

}  // namespace gsp::rt
