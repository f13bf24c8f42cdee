// SPDX-License-Identifier: Apache-2.0
// Crypto suites of SRTP (RFC 3711) and what a key is for one of them. Plain values.
#pragma once
#include <array>
#include <cstdint>
#include <string_view>

namespace gsp::rt {

enum class SrtpSuite : uint8_t {
#define SRTP_SUITE(id, ...) id,
#include "runtime/media/srtp_suites.def"
    Count
};
struct SrtpSuiteRow {
    std::string_view name;  // in SDP
    uint32_t key_bytes;     // key and salt
};
inline constexpr SrtpSuiteRow kSrtpSuites[] = {
#define SRTP_SUITE(id, name, bytes, ...) {name, bytes},
#include "runtime/media/srtp_suites.def"
};
inline constexpr size_t kLongestSrtpKey = 46;

struct SrtpMaster {
    std::array<uint8_t, kLongestSrtpKey> key{};  // and salt
    uint64_t lifetime = UINT64_MAX;              // in packets, of RTP and of RTCP each
    uint64_t mki = 0;                            // master key index
    friend bool operator==(const SrtpMaster&, const SrtpMaster&) = default;
};
inline constexpr size_t kMostMkiBytes = 128;

struct SrtpKey {
    SrtpSuite suite = SrtpSuite::Aes128Sha80;
    bool encrypts = true, encrypts_rtcp = true,
         authenticates = true;  // session parameters UNENCRYPTED_… (RFC 4568 6.3)
    uint8_t mki_bytes = 0;      // in packets; 0: they name no master key, and there is one
    uint8_t n_masters = 1;      // what is sent has the first whose lifetime is not over
    std::array<SrtpMaster, 4> masters{};
    std::array<uint8_t, kLongestSrtpKey>& first() { return masters[0].key; }
    const std::array<uint8_t, kLongestSrtpKey>& first() const { return masters[0].key; }
    const SrtpSuiteRow& row() const { return kSrtpSuites[static_cast<size_t>(suite)]; }
    friend bool operator==(const SrtpKey&, const SrtpKey&) = default;
};

// What a stream sends and what it receives with.
struct SrtpKeys {
    SrtpKey own, peer;
    friend bool operator==(const SrtpKeys&, const SrtpKeys&) = default;
};

}  // namespace gsp::rt
