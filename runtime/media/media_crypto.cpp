// SPDX-License-Identifier: Apache-2.0
// SRTP keys of calls: from SDP to the media thread.
#include <string>

#include "runtime/media/base64.h"
#include "runtime/media/media.h"

namespace gsp::rt {

namespace {

std::string text_of(const SrtpKey& key) {
    std::string base64(base64_size(key.row().key_bytes), '\0');
    write_base64({key.key.data(), key.row().key_bytes}, base64.data());
    return std::string(key.row().name) + " inline:" + base64 + (key.encrypts ? "" : " UNENCRYPTED_SRTP");
}

}  // namespace

bool Media::set_crypto(CallNumber call, CryptoNegotiation::Side side, CryptoNegotiation::Message message,
                       std::string_view body, bool calls_out) {
    std::unique_ptr<Call::Crypto>& crypto = at(call).crypto;
    const bool has_keys = body.find("a=crypto:") != body.npos;
    if (!has_keys && !crypto) return true;
    if (!crypto) crypto = std::make_unique<Call::Crypto>();
    if (!crypto->negotiation.take(side, message, read_crypto(body))) return true;
    bool agreed = true;
    for (const MediaKind kind : {MediaKind::Audio, MediaKind::Video}) {
        if (tell_keys(call, kind) && config_.media.srtp_debug)
            if (const auto& keys = crypto->negotiation.keys(kind)) write_keys(call, kind, *keys, calls_out);
        agreed = agreed && !crypto->negotiation.disagreed(kind);
    }
    return agreed;
}

bool Media::tell_keys(CallNumber call, MediaKind kind) {
    const auto which = static_cast<uint32_t>(kind);
    const std::optional<SrtpKeys>& keys = at(call).crypto->negotiation.keys(kind);
    std::optional<SrtpKeys>& told = at(call).crypto->told[which];
    const bool blocks = at(call).crypto->negotiation.disagreed(kind);
    if (keys == told && !blocks) return false;
    MediaCommand order;
    order.kind = MediaCommand::Kind::Protect;
    order.stream = (call - 1) * kStreamsOfCall + which;
    order.on = blocks;
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
