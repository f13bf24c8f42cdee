// SPDX-License-Identifier: Apache-2.0
// SRTP keys of calls, and handshakes for them: from SDP to the media thread.
#include <string>

#include "runtime/media/base64.h"
#include "runtime/media/media_order.h"

namespace gsp::rt {

namespace {

std::string text_of(const SrtpKey& key) {
    std::string base64(base64_size(key.row().key_bytes), '\0');
    write_base64({key.first().data(), key.row().key_bytes}, base64.data());
    return std::string(key.row().name) + " inline:" + base64 + (key.encrypts ? "" : " UNENCRYPTED_SRTP");
}

}  // namespace

// The answer has lines, but none that was offered, and there is no other way to get keys.
bool Media::blocks(const Call::Crypto& crypto, MediaKind kind) {
    return crypto.negotiation.disagreed(kind) && crypto.dtls.plan(kind).role == DtlsPlan::Role::None;
}

std::string Media::set_crypto(CallNumber call, SdpSide side, SdpMessage message, std::string_view body,
                              bool calls_out) {
    std::unique_ptr<Call::Crypto>& crypto = at(call).crypto;
    const auto has = [&](std::string_view text) { return body.find(text) != body.npos; };
    const bool has_srtp = has("a=crypto:") || has("a=fingerprint:") || has("RTP/SAVP");
    if (!has_srtp && !crypto) return "";
    if (!crypto) crypto = std::make_unique<Call::Crypto>();
    if (side == SdpSide::Peer) crypto->peer_offers = has_srtp;
    const bool settled = crypto->negotiation.take(side, message, read_crypto(body));
    const bool planned = crypto->dtls.take(side, message, read_dtls(body));
    std::string fault;
    for (const MediaKind kind : {MediaKind::Audio, MediaKind::Video}) {
        if (planned)
            if (auto told = tell_dtls(call, kind); !told) fault = told.error().text;
        if (!settled) continue;
        if (tell_keys(call, kind) && config_.media.srtp_debug)
            if (const auto& keys = crypto->negotiation.keys(kind)) write_keys(call, kind, *keys, calls_out);
        if (crypto->negotiation.keys(kind) && !SrtpContext::available()) fault = "libsrtp cannot be set up: no media";
        if (blocks(*crypto, kind)) fault = "SDP answers with no crypto line that was offered: no media";
    }
    return fault;
}

void Media::expect_offer(CallNumber call) {
    if (auto& crypto = at(call).crypto) crypto->negotiation.expect_offer(), crypto->dtls.expect_offer();
}

// SDES first: what both sides agree on there needs no handshake.
Result<void> Media::tell_dtls(CallNumber call, MediaKind kind) {
    const auto which = static_cast<uint32_t>(kind);
    Call::Crypto& crypto = *at(call).crypto;
    if (crypto.negotiation.keys(kind)) {  // which the thread is told: they end what there is of DTLS
        crypto.told_dtls[which] = {};
        return {};
    }
    const DtlsPlan& plan = crypto.dtls.plan(kind);
    if (plan == crypto.told_dtls[which]) return {};
    Result<const DtlsIdentity*> own = identity();
    if (!own) return own.error();
    MediaCommand order = command(MediaCommand::Kind::Dtls, stream_number(call, which));
    order.dtls = std::make_unique<const DtlsOrder>(DtlsOrder{plan, *own});
    crypto.told_dtls[which] = plan;
    crypto.told[which].reset();
    return push(std::move(order));
}

Result<const DtlsIdentity*> Media::identity() {
    if (identity_) return identity_.get();
    Media& making = place_.first ? *place_.first : *this;  // one certificate for all workers
    const std::lock_guard lock(making.identity_lock_);
    if (!making.common_identity_) {
        Result<std::shared_ptr<const DtlsIdentity>> made = DtlsIdentity::make(config_.media.dtls);
        if (!made) return made.error();
        making.common_identity_ = std::move(*made);
    }
    identity_ = making.common_identity_;
    return identity_.get();
}

Result<Fingerprint> Media::fingerprint(DtlsHash hash) {
    Result<const DtlsIdentity*> own = identity();
    if (!own) return own.error();
    return (*own)->fingerprint(hash);
}

std::string_view Media::own_setup(CallNumber call) const {
    const auto& crypto = calls_[call - 1].crypto;
    return crypto ? crypto->dtls.own_setup() : DtlsNegotiation().own_setup();
}

std::string Media::dtls_fault(CallNumber call) const {
    ReportsOfCall room;
    if (const auto& crypto = calls_[call - 1].crypto; crypto && crypto->told_dtls != decltype(crypto->told_dtls){})
        for (const StreamReport& report : reports(call, room))
            if (const char* const text = row_of(report.dtls).text; *text) return text;
    return "";
}

bool Media::refuses_srtp(CallNumber call) const {
    const auto& crypto = calls_[call - 1].crypto;
    return config_.media.rejects_srtp && crypto && crypto->peer_offers;
}

bool Media::tell_keys(CallNumber call, MediaKind kind) {
    const auto which = static_cast<uint32_t>(kind);
    const std::optional<SrtpKeys>& keys = at(call).crypto->negotiation.keys(kind);
    std::optional<SrtpKeys>& told = at(call).crypto->told[which];
    const bool blocked = blocks(*at(call).crypto, kind);
    if (keys == told && !blocked) return false;
    MediaCommand order = command(MediaCommand::Kind::Protect, stream_number(call, which));
    order.on = blocked;
    if (keys) order.keys = std::make_unique<const SrtpKeys>(*keys);
    told = keys;
    return push(std::move(order)).ok();
}

// SIPp's names; what it writes there is for its developers. With these keys captures can be read.
void Media::write_keys(CallNumber call, MediaKind kind, const SrtpKeys& keys, bool calls_out) {
    Media& writing = place_.first ? *place_.first : *this;  // one file for all workers
    const std::lock_guard lock(writing.srtp_log_lock_);
    std::ofstream& log = writing.srtp_log_;
    if (!log.is_open()) log.open(calls_out ? "srtpctxdebugfile_uac" : "srtpctxdebugfile_uas");
    log << "ssrc " << std::hex << at(call).ssrc + static_cast<uint32_t>(kind) << std::dec
        << (kind == MediaKind::Audio ? " audio" : " video") << ": own " << text_of(keys.own) << ", peer "
        << text_of(keys.peer) << std::endl;
}

}  // namespace gsp::rt
