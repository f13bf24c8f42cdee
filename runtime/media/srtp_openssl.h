// SPDX-License-Identifier: Apache-2.0
// AES and HMAC-SHA1 of OpenSSL for libsrtp, which stays the engine of SRTP (docs/decisions/0018-srtp-by-openssl.md).
#pragma once

namespace gsp::rt {

// Puts them in the place of libsrtp's own, for sessions that are made from now on, whichever thread makes them; once,
// after srtp_init(), before any thread has a session. What OpenSSL cannot do, or does wrong by the tests of libsrtp,
// stays libsrtp's own: false.
bool use_openssl_in_libsrtp();

}  // namespace gsp::rt
