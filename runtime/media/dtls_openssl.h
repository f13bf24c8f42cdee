// SPDX-License-Identifier: Apache-2.0
// What the files that know OpenSSL have in common. Private to them.
#pragma once
#include <openssl/x509.h>

#include "runtime/media/dtls_plan.h"

namespace gsp::rt {

Fingerprint fingerprint_of(X509* certificate, DtlsHash);

}  // namespace gsp::rt
