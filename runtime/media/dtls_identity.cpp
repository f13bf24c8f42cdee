// SPDX-License-Identifier: Apache-2.0
// The certificate of DTLS-SRTP: from files, or made for the run.
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <unistd.h>

#include <cerrno>
#include <memory>

#include "runtime/media/dtls.h"
#include "runtime/media/dtls_openssl.h"

namespace gsp::rt {

namespace {

Error with_reason(const std::string& what) {
    const unsigned long code = ERR_peek_last_error();
    const char* const reason = code ? ERR_reason_error_string(code) : nullptr;
    ERR_clear_error();
    return Error{what + ": " + (reason ? reason : "unknown reason")};
}

// Keys that are encrypted are refused, not asked for.
int no_password(char*, int, int, void*) {
    return 0;
}

Result<void> check_readable(const std::string& option, const std::string& file) {
    if (::access(file.c_str(), R_OK) == 0) return {};
    return system_error(option + ": cannot read '" + file + "'", errno);
}

Result<void> load(SSL_CTX* context, const DtlsConfig& config) {
    const std::string& key = config.key.empty() ? config.certificate : config.key;
    if (config.certificate.empty()) return Error{"-dtls_key without -dtls_cert"};
    if (auto there = check_readable("-dtls_cert", config.certificate); !there) return there;
    if (auto there = check_readable("-dtls_key", key); !there) return there;
    if (SSL_CTX_use_certificate_chain_file(context, config.certificate.c_str()) != 1)
        return with_reason("-dtls_cert '" + config.certificate + "'");
    if (SSL_CTX_use_PrivateKey_file(context, key.c_str(), SSL_FILETYPE_PEM) != 1)
        return with_reason("-dtls_key '" + key + "'");
    if (SSL_CTX_check_private_key(context) != 1)
        return with_reason("the key '" + key + "' is not that of the certificate '" + config.certificate + "'");
    return {};
}

// RFC 5763 5: what it says of itself does not count, its fingerprint does.
bool sign(X509* certificate, EVP_PKEY* key) {
    constexpr long kDay = 24 * 60 * 60, kYear = 365 * kDay;
    const auto* const name = reinterpret_cast<const unsigned char*>("gossipper");
    X509_set_version(certificate, X509_VERSION_3);
    ASN1_INTEGER_set_uint64(X509_get_serialNumber(certificate), 1);
    X509_gmtime_adj(X509_getm_notBefore(certificate), -kDay);
    X509_gmtime_adj(X509_getm_notAfter(certificate), kYear);
    X509_NAME* const subject = X509_get_subject_name(certificate);
    return X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, name, -1, -1, 0) == 1 &&
           X509_set_issuer_name(certificate, subject) == 1 && X509_set_pubkey(certificate, key) == 1 &&
           X509_sign(certificate, key, EVP_sha256()) != 0;
}

Result<void> generate(SSL_CTX* context) {
    const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(EVP_EC_gen("P-256"), EVP_PKEY_free);
    const std::unique_ptr<X509, decltype(&X509_free)> certificate(X509_new(), X509_free);
    if (!key || !certificate || !sign(certificate.get(), key.get()) ||
        SSL_CTX_use_certificate(context, certificate.get()) != 1 || SSL_CTX_use_PrivateKey(context, key.get()) != 1)
        return with_reason("cannot make a certificate for DTLS");
    return {};
}

}  // namespace

Fingerprint fingerprint_of(X509* certificate, DtlsHash hash) {
    const EVP_MD* const digests[] = {EVP_sha1(), EVP_sha256(), EVP_sha384(), EVP_sha512()};  // as DtlsHash
    Fingerprint made{hash, {}};
    X509_digest(certificate, digests[static_cast<size_t>(hash)], made.bytes.data(), nullptr);
    return made;
}

Result<std::shared_ptr<const DtlsIdentity>> DtlsIdentity::make(const DtlsConfig& config) {
    std::shared_ptr<DtlsIdentity> made(new DtlsIdentity(SSL_CTX_new(DTLS_method())));
    SSL_CTX* const context = made->context_;
    SSL_CTX_set_min_proto_version(context, DTLS1_2_VERSION);
    SSL_CTX_set_options(context, SSL_OP_NO_QUERY_MTU | SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_default_passwd_cb(context, no_password);
    SSL_CTX_set_cert_verify_callback(context, DtlsEnd::verify_peer, nullptr);
    if (SSL_CTX_set_tlsext_use_srtp(context, config.profiles.c_str()) != 0)
        return with_reason("-dtls_profiles '" + config.profiles + "'");
    const bool named = !config.certificate.empty() || !config.key.empty();
    if (auto done = named ? load(context, config) : generate(context); !done) return done.error();
    return std::shared_ptr<const DtlsIdentity>(std::move(made));
}

DtlsIdentity::~DtlsIdentity() {
    SSL_CTX_free(context_);
}

Fingerprint DtlsIdentity::fingerprint(DtlsHash hash) const {
    return fingerprint_of(SSL_CTX_get0_certificate(context_), hash);
}

}  // namespace gsp::rt
