// SPDX-License-Identifier: Apache-2.0
// The one-time password that an AKA challenge asks for (RFC 3310: AKAv1, RFC 4169: AKAv2), with Milenage as SIPp has
// it. As in SIPp there is no check of the sequence number and hence no resynchronisation (auts): each challenge whose
// MAC is right is answered.
#pragma once
#include <array>
#include <string_view>

#include "runtime/auth/algorithms.h"
#include "runtime/auth/status.h"

namespace gsp::rt::auth {

// Bytes, of any value. Shorter ones are filled up with zeros, longer ones cut.
struct AkaKeys {
    std::string_view k;    // 16; empty: the password's first 16 (SIPp)
    std::string_view op;   // 16
    std::string_view amf;  // 2; empty: the AMF of the challenge. SIPp then takes zeros and refuses other challenges
};

struct AkaPassword {
    std::array<char, 44> bytes;
    size_t size = 0;

    std::string_view view() const { return {bytes.data(), size}; }
};

// `nonce`: base64 of RAND, AUTN and, perhaps, data of the server's.
Status make_aka_password(const Algorithm&, std::string_view nonce, const AkaKeys&, AkaPassword& out);

}  // namespace gsp::rt::auth
