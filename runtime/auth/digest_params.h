// SPDX-License-Identifier: Apache-2.0
// Reads WWW-Authenticate, Proxy-Authenticate, Authorization and Proxy-Authorization values (RFC 7616 3.3 and 3.4, RFC
// 3261 25.1) into views of the text; nothing is copied or allocated, the time is linear in the length. Lenient: any
// case, any blanks (line folds too), missing or doubled commas, missing quotes, unknown parameters, other schemes
// between; of a parameter that is there twice the first one counts.
#pragma once
#include <string_view>

namespace gsp::rt::auth {

// The parameters of one challenge or of one set of credentials: text between the quotes as it is on the wire, escapes
// included, which is also what is hashed (unq() of RFC 7616 takes off the quotes only) and echoed. No value contains a
// quote without a backslash or ends in a backslash of its own, so each can stand between quotes. data() is nullptr if
// the parameter is missing.
struct DigestParams {
    std::string_view username, realm, nonce, uri, response, algorithm, cnonce, opaque, qop, nc;
};

// Takes the next Digest challenge or credentials off the front of `rest`, which may hold several, of any scheme,
// separated by commas. False if there is none left.
bool next_digest(std::string_view& rest, DigestParams& out);

// ASCII letters in any case.
bool same_word(std::string_view a, std::string_view b);

}  // namespace gsp::rt::auth
