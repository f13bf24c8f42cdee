// SPDX-License-Identifier: Apache-2.0
#include "runtime/media/srtp.h"

#include <srtp2/srtp.h>

#include "runtime/media/srtp_openssl.h"

namespace gsp::rt {

static_assert(SrtpContext::kTrailer >= SRTP_MAX_TAG_LEN + 4);

namespace {

using Policy = srtp_crypto_policy_t;

// SIPp's suite with a tag of 32 bits and no cipher, which libsrtp has no function for.
void null_cipher_hmac_sha1_32(Policy& policy) {
    constexpr int kTagBytes = 4;
    srtp_crypto_policy_set_null_cipher_hmac_sha1_80(&policy);
    policy.auth_tag_len = kTagBytes;
}

#define OF_LIBSRTP(name)                        \
    void name(Policy& policy) {                 \
        srtp_crypto_policy_set_##name(&policy); \
    }
OF_LIBSRTP(aes_cm_128_hmac_sha1_80)
OF_LIBSRTP(aes_cm_128_hmac_sha1_32)
OF_LIBSRTP(null_cipher_hmac_sha1_80)
OF_LIBSRTP(aes_cm_256_hmac_sha1_80)
OF_LIBSRTP(aes_cm_256_hmac_sha1_32)
OF_LIBSRTP(aes_cm_192_hmac_sha1_80)
OF_LIBSRTP(aes_cm_192_hmac_sha1_32)
OF_LIBSRTP(aes_gcm_128_16_auth)
OF_LIBSRTP(aes_gcm_256_16_auth)
#undef OF_LIBSRTP

struct Policies {
    void (*rtp)(Policy&);
    void (*rtcp)(Policy&);
};
constexpr Policies kPolicies[] = {
#define SRTP_SUITE(id, name, bytes, rtp, rtcp) {rtp, rtcp},
#include "runtime/media/srtp_suites.def"
};

srtp_sec_serv_t services(const Policy& policy, bool encrypts, bool authenticates) {
    uint32_t chosen = policy.sec_serv;
    if (!encrypts) chosen &= ~uint32_t{sec_serv_conf};
    if (!authenticates) chosen &= ~uint32_t{sec_serv_auth};
    return static_cast<srtp_sec_serv_t>(chosen);
}

struct WholePolicy {
    WholePolicy(const SrtpKey& key, SrtpContext::Direction direction) : own(key) {
        constexpr unsigned long kReplayWindow = 1024;
        const Policies& rows = kPolicies[static_cast<size_t>(own.suite)];
        rows.rtp(policy.rtp);
        rows.rtcp(policy.rtcp);
        policy.rtp.sec_serv = services(policy.rtp, own.encrypts, own.authenticates);
        policy.rtcp.sec_serv = services(policy.rtcp, own.encrypts_rtcp, true);
        policy.ssrc.type = direction == SrtpContext::Direction::Out ? ssrc_any_outbound : ssrc_any_inbound;
        policy.window_size = kReplayWindow;
        policy.allow_repeat_tx = 1;  // captures repeat themselves
        for (size_t i = 0; i < own.n_masters; ++i) add_master(i);
        policy.keys = pointers.data();
        policy.num_master_keys = own.n_masters;
    }
    WholePolicy(const WholePolicy&) = delete;
    WholePolicy& operator=(const WholePolicy&) = delete;
    void add_master(size_t i) {
        uint64_t mki = own.masters[i].mki;
        for (size_t at = own.mki_bytes; at > 0; mki >>= 8) indexes[i][--at] = static_cast<uint8_t>(mki);
        masters[i] = {own.masters[i].key.data(), indexes[i].data(), own.mki_bytes};
        pointers[i] = &masters[i];
    }
    static constexpr size_t kMost = std::tuple_size_v<decltype(SrtpKey::masters)>;
    SrtpKey own;
    std::array<std::array<uint8_t, kMostMkiBytes>, kMost> indexes{};
    std::array<srtp_master_key_t, kMost> masters{};
    std::array<srtp_master_key_t*, kMost> pointers{};
    srtp_policy_t policy{};
};

bool has_aes192(const SrtpKey& key) {
    return key.suite == SrtpSuite::Aes192Sha80 || key.suite == SrtpSuite::Aes192Sha32;
}

template <class F>
bool with_keys_of(const SrtpKey& key, F&& make) {
    if (!has_aes192(key)) return make() == srtp_err_status_ok;
    const Aes192Derivation derivation;
    return make() == srtp_err_status_ok && derivation.works();
}

template <class F>
size_t processed(F&& f, char* packet, size_t size) {
    int length = static_cast<int>(size);
    return f(packet, &length) == srtp_err_status_ok ? static_cast<size_t>(length) : 0;
}

}  // namespace

// Once a process. Without OpenSSL's ciphers libsrtp has its own, which are slower.
bool SrtpContext::available() {
    static const bool ready = srtp_init() == srtp_err_status_ok && (use_openssl_in_libsrtp(), true);
    return ready;
}

std::unique_ptr<SrtpContext> SrtpContext::create(const SrtpKey& key, Direction direction) {
    if (!available()) return nullptr;
    std::unique_ptr<SrtpContext> made(new SrtpContext(direction));
    const WholePolicy whole(key, direction);
    made->note(key);
    const bool well = with_keys_of(key, [&] { return srtp_create(&made->session_, &whole.policy); });
    return well ? std::move(made) : nullptr;
}

SrtpContext::~SrtpContext() {
    if (session_) srtp_dealloc(session_);
}

bool SrtpContext::change(const SrtpKey& key) {
    const WholePolicy whole(key, direction_);
    note(key);
    return with_keys_of(key, [&] { return srtp_update(session_, &whole.policy); });
}

void SrtpContext::note(const SrtpKey& key) {
    mki_bytes_ = key.mki_bytes;
    master_ = 0, n_masters_ = key.n_masters;
    for (size_t i = 0; i < left_.size(); ++i) left_[i] = {key.masters[i].lifetime, key.masters[i].lifetime};
}

// RFC 3711 9.2: a master key is at its end when the packets of either kind are.
bool SrtpContext::spend(bool rtcp) {
    while (master_ < n_masters_ && (!left_[master_].rtp || !left_[master_].rtcp)) ++master_;
    if (master_ == n_masters_) return false;
    --(rtcp ? left_[master_].rtcp : left_[master_].rtp);
    return true;
}

size_t SrtpContext::protect(std::span<char> room, size_t size) {
    if (size + kTrailer + mki_bytes_ > room.size() || !spend(false)) return 0;
    return processed([&](char* p, int* n) { return srtp_protect_mki(session_, p, n, mki_bytes_ > 0, master_); },
                     room.data(), size);
}

size_t SrtpContext::unprotect(std::span<char> packet) {
    return processed([&](char* p, int* n) { return srtp_unprotect_mki(session_, p, n, mki_bytes_ > 0); }, packet.data(),
                     packet.size());
}

size_t SrtpContext::protect_rtcp(std::span<char> room, size_t size) {
    if (size + kTrailer + mki_bytes_ > room.size() || !spend(true)) return 0;
    return processed([&](char* p, int* n) { return srtp_protect_rtcp_mki(session_, p, n, mki_bytes_ > 0, master_); },
                     room.data(), size);
}

size_t SrtpContext::unprotect_rtcp(std::span<char> packet) {
    return processed([&](char* p, int* n) { return srtp_unprotect_rtcp_mki(session_, p, n, mki_bytes_ > 0); },
                     packet.data(), packet.size());
}

}  // namespace gsp::rt
