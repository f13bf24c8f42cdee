// SPDX-License-Identifier: Apache-2.0
// AES and HMAC-SHA1 of OpenSSL for libsrtp, which stays the engine of SRTP (docs/decisions/0018-srtp-by-openssl.md).
#pragma once

namespace gsp::rt {

// Puts them in the place of libsrtp's own, for sessions that are made from now on, whichever thread makes them; once,
// after srtp_init(), before any thread has a session. What OpenSSL cannot do, or does wrong by the tests of libsrtp,
// stays libsrtp's own: false.
bool use_openssl_in_libsrtp();

// libsrtp 2.5 derives keys with AES-256 wherever they are longer than those of AES-128 (its issue 763). While one of
// these lives, its thread's sessions get them by AES-192 (RFC 6188 3). None inside another.
class Aes192Derivation {
public:
    Aes192Derivation();
    ~Aes192Derivation();
    Aes192Derivation(const Aes192Derivation&) = delete;
    Aes192Derivation& operator=(const Aes192Derivation&) = delete;
    bool works() const { return asked_; }  // once a session is made: OpenSSL's ciphers are those in use

private:
    bool asked_ = false;
};

}  // namespace gsp::rt
