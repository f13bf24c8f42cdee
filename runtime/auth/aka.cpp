// SPDX-License-Identifier: Apache-2.0
// AUTN is (SQN ^ AK), AMF, MAC (3GPP TS 33.102 6.3.2).
#include "runtime/auth/aka.h"

#include <algorithm>

#include "runtime/auth/milenage.h"

namespace gsp::rt::auth {

namespace {

constexpr char kBase64[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

constexpr auto kBase64Values = [] {
    std::array<int8_t, 256> values{};
    values.fill(-1);
    for (int8_t i = 0; i < 64; ++i) values[static_cast<unsigned char>(kBase64[i])] = i;
    return values;
}();

struct AkaChallenge {
    Block rand;
    Milenage::Sqn concealed_sqn;
    Milenage::Amf amf;
    Milenage::Mac mac;
};

// The first bytes of a base64 text; false if there are not as many.
template <size_t kBytes>
bool decode_base64(std::string_view text, std::array<uint8_t, kBytes>& out) {
    uint32_t bits = 0;
    unsigned n_bits = 0;
    size_t at = 0;
    for (char c : text) {
        int8_t value = kBase64Values[static_cast<unsigned char>(c)];
        if (value < 0) return false;
        bits = bits << 6 | static_cast<uint32_t>(value);
        n_bits += 6;
        if (n_bits < 8) continue;
        n_bits -= 8;
        out[at++] = static_cast<uint8_t>(bits >> n_bits);
        if (at == out.size()) return true;
    }
    return false;
}

// Padded.
AkaPassword encode_base64(const HashValue& digest) {
    AkaPassword out;
    for (unsigned i = 0; i < digest.size; i += 3) {
        uint32_t bits = 0;
        for (unsigned j = i; j < i + 3; ++j) bits = bits << 8 | (j < digest.size ? digest.bytes[j] : 0u);
        for (unsigned j = 0; j < 4; ++j)
            out.bytes[out.size++] = i + j <= digest.size ? kBase64[bits >> (18 - 6 * j) & 63] : '=';
    }
    return out;
}

bool read_nonce(std::string_view nonce, AkaChallenge& out) {
    std::array<uint8_t, 32> bytes;
    if (!decode_base64(nonce, bytes)) return false;
    const uint8_t* at = bytes.data();
    auto take = [&](auto& part) {
        std::copy_n(at, part.size(), part.begin());
        at += part.size();
    };
    take(out.rand);
    take(out.concealed_sqn);
    take(out.amf);
    take(out.mac);
    return true;
}

template <class Bytes>
Bytes filled_up(std::string_view text) {
    Bytes out{};
    std::copy_n(text.begin(), std::min(text.size(), out.size()), out.begin());
    return out;
}

template <class Bytes>
std::string_view view_of(const Bytes& bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// HMAC (RFC 2104) with MD5 or SHA-256 and a key of at most a block.
HashValue hmac(Hash hash, std::initializer_list<std::string_view> key_parts, std::string_view text) {
    std::array<char, 64> inner, outer;  // the block of both hashes
    inner.fill(0x36);
    outer.fill(0x5c);
    size_t at = 0;
    for (std::string_view part : key_parts) {
        for (char c : part) {
            inner[at] ^= c;
            outer[at++] ^= c;
        }
    }
    return auth::hash(hash, {view_of(outer), auth::hash(hash, {view_of(inner), text}).view()});
}

}  // namespace

Status make_aka_password(const Algorithm& algorithm, std::string_view nonce, const AkaKeys& keys, AkaPassword& out) {
    AkaChallenge challenge;
    if (!read_nonce(nonce, challenge)) return Status::BadNonce;
    Milenage milenage(filled_up<Block>(keys.k), filled_up<Block>(keys.op), challenge.rand);
    Milenage::Keys derived = milenage.keys();
    Milenage::Sqn sqn = challenge.concealed_sqn;
    for (size_t i = 0; i < sqn.size(); ++i) sqn[i] ^= derived.ak[i];
    Milenage::Amf amf = keys.amf.empty() ? challenge.amf : filled_up<Milenage::Amf>(keys.amf);
    if (!equal_in_constant_time(view_of(milenage.macs(sqn, amf).f1), view_of(challenge.mac)))
        return Status::MacMismatch;
    if (algorithm.aka == 1) {
        out.size = derived.res.size();
        std::copy(derived.res.begin(), derived.res.end(), out.bytes.begin());
    } else {
        out = encode_base64(hmac(algorithm.hash, {view_of(derived.res), view_of(derived.ik), view_of(derived.ck)},
                                 "http-digest-akav2-password"));
    }
    return Status::Ok;
}

}  // namespace gsp::rt::auth
