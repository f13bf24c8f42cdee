// SPDX-License-Identifier: Apache-2.0
// Private to runtime/transport.
#pragma once
#include <openssl/x509_vfy.h>

#include <boost/asio/ssl/error.hpp>
#include <string>

namespace gsp::rt {

// A certificate that was not accepted says why.
inline std::string describe_tls_error(const boost::system::error_code& error, long verified, std::string otherwise) {
    if (error.category() != boost::asio::error::get_ssl_category() || verified == X509_V_OK) return otherwise;
    return "the certificate of the peer: " + std::string(X509_verify_cert_error_string(verified));
}

}  // namespace gsp::rt
