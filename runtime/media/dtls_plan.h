// SPDX-License-Identifier: Apache-2.0
// What SDP of both sides says about DTLS-SRTP (RFC 5763): who begins, and whose certificate it must be. Plain values.
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "runtime/stats/stream_dtls.h"

namespace gsp::rt {

enum class DtlsHash : uint8_t { Sha1, Sha256, Sha384, Sha512 };  // from weak to strong
inline constexpr std::string_view kDtlsHashes[] = {"sha-1", "sha-256", "sha-384", "sha-512"};
inline constexpr size_t kDtlsHashBytes[] = {20, 32, 48, 64};
std::optional<DtlsHash> find_dtls_hash(std::string_view name);  // case does not count (RFC 8122 5)

struct Fingerprint {
    DtlsHash hash = DtlsHash::Sha256;
    std::array<uint8_t, 64> bytes{};  // behind those of the hash: 0
    friend bool operator==(const Fingerprint&, const Fingerprint&) = default;
};
// "sha-256 AB:CD:…" (RFC 8122 5). Nothing: another hash, or not as many bytes as it has.
std::optional<Fingerprint> parse_fingerprint(std::string_view value);
std::string fingerprint_text(const Fingerprint&);

struct Fingerprints {
    std::array<Fingerprint, 4> v{};
    uint32_t n = 0;
    void add(const Fingerprint& more) {
        if (n < v.size()) v[n++] = more;
    }
    const Fingerprint* begin() const { return v.data(); }
    const Fingerprint* end() const { return v.data() + n; }
    friend bool operator==(const Fingerprints&, const Fingerprints&) = default;
};

struct DtlsPlan {
    enum class Role : uint8_t { None, Active, Passive } role = Role::None;  // Active: client
    DtlsOutcome fault = DtlsOutcome::None;                                  // why there will be no handshake
    Fingerprints peer;                                                      // n 0: not known yet
    uint64_t ids = 0;                                                       // of a=tls-id of both sides (RFC 8842)
    friend bool operator==(const DtlsPlan&, const DtlsPlan&) = default;
};

}  // namespace gsp::rt
