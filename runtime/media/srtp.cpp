// SPDX-License-Identifier: Apache-2.0
#include "runtime/media/srtp.h"

#include <srtp2/srtp.h>

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

// `key` must stay while the policy is used.
srtp_policy_t policy_of(SrtpKey& key, SrtpContext::Direction direction) {
    constexpr unsigned long kReplayWindow = 1024;
    srtp_policy_t policy{};
    const Policies& rows = kPolicies[static_cast<size_t>(key.suite)];
    rows.rtp(policy.rtp);
    rows.rtcp(policy.rtcp);
    policy.rtp.sec_serv = services(policy.rtp, key.encrypts, key.authenticates);
    policy.rtcp.sec_serv = services(policy.rtcp, key.encrypts_rtcp, true);
    policy.ssrc.type = direction == SrtpContext::Direction::Out ? ssrc_any_outbound : ssrc_any_inbound;
    policy.key = key.key.data();
    policy.window_size = kReplayWindow;
    policy.allow_repeat_tx = 1;  // captures repeat themselves
    return policy;
}

bool libsrtp_is_ready() {  // its set-up, once a process
    static const bool ready = srtp_init() == srtp_err_status_ok;
    return ready;
}

template <class F>
size_t processed(F&& f, char* packet, size_t size) {
    int length = static_cast<int>(size);
    return f(packet, &length) == srtp_err_status_ok ? static_cast<size_t>(length) : 0;
}

}  // namespace

std::unique_ptr<SrtpContext> SrtpContext::create(const SrtpKey& key, Direction direction) {
    if (!libsrtp_is_ready()) return nullptr;
    std::unique_ptr<SrtpContext> made(new SrtpContext(direction));
    SrtpKey own = key;
    const srtp_policy_t policy = policy_of(own, direction);
    return srtp_create(&made->session_, &policy) == srtp_err_status_ok ? std::move(made) : nullptr;
}

SrtpContext::~SrtpContext() {
    if (session_) srtp_dealloc(session_);
}

bool SrtpContext::change(const SrtpKey& key) {
    SrtpKey own = key;
    const srtp_policy_t policy = policy_of(own, direction_);
    return srtp_update(session_, &policy) == srtp_err_status_ok;
}

size_t SrtpContext::protect(std::span<char> room, size_t size) {
    if (size + kTrailer > room.size()) return 0;
    return processed([&](char* p, int* n) { return srtp_protect(session_, p, n); }, room.data(), size);
}

size_t SrtpContext::unprotect(std::span<char> packet) {
    return processed([&](char* p, int* n) { return srtp_unprotect(session_, p, n); }, packet.data(), packet.size());
}

size_t SrtpContext::protect_rtcp(std::span<char> room, size_t size) {
    if (size + kTrailer > room.size()) return 0;
    return processed([&](char* p, int* n) { return srtp_protect_rtcp(session_, p, n); }, room.data(), size);
}

size_t SrtpContext::unprotect_rtcp(std::span<char> packet) {
    return processed([&](char* p, int* n) { return srtp_unprotect_rtcp(session_, p, n); }, packet.data(),
                     packet.size());
}

}  // namespace gsp::rt
