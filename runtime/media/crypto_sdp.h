// SPDX-License-Identifier: Apache-2.0
// SRTP keys in SDP (SDES, RFC 4568): a=crypto lines, and which of them an offer and its answer agree on. Pure.
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "runtime/media/offer_answer.h"
#include "runtime/media/rtp.h"
#include "runtime/media/srtp_suite.h"

namespace gsp::rt {

struct CryptoLine {
    uint32_t tag = 0;
    SrtpKey key;
};
struct CryptoLines {  // those that can be used, in their order; further ones are left out
    std::array<CryptoLine, 8> v{};
    uint32_t n = 0;
    bool any = false;  // there are some, of whatever use
    const CryptoLine* begin() const { return v.data(); }
    const CryptoLine* end() const { return v.data() + n; }
};
using CryptoOfKinds = std::array<CryptoLines, 2>;  // by MediaKind

// The value of a=crypto. Nothing: an unknown suite, a key of another length, more than four keys, a session parameter
// that changes the packets in a way that is not known.
std::optional<CryptoLine> parse_crypto(std::string_view value);
// Of the first m=audio and m=video whose port is not 0.
CryptoOfKinds read_crypto(std::string_view body);

// Offers and answers of one call (RFC 3264, RFC 4568 5.1, 7.1).
class CryptoNegotiation {
public:
    using Side = SdpSide;
    using Message = SdpMessage;
    // True: it was an answer, so keys() may have changed.
    bool take(Side, Message, const CryptoOfKinds&);
    void expect_offer() { order_.expect_offer(); }
    // Nothing: no SRTP, or the two sides have no line in common.
    const std::optional<SrtpKeys>& keys(MediaKind kind) const { return keys_[static_cast<size_t>(kind)]; }
    // The answer has lines for this kind, but took none of those that were offered: there is to be no media then.
    bool disagreed(MediaKind kind) const { return disagreed_[static_cast<size_t>(kind)]; }

private:
    void settle(size_t kind, Side answers);
    const CryptoLines& of(Side side, size_t kind) const { return lines_[static_cast<size_t>(side)][kind]; }

    std::array<CryptoOfKinds, 2> lines_;  // by Side
    OfferAnswer order_;
    std::array<std::optional<SrtpKeys>, 2> keys_;
    std::array<bool, 2> disagreed_{};
};

}  // namespace gsp::rt
