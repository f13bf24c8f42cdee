// SPDX-License-Identifier: Apache-2.0
// DTLS 1.2 with the extension use_srtp (RFC 5764), by OpenSSL: a certificate for all, and one end of one association,
// which takes and gives datagrams and knows no network. Retransmission timers run on OpenSSL's clock, the system's.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/result.h"
#include "runtime/config.h"
#include "runtime/media/dtls_plan.h"
#include "runtime/media/srtp_suite.h"

struct ssl_ctx_st;
struct ssl_st;
struct x509_store_ctx_st;

namespace gsp::rt {

// Certificate, key and profiles. Does not change; any thread's.
class DtlsIdentity {
public:
    // Of the files, else a new key (P-256) that signs for itself. Errors name the option.
    static Result<std::shared_ptr<const DtlsIdentity>> make(const DtlsConfig&);
    ~DtlsIdentity();
    DtlsIdentity(const DtlsIdentity&) = delete;
    DtlsIdentity& operator=(const DtlsIdentity&) = delete;
    Fingerprint fingerprint(DtlsHash) const;
    ssl_ctx_st* context() const { return context_; }

private:
    explicit DtlsIdentity(ssl_ctx_st* context) : context_(context) {}
    ssl_ctx_st* const context_;
};

// One thread's.
class DtlsEnd {
public:
    // `plan`: with the role Active or Passive. The identity must outlive it.
    DtlsEnd(const DtlsIdentity&, const DtlsPlan&);
    ~DtlsEnd();
    DtlsEnd(const DtlsEnd&) = delete;
    DtlsEnd& operator=(const DtlsEnd&) = delete;

    void begin();                          // an active end sends its first flight
    void take(std::string_view datagram);  // whatever it is
    void expect(const Fingerprints&);      // those of the plan were not known
    void tick();                           // what timeout_ns() named has passed
    void say_goodbye();                    // close_notify
    // Until a flight is sent again, from now; nothing: no flight is under way.
    std::optional<uint64_t> timeout_ns() const;

    DtlsOutcome outcome() const { return outcome_; }
    const SrtpKeys& keys() const { return keys_; }  // of an association that is established
    // Datagrams to be sent, each of kMtu bytes at most.
    std::vector<std::string>& to_send() { return wire_.out; }

    static constexpr long kMtu = 1200;
    struct Wire {  // what OpenSSL reads and writes
        std::string_view in;
        std::vector<std::string> out;
    };
    static int verify_peer(x509_store_ctx_st*, void*);  // for OpenSSL: the certificate is in the handshake

private:
    void advance();
    void finish();
    void judge();
    void fail_handshake();
    bool export_keys();

    ssl_st* ssl_;
    const bool active_;
    Wire wire_;
    Fingerprints expected_;
    bool shaken_ = false;  // hands
    DtlsOutcome outcome_ = DtlsOutcome::Pending;
    SrtpKeys keys_;
};

}  // namespace gsp::rt
