// SPDX-License-Identifier: Apache-2.0
#include "runtime/media/dtls.h"

#include <openssl/err.h>
#include <openssl/srtp.h>
#include <openssl/ssl.h>
#include <sys/time.h>

#include <algorithm>
#include <array>

#include "runtime/base/clock.h"
#include "runtime/media/dtls_openssl.h"

namespace gsp::rt {

namespace {

// RFC 5764 4.1.2, RFC 7714 14.2.
struct Profile {
    unsigned long id;
    SrtpSuite suite;
    size_t key_bytes, salt_bytes;
};
constexpr Profile kProfiles[] = {{SRTP_AES128_CM_SHA1_80, SrtpSuite::Aes128Sha80, 16, 14},
                                 {SRTP_AES128_CM_SHA1_32, SrtpSuite::Aes128Sha32, 16, 14},
                                 {SRTP_AEAD_AES_128_GCM, SrtpSuite::Gcm128, 16, 12},
                                 {SRTP_AEAD_AES_256_GCM, SrtpSuite::Gcm256, 32, 12}};

DtlsEnd::Wire& wire_of(BIO* bio) {
    return *static_cast<DtlsEnd::Wire*>(BIO_get_data(bio));
}

int write_datagram(BIO* bio, const char* bytes, int n) {
    wire_of(bio).out.emplace_back(bytes, static_cast<size_t>(n));
    return n;
}

int read_datagram(BIO* bio, char* room, int size) {
    std::string_view& in = wire_of(bio).in;
    BIO_clear_retry_flags(bio);
    if (in.empty()) {
        BIO_set_retry_read(bio);
        return -1;
    }
    const size_t n = std::min(in.size(), static_cast<size_t>(size));
    std::copy_n(in.data(), n, room);
    in = {};
    return static_cast<int>(n);
}

long control(BIO*, int command, long, void*) {
    constexpr long kUdpAndIp = 28;
    if (command == BIO_CTRL_FLUSH) return 1;
    return command == BIO_CTRL_DGRAM_GET_MTU_OVERHEAD ? kUdpAndIp : 0;
}

BIO_METHOD* datagrams() {  // made once a process
    static BIO_METHOD* const method = [] {
        BIO_METHOD* made = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "datagrams");
        BIO_meth_set_write(made, write_datagram);
        BIO_meth_set_read(made, read_datagram);
        BIO_meth_set_ctrl(made, control);
        return made;
    }();
    return method;
}

// RFC 6347 4.2.4 names a second, and less where time matters: a ClientHello can come before the SDP that it belongs to.
unsigned timer_us(SSL*, unsigned before_us) {
    constexpr unsigned kFirstUs = 250'000, kLongestUs = 4'000'000;
    return before_us ? std::min(2 * before_us, kLongestUs) : kFirstUs;
}

bool same_as_one(const Fingerprints& expected, X509* certificate) {
    if (!expected.n) return false;
    // RFC 8122 5: the strongest hash that both know decides.
    const DtlsHash strongest = std::max_element(expected.begin(), expected.end(), [](const auto& a, const auto& b) {
                                   return a.hash < b.hash;
                               })->hash;
    const Fingerprint actual = fingerprint_of(certificate, strongest);
    return std::find(expected.begin(), expected.end(), actual) != expected.end();
}

bool was_alert() {
    constexpr int kFirstAlert = SSL_AD_REASON_OFFSET;
    const unsigned long error = ERR_peek_last_error();
    return ERR_GET_LIB(error) == ERR_LIB_SSL && ERR_GET_REASON(error) >= kFirstAlert;
}

}  // namespace

// ---- one end --------------------

DtlsEnd::DtlsEnd(const DtlsIdentity& identity, const DtlsPlan& plan)
    : ssl_(SSL_new(identity.context())), active_(plan.role == DtlsPlan::Role::Active), expected_(plan.peer) {
    BIO* const bio = BIO_new(datagrams());
    BIO_set_data(bio, &wire_);
    BIO_set_init(bio, 1);
    SSL_set_bio(ssl_, bio, bio);
    SSL_set_app_data(ssl_, this);
    SSL_set_verify(ssl_, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
    DTLS_set_timer_cb(ssl_, timer_us);
    DTLS_set_link_mtu(ssl_, kMtu);
    active_ ? SSL_set_connect_state(ssl_) : SSL_set_accept_state(ssl_);
}

DtlsEnd::~DtlsEnd() {
    SSL_free(ssl_);
}

int DtlsEnd::verify_peer(x509_store_ctx_st* store, void*) {
    auto* const ssl = static_cast<SSL*>(X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx()));
    DtlsEnd& end = *static_cast<DtlsEnd*>(SSL_get_app_data(ssl));
    if (!end.expected_.n || same_as_one(end.expected_, X509_STORE_CTX_get0_cert(store))) return 1;
    end.outcome_ = DtlsOutcome::WrongFingerprint;
    X509_STORE_CTX_set_error(store, X509_V_ERR_CERT_REJECTED);
    return 0;
}

void DtlsEnd::begin() {
    advance();
}

void DtlsEnd::take(std::string_view datagram) {
    if (failed(outcome_)) return;
    wire_.in = datagram;
    advance();
    wire_.in = {};
}

// Afterwards there is still something to do: a last flight that was lost is asked for again.
void DtlsEnd::advance() {
    ERR_clear_error();
    if (shaken_) {
        char nothing[256];  // application data means nothing here
        SSL_read(ssl_, nothing, sizeof nothing);
        return;
    }
    const int result = SSL_do_handshake(ssl_);
    if (result == 1) return finish();
    const int error = SSL_get_error(ssl_, result);
    if (error != SSL_ERROR_WANT_READ && error != SSL_ERROR_WANT_WRITE) fail_handshake();
}

void DtlsEnd::fail_handshake() {
    if (outcome_ == DtlsOutcome::Pending) outcome_ = was_alert() ? DtlsOutcome::Refused : DtlsOutcome::Broken;
}

void DtlsEnd::finish() {
    shaken_ = true;
    if (!export_keys())
        outcome_ = DtlsOutcome::NoProfile;
    else
        judge();
}

void DtlsEnd::judge() {
    if (!expected_.n || outcome_ != DtlsOutcome::Pending) return;
    X509* const certificate = SSL_get1_peer_certificate(ssl_);
    outcome_ =
        certificate && same_as_one(expected_, certificate) ? DtlsOutcome::Established : DtlsOutcome::WrongFingerprint;
    X509_free(certificate);
}

void DtlsEnd::expect(const Fingerprints& fingerprints) {
    expected_ = fingerprints;
    if (shaken_) judge();
}

// RFC 5764 4.2: both keys, then both salts, the client's first.
bool DtlsEnd::export_keys() {
    constexpr std::string_view kLabel = "EXTRACTOR-dtls_srtp";
    const SRTP_PROTECTION_PROFILE* const chosen = SSL_get_selected_srtp_profile(ssl_);
    if (!chosen) return false;
    const auto profile = std::find_if(std::begin(kProfiles), std::end(kProfiles),
                                      [&](const Profile& row) { return row.id == chosen->id; });
    if (profile == std::end(kProfiles)) return false;
    std::array<uint8_t, 2 * kLongestSrtpKey> bytes;
    const size_t n = 2 * (profile->key_bytes + profile->salt_bytes);
    if (SSL_export_keying_material(ssl_, bytes.data(), n, kLabel.data(), kLabel.size(), nullptr, 0, 0) != 1)
        return false;
    const auto part = [&](size_t which) {
        SrtpKey key;
        key.suite = profile->suite;
        const uint8_t* const salts = bytes.data() + 2 * profile->key_bytes;
        std::copy_n(bytes.data() + which * profile->key_bytes, profile->key_bytes, key.first().begin());
        std::copy_n(salts + which * profile->salt_bytes, profile->salt_bytes,
                    key.first().begin() + static_cast<ptrdiff_t>(profile->key_bytes));
        return key;
    };
    keys_ = {part(active_ ? 0 : 1), part(active_ ? 1 : 0)};
    return true;
}

void DtlsEnd::tick() {
    if (shaken_ || failed(outcome_)) return;
    ERR_clear_error();
    if (DTLSv1_handle_timeout(ssl_) < 0) outcome_ = DtlsOutcome::TimedOut;
}

std::optional<uint64_t> DtlsEnd::timeout_ns() const {
    timeval left;
    if (shaken_ || failed(outcome_) || DTLSv1_get_timeout(ssl_, &left) != 1) return {};
    return static_cast<uint64_t>(left.tv_sec) * kSecond + static_cast<uint64_t>(left.tv_usec) * 1000;
}

void DtlsEnd::say_goodbye() {
    ERR_clear_error();
    if (shaken_) SSL_shutdown(ssl_);
}

}  // namespace gsp::rt
