// SPDX-License-Identifier: Apache-2.0
#include "runtime/transport/tls_context.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>

namespace gsp::rt {

namespace ssl = boost::asio::ssl;

namespace {

constexpr const char *kCertificate = "cacert.pem", *kKey = "cakey.pem";  // SIPp's names

std::string last_tls_error() {
    const unsigned long code = ERR_peek_last_error();
    const char* reason = code ? ERR_reason_error_string(code) : nullptr;
    ERR_clear_error();
    return reason ? reason : "unknown reason";
}

Error tls_error(const std::string& what) {
    return Error{what + ": " + last_tls_error()};
}

Result<void> check_readable(const std::string& option, const std::string& file) {
    if (::access(file.c_str(), R_OK) == 0) return {};
    return system_error(option + ": cannot read '" + file + "'", errno);
}

bool is_address(const std::string& host) {
    return host.find(':') != host.npos || host.find_first_not_of("0123456789.") == host.npos;
}

// Places for what is ours in OpenSSL's objects; their "app data" belong to Asio.
int context_place() {
    static const int place = SSL_CTX_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
    return place;
}
int peer_place() {
    static const int place = SSL_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
    return place;
}
void* context_of(const SSL* connection) {
    return SSL_CTX_get_ex_data(SSL_get_SSL_CTX(connection), context_place());
}

// Keys that are encrypted are refused, not asked for.
int no_password(char*, int, int, void*) {
    return 0;
}

}  // namespace

TlsContext::TlsContext() : context_(ssl::context::tls) {}

TlsContext::~TlsContext() {
    for (auto& [peer, session] : sessions_) SSL_SESSION_free(session);
    if (key_log_) std::fclose(key_log_);
}

Result<std::unique_ptr<TlsContext>> TlsContext::make(const TransportConfig& config) {
    std::unique_ptr<TlsContext> made(new TlsContext);
    if (Result<void> done = made->configure(config); !done) return done.error();
    return made;
}

Result<void> TlsContext::configure(const TransportConfig& config) {
    const TlsConfig& tls = config.tls;
    SSL_CTX* native = context_.native_handle();
    SSL_CTX_set_ex_data(native, context_place(), this);
    SSL_CTX_set_default_passwd_cb(native, no_password);
    SSL_CTX_set_mode(native, SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_options(native, SSL_OP_IGNORE_UNEXPECTED_EOF);
    name_ = !tls.name.empty() ? tls.name : is_address(config.host) ? "" : config.host;
    if (Result<void> done = choose_version(tls.version); !done) return done;
    if (!tls.ciphers.empty() && !SSL_CTX_set_cipher_list(native, tls.ciphers.c_str()))
        return tls_error("-tls_ciphers '" + tls.ciphers + "'");
    if (Result<void> done = load_certificate(tls, config.needs_certificate); !done) return done;
    if (Result<void> done = load_trust(tls); !done) return done;

    resumes_ = tls.resumes;
    constexpr unsigned char kSessions[] = "gossipper";
    SSL_CTX_set_session_id_context(native, kSessions, sizeof kSessions - 1);
    SSL_CTX_set_session_cache_mode(native, resumes_ ? SSL_SESS_CACHE_BOTH : SSL_SESS_CACHE_OFF);
    if (!resumes_) SSL_CTX_set_options(native, SSL_OP_NO_TICKET);
    SSL_CTX_sess_set_new_cb(native, keep_session);

    const char* environment = std::getenv("SSLKEYLOGFILE");
    return open_key_log(!tls.key_log.empty() ? tls.key_log : environment ? environment : "");
}

Result<void> TlsContext::choose_version(const std::string& version) {
    constexpr struct {
        const char* name;
        int number;
    } kVersions[] = {{"1.0", TLS1_VERSION}, {"1.1", TLS1_1_VERSION}, {"1.2", TLS1_2_VERSION}, {"1.3", TLS1_3_VERSION}};
    SSL_CTX* native = context_.native_handle();
    SSL_CTX_set_min_proto_version(native, TLS1_VERSION);
    for (const auto& row : kVersions) {
        if (version != row.name) continue;
        // What distributions forbid by default has to be allowed to be used at all.
        if (row.number < TLS1_2_VERSION) SSL_CTX_set_security_level(native, 0);
        SSL_CTX_set_min_proto_version(native, row.number);
        SSL_CTX_set_max_proto_version(native, row.number);
    }
    return {};
}

Result<void> TlsContext::load_certificate(const TlsConfig& tls, bool needed) {
    const std::string certificate = tls.certificate.empty() ? kCertificate : tls.certificate;
    const std::string key = tls.key.empty() ? kKey : tls.key;
    const bool named = !tls.certificate.empty() || !tls.key.empty();
    if (!named && !needed && ::access(certificate.c_str(), R_OK) != 0) return {};
    if (Result<void> there = check_readable("-tls_cert", certificate); !there) return there;
    if (Result<void> there = check_readable("-tls_key", key); !there) return there;
    SSL_CTX* native = context_.native_handle();
    if (SSL_CTX_use_certificate_chain_file(native, certificate.c_str()) != 1)
        return tls_error("-tls_cert '" + certificate + "'");
    if (SSL_CTX_use_PrivateKey_file(native, key.c_str(), SSL_FILETYPE_PEM) != 1)
        return tls_error("-tls_key '" + key + "'");
    if (SSL_CTX_check_private_key(native) != 1)
        return tls_error("the key '" + key + "' is not that of the certificate '" + certificate + "'");
    return {};
}

// SIPp: with -tls_ca or -tls_crl the peer must show a valid certificate, whoever connects; its name is not compared.
Result<void> TlsContext::load_trust(const TlsConfig& tls) {
    SSL_CTX* native = context_.native_handle();
    for (const auto& [option, file] : {std::pair("-tls_ca", &tls.ca), std::pair("-tls_crl", &tls.crl)}) {
        if (file->empty()) continue;
        if (Result<void> there = check_readable(option, *file); !there) return there;
        if (SSL_CTX_load_verify_locations(native, file->c_str(), nullptr) != 1)
            return tls_error(std::string(option) + " '" + *file + "'");
    }
    if (!tls.crl.empty()) X509_STORE_set_flags(SSL_CTX_get_cert_store(native), X509_V_FLAG_CRL_CHECK);
    context_.set_verify_mode(tls.verifies() ? ssl::verify_peer | ssl::verify_fail_if_no_peer_cert : ssl::verify_none);
    return {};
}

Result<void> TlsContext::open_key_log(const std::string& file) {
    if (file.empty()) return {};
    key_log_ = std::fopen(file.c_str(), "a");
    if (!key_log_) return system_error("cannot write the TLS keys to '" + file + "'", errno);
    std::setvbuf(key_log_, nullptr, _IOLBF, 0);
    SSL_CTX_set_keylog_callback(context_.native_handle(), log_key);
    return {};
}

void TlsContext::log_key(const SSL* connection, const char* line) {
    auto* self = static_cast<TlsContext*>(context_of(connection));
    std::fprintf(self->key_log_, "%s\n", line);
}

int TlsContext::keep_session(SSL* connection, SSL_SESSION* session) {
    auto* self = static_cast<TlsContext*>(context_of(connection));
    const auto* peer = static_cast<const Address*>(SSL_get_ex_data(connection, peer_place()));
    if (!peer || SSL_is_server(connection)) return 0;
    SSL_SESSION*& kept = self->sessions_[*peer];
    if (kept) SSL_SESSION_free(kept);
    kept = session;
    return 1;  // the reference is ours now
}

void TlsContext::prepare_client(SSL* connection, const Address& peer) {
    if (!name_.empty()) SSL_set_tlsext_host_name(connection, name_.c_str());
    if (!resumes_) return;
    SSL_set_ex_data(connection, peer_place(), const_cast<Address*>(&peer));
    if (const auto found = sessions_.find(peer); found != sessions_.end()) SSL_set_session(connection, found->second);
}

}  // namespace gsp::rt
