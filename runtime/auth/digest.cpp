// SPDX-License-Identifier: Apache-2.0
#include "runtime/auth/digest.h"

#include <algorithm>
#include <array>
#include <iterator>

namespace gsp::rt::auth {

namespace {

enum Qop : uint8_t { NoQop, Auth, AuthInt, UnknownQop };  // the best is the greatest, but for UnknownQop
constexpr std::string_view kQopNames[] = {"", "auth", "auth-int"};

Qop find_qop(std::string_view name) {
    for (size_t i = 0; i < std::size(kQopNames); ++i) {
        if (same_word(kQopNames[i], name)) return static_cast<Qop>(i);
    }
    return UnknownQop;
}

// RFC 7616 3.3: options that are not known are ignored.
Qop best_qop(std::string_view options) {
    constexpr std::string_view kSeparators = ", \t\r\n";
    Qop best = NoQop;
    while (!options.empty()) {
        size_t length = std::min(options.find_first_of(kSeparators), options.size());
        Qop qop = find_qop(options.substr(0, length));
        if (qop != UnknownQop) best = std::max(best, qop);
        options.remove_prefix(std::min(length + 1, options.size()));
    }
    return best;
}

// nullptr if they do not fit, or if `out` is.
char* put(char* out, char* end, std::initializer_list<std::string_view> parts) {
    if (!out) return nullptr;
    for (std::string_view part : parts) {
        if (part.size() > static_cast<size_t>(end - out)) return nullptr;
        out = std::copy(part.begin(), part.end(), out);
    }
    return out;
}

template <size_t kDigits>
std::array<char, kDigits> hex_digits(uint64_t number) {
    std::array<char, kDigits> digits;
    for (size_t i = kDigits; i-- > 0; number >>= 4) digits[i] = kHexDigits[number & 15];
    return digits;
}

template <size_t kDigits>
std::string_view view_of(const std::array<char, kDigits>& digits) {
    return {digits.data(), kDigits};
}

// What a response is made of, next to the algorithm.
struct Terms {
    std::string_view username, realm, password, nonce, cnonce, nc, qop_text, method, uri, body;
    Qop qop;
};

// RFC 7616 3.4.1 to 3.4.3.
Hex response(const Algorithm& algorithm, const Terms& t) {
    auto h = [&](std::initializer_list<std::string_view> parts) { return hash_joined(algorithm.hash, parts); };
    Hex a1 = h({t.username, t.realm, t.password});
    if (algorithm.session) a1 = h({a1, t.nonce, t.cnonce});
    Hex a2 = t.qop == AuthInt ? h({t.method, t.uri, h({t.body})}) : h({t.method, t.uri});
    if (t.qop == NoQop) return h({a1, t.nonce, a2});
    return h({a1, t.nonce, t.nc, t.cnonce, t.qop_text, a2});
}

}  // namespace

char* authorization(const Challenge& challenge, const Request& request, char* out, char* end, Status& status) {
    status = challenge.status;
    if (status != Status::Ok) return nullptr;
    const DigestParams& params = challenge.params;
    const Algorithm& algorithm = *challenge.algorithm;
    std::string_view password = request.password;
    AkaPassword aka_password;
    if (algorithm.aka) {
        AkaKeys keys = request.aka;
        if (keys.k.empty()) keys.k = password;
        status = make_aka_password(algorithm, params.nonce, keys, aka_password);
        if (status != Status::Ok) return nullptr;
        password = aka_password.view();
    }
    Qop qop = best_qop(params.qop);
    auto nc = hex_digits<8>(request.nonce_count);
    Hex hex = response(algorithm, {request.username, params.realm, password, params.nonce, request.cnonce, view_of(nc),
                                   kQopNames[qop], request.method, request.uri, request.body, qop});

    out = put(out, end, {"Digest username=\"", request.username, "\",realm=\"", params.realm, "\""});
    // Without a qop there is no cnonce, but a session's A1 needs one.
    if (qop != NoQop || algorithm.session) out = put(out, end, {",cnonce=\"", request.cnonce, "\""});
    if (qop != NoQop) out = put(out, end, {",nc=", view_of(nc), ",qop=", kQopNames[qop]});
    out = put(out, end,
              {",uri=\"", request.uri, "\",nonce=\"", params.nonce, "\",response=\"", hex,
               "\",algorithm=", params.algorithm.empty() ? algorithm.name : params.algorithm});
    if (!params.opaque.empty()) out = put(out, end, {",opaque=\"", params.opaque, "\""});
    if (!out) status = Status::TooLong;
    return out;
}

Status verify(std::string_view credentials, const Request& request) {
    DigestParams params;
    if (!next_digest(credentials, params)) return Status::NoDigest;
    const Algorithm* algorithm = find_algorithm(params.algorithm);
    if (!algorithm || algorithm->aka) return Status::UnsupportedAlgorithm;
    Qop qop = find_qop(params.qop);
    if (qop == UnknownQop) return Status::UnsupportedQop;
    if (!params.realm.data() || !params.nonce.data()) return Status::Incomplete;
    Hex hex = response(*algorithm,
                       {request.username, params.realm, request.password, params.nonce, params.cnonce, params.nc,
                        params.qop, request.method, request.uri.empty() ? params.uri : request.uri, request.body, qop});
    return equal_in_constant_time(hex, params.response) ? Status::Ok : Status::WrongResponse;
}

bool answers(const DigestParams& credentials, const DigestParams& challenge) {
    return credentials.realm == challenge.realm && credentials.nonce == challenge.nonce;
}

std::array<char, 16> cnonce_text(uint64_t random) {
    return hex_digits<16>(random);
}

}  // namespace gsp::rt::auth
