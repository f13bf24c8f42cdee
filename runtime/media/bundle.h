// SPDX-License-Identifier: Apache-2.0
// BUNDLE (RFC 8843): audio and video of a call over one port, as far as one m=audio and one m=video need it. Pure.
#pragma once
#include <array>
#include <bitset>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "runtime/media/rtp.h"

namespace gsp::rt {

// How packets of video are told from those of audio.
struct BundlePlan {
    std::bitset<128> video_types;     // payload types that are no audio
    uint8_t mid_extension = 0;        // header extension (RFC 8285) with the mid; 0: none
    std::array<std::string, 2> mids;  // by MediaKind
    bool sends_mid = false;           // the other side's SDP has the same extension
    friend bool operator==(const BundlePlan&, const BundlePlan&) = default;
};

// Of one SDP, of its first m=audio and m=video; nothing: no a=group:BUNDLE has both. A port 0 (a=bundle-only) is none
// that is refused.
std::optional<BundlePlan> read_bundle(std::string_view body);

// The kind that the packet's mid names; nothing: it has none, or that of neither.
std::optional<MediaKind> kind_by_mid(std::string_view packet, const BundlePlan&);
// What stands between header and payload of packets of this kind, if the plan sends mids (RFC 8285); else empty.
std::string mid_extension(const BundlePlan&, MediaKind);
// The element of its header extension; empty: there is none.
std::string_view rtp_extension(std::string_view packet, uint8_t id);

}  // namespace gsp::rt
