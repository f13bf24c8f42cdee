// SPDX-License-Identifier: Apache-2.0
// Private to runtime/transport.
#pragma once
#include <openssl/ssl.h>

#include <boost/asio/ssl/error.hpp>
#include <string>

namespace gsp::rt {

// A certificate that was not accepted says why. OpenSSL looks at it also where nobody is to be verified.
inline std::string describe_tls_error(const boost::system::error_code& error, const SSL* ssl, std::string otherwise) {
    const long verified = SSL_get_verify_result(ssl);
    if (error.category() != boost::asio::error::get_ssl_category() || verified == X509_V_OK ||
        SSL_get_verify_mode(ssl) == SSL_VERIFY_NONE)
        return otherwise;
    return "the certificate of the peer: " + std::string(X509_verify_cert_error_string(verified));
}

}  // namespace gsp::rt
