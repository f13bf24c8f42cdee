// SPDX-License-Identifier: Apache-2.0
// DTLS-SRTP in SDP: a=fingerprint, a=setup, a=tls-id, and what an offer and its answer agree on (RFC 4145, RFC 5763,
// RFC 8122, RFC 8842). Pure.
#pragma once
#include <array>
#include <cstdint>
#include <string_view>

#include "runtime/media/dtls_plan.h"
#include "runtime/media/offer_answer.h"
#include "runtime/media/rtp.h"

namespace gsp::rt {

enum class DtlsSetup : uint8_t { None, Active, Passive, Actpass, Holdconn };

struct DtlsLines {
    bool named = false;         // there is an a=fingerprint
    Fingerprints fingerprints;  // those whose hash is known
    DtlsSetup setup = DtlsSetup::None;
    uint64_t id = 0;  // hash of a=tls-id; 0: there is none
};
using DtlsOfKinds = std::array<DtlsLines, 2>;  // by MediaKind
// Of the first m=audio and m=video whose port is not 0; what they do not say is said above the first m=.
DtlsOfKinds read_dtls(std::string_view body);

class DtlsNegotiation {
public:
    // True: a plan may have changed. That of an offer that waits for the other side to begin counts before its answer,
    // without fingerprints: a ClientHello may come first (RFC 5763 5).
    bool take(SdpSide, SdpMessage, const DtlsOfKinds&);
    void expect_offer() { order_.expect_offer(); }
    const DtlsPlan& plan(MediaKind kind) const { return plans_[static_cast<size_t>(kind)]; }
    // For a=setup of what the own side says next: the answer to the last offer if it was the peer's, else actpass.
    std::string_view own_setup() const;

private:
    void settle(size_t kind, SdpSide answers);
    void expect(size_t kind);
    const DtlsLines& of(SdpSide side, size_t kind) const { return lines_[static_cast<size_t>(side)][kind]; }

    OfferAnswer order_;
    std::array<DtlsOfKinds, 2> lines_;  // by SdpSide
    std::array<DtlsPlan, 2> plans_;
};

}  // namespace gsp::rt
