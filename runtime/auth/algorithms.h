// SPDX-License-Identifier: Apache-2.0
// The algorithms of Digest (RFC 7616 6.1, RFC 8760, RFC 3310, RFC 4169) and the choice among challenges.
#pragma once
#include <string_view>

#include "runtime/auth/crypto.h"
#include "runtime/auth/digest_params.h"
#include "runtime/auth/status.h"

namespace gsp::rt::auth {

struct Algorithm {
    std::string_view name;
    Hash hash;
    bool session;  // A1 is hashed again with nonce and cnonce
    int aka;       // version of AKA that makes the password; 0: none
    int strength;  // of the hash
};

inline constexpr Algorithm kAlgorithms[] = {
    {"MD5", Hash::Md5, false, 0, 1},
    {"MD5-sess", Hash::Md5, true, 0, 1},
    {"SHA-256", Hash::Sha256, false, 0, 2},
    {"SHA-256-sess", Hash::Sha256, true, 0, 2},
    {"SHA-512-256", Hash::Sha512_256, false, 0, 2},
    {"SHA-512-256-sess", Hash::Sha512_256, true, 0, 2},
    {"AKAv1-MD5", Hash::Md5, false, 1, 1},
    {"AKAv2-MD5", Hash::Md5, false, 2, 1},
    {"AKAv2-SHA-256", Hash::Sha256, false, 2, 2},
};

// By its whole name, in any case (SIPp compares only the beginning and takes MD5-sess for MD5); a missing name, empty,
// is MD5. nullptr if there is none.
const Algorithm* find_algorithm(std::string_view name);

// The challenge to answer; views of the header values it was chosen from.
struct Challenge {
    DigestParams params;
    const Algorithm* algorithm = nullptr;
    Status status = Status::NoDigest;  // Ok: chosen; else why there is none
};

// Looks at each challenge of a header value; `best`, which starts out empty, becomes the strongest one so far, or stays
// if it is as strong (RFC 8760 2.4: the server's order counts). Unsupported and incomplete ones are passed over.
// `has_aka_key`: whether the user has an AKA key of its own; AKA then comes before all others, else after them.
void consider(std::string_view value, bool has_aka_key, Challenge& best);

}  // namespace gsp::rt::auth
