// SPDX-License-Identifier: Apache-2.0
// Digest authentication (RFC 7616, RFC 2617, RFC 8760; AKA: see aka.h): answers challenges, for [authentication], and
// checks answers, for verifyauth. Pure functions, usable on any thread: nothing is kept, allocated or locked;
// randomness comes in as the cnonce.
#pragma once
#include <array>
#include <cstdint>
#include <string_view>

#include "runtime/auth/aka.h"
#include "runtime/auth/algorithms.h"
#include "runtime/auth/status.h"

namespace gsp::rt::auth {

struct Request {
    std::string_view method;
    std::string_view uri;                 // digest-uri. For verify(): empty = that of the credentials
    std::string_view body;                // of interest for qop auth-int only
    std::string_view username, password;  // as they are: nothing is escaped or unescaped (SIPp)
    AkaKeys aka = {};                     // not for verify(), as all that follows
    std::string_view cnonce = {};         // text, see cnonce_text()
    uint32_t nonce_count = 1;
};

// Writes the value of an Authorization header to [out, end), in SIPp's layout, and returns its end; nullptr if there is
// none, and `status` says why. Of the qops offered auth-int is preferred (SIPp). The length depends on neither body nor
// method.
char* authorization(const Challenge&, const Request&, char* out, char* end, Status& status);

// Whether the first Digest credentials of a header value are right for this user: Ok, or why not. Method and body are
// those of the received request. The user name in the credentials is not compared: the response depends on it (and it
// may be a hash, RFC 7616 3.4.4). Upper-case digits in the response are wrong (RFC 7616 3.4.1: LHEX). AKA is
// unsupported.
Status verify(std::string_view credentials, const Request&);

// Whether credentials were made for a challenge: of its realm and nonce.
bool answers(const DigestParams& credentials, const DigestParams& challenge);

// 16 hexadecimal digits.
std::array<char, 16> cnonce_text(uint64_t random);

}  // namespace gsp::rt::auth
