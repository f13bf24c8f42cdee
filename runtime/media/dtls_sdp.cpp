// SPDX-License-Identifier: Apache-2.0
#include "runtime/media/dtls_sdp.h"

#include <algorithm>
#include <charconv>

#include "runtime/base/hash.h"
#include "runtime/base/text.h"
#include "runtime/media/sdp_lines.h"

namespace gsp::rt {

namespace {

constexpr std::string_view kSetups[] = {"", "active", "passive", "actpass", "holdconn"};  // as DtlsSetup

DtlsSetup setup_of(std::string_view value) {
    const auto found = std::find_if(std::begin(kSetups), std::end(kSetups),
                                    [&](std::string_view word) { return same_letters(word, value); });
    return found == std::end(kSetups) ? DtlsSetup::None : static_cast<DtlsSetup>(found - std::begin(kSetups));
}

void take_line(std::string_view line, DtlsLines& lines) {
    constexpr std::string_view kFingerprint = "a=fingerprint:", kSetup = "a=setup:", kId = "a=tls-id:";
    const auto value_of = [&](std::string_view begin) {
        return line.substr(0, begin.size()) == begin ? line.substr(begin.size()) : std::string_view();
    };
    if (const auto value = value_of(kFingerprint); !value.empty()) {
        lines.named = true;
        if (const auto parsed = parse_fingerprint(value)) lines.fingerprints.add(*parsed);
    }
    if (const auto value = value_of(kSetup); !value.empty()) lines.setup = setup_of(value);
    if (const auto value = value_of(kId); !value.empty()) lines.id = hash_bytes(value, 0);
}

// RFC 4145 4: what counts without a=setup.
DtlsSetup setup_or(const DtlsLines& lines, DtlsSetup missing) {
    return lines.setup == DtlsSetup::None ? missing : lines.setup;
}

}  // namespace

std::optional<DtlsHash> find_dtls_hash(std::string_view name) {
    const auto found = std::find_if(std::begin(kDtlsHashes), std::end(kDtlsHashes),
                                    [&](std::string_view word) { return same_letters(word, name); });
    if (found == std::end(kDtlsHashes)) return {};
    return static_cast<DtlsHash>(found - std::begin(kDtlsHashes));
}

std::optional<Fingerprint> parse_fingerprint(std::string_view value) {
    const size_t space = value.find(' ');
    const auto hash = find_dtls_hash(value.substr(0, space));
    if (!hash || space == value.npos) return {};
    Fingerprint made{*hash, {}};
    const std::string_view text = value.substr(space + 1);
    const size_t n = kDtlsHashBytes[static_cast<size_t>(*hash)];
    if (text.size() != 3 * n - 1) return {};
    for (size_t i = 0; i < n; ++i) {
        const char* const digits = text.data() + 3 * i;
        if (i > 0 && digits[-1] != ':') return {};
        if (std::from_chars(digits, digits + 2, made.bytes[i], 16).ptr != digits + 2) return {};
    }
    return made;
}

std::string fingerprint_text(const Fingerprint& fingerprint) {
    constexpr char kDigits[] = "0123456789ABCDEF";
    const auto hash = static_cast<size_t>(fingerprint.hash);
    std::string text(kDtlsHashes[hash]);
    for (size_t i = 0; i < kDtlsHashBytes[hash]; ++i) {
        text += i ? ':' : ' ';
        text += kDigits[fingerprint.bytes[i] >> 4];
        text += kDigits[fingerprint.bytes[i] & 15];
    }
    return text;
}

DtlsOfKinds read_dtls(std::string_view body) {
    DtlsLines session;
    DtlsOfKinds all;
    bool there[2] = {};
    each_sdp_line(body, [&](std::string_view line, const SdpSection& section) {
        if (section.of_session) take_line(line, session);
        if (!section.counts) return;
        there[section.kind] = true;
        take_line(line, all[static_cast<size_t>(section.kind)]);
    });
    for (size_t kind = 0; kind < all.size(); ++kind) {
        if (!there[kind]) continue;
        DtlsLines& lines = all[kind];
        if (!lines.named) lines.named = session.named, lines.fingerprints = session.fingerprints;
        lines.setup = setup_or(lines, session.setup);
        if (!lines.id) lines.id = session.id;
    }
    return all;
}

bool DtlsNegotiation::take(SdpSide side, SdpMessage message, const DtlsOfKinds& lines) {
    lines_[static_cast<size_t>(side)] = lines;
    const bool answers = order_.take(side, message);
    for (size_t kind = 0; kind < plans_.size(); ++kind)
        if (answers)
            settle(kind, side);
        else if (side == SdpSide::Own && order_.offered_by() == side)
            expect(kind);
    return answers || side == SdpSide::Own;
}

void DtlsNegotiation::expect(size_t kind) {
    const DtlsLines& own = of(SdpSide::Own, kind);
    if (plans_[kind] != DtlsPlan{} || !own.named) return;
    if (own.setup == DtlsSetup::Actpass || own.setup == DtlsSetup::Passive) plans_[kind].role = DtlsPlan::Role::Passive;
}

void DtlsNegotiation::settle(size_t kind, SdpSide answers) {
    const DtlsLines &own = of(SdpSide::Own, kind), &peer = of(SdpSide::Peer, kind);
    DtlsPlan plan;
    if (own.named && peer.named) {
        const bool own_answers = answers == SdpSide::Own;
        const DtlsSetup offered = setup_or(own_answers ? peer : own, DtlsSetup::Active);
        const DtlsSetup answered = setup_or(own_answers ? own : peer, DtlsSetup::Passive);
        const bool active = answered == DtlsSetup::Active && offered != DtlsSetup::Active;
        const bool passive = answered == DtlsSetup::Passive && offered != DtlsSetup::Passive;
        if (offered != DtlsSetup::Holdconn && (active || passive))
            plan.role = active == own_answers ? DtlsPlan::Role::Active : DtlsPlan::Role::Passive;
        else
            plan.fault = DtlsOutcome::RoleConflict;
        if (!peer.fingerprints.n) plan.fault = DtlsOutcome::NoHash;
        if (failed(plan.fault)) plan.role = DtlsPlan::Role::None;
        plan.peer = peer.fingerprints;
        plan.ids = own.id ^ (peer.id << 1);
    }
    plans_[kind] = plan;
}

std::string_view DtlsNegotiation::own_setup() const {
    if (order_.offered_by() != SdpSide::Peer) return "actpass";
    for (size_t kind = 0; kind < plans_.size(); ++kind) {
        const DtlsLines& peer = of(SdpSide::Peer, kind);
        if (!peer.named) continue;
        // A side that was passive before stays so, or the association would be a new one (RFC 8842 5.3).
        const bool stays = peer.setup == DtlsSetup::Actpass && plans_[kind].role == DtlsPlan::Role::Passive;
        const DtlsSetup offered = setup_or(peer, DtlsSetup::Active);
        if (offered == DtlsSetup::Holdconn) return "holdconn";
        return stays || offered == DtlsSetup::Active ? "passive" : "active";
    }
    return "active";
}

}  // namespace gsp::rt
