// SPDX-License-Identifier: Apache-2.0
#include "runtime/media/crypto_sdp.h"

#include <algorithm>
#include <charconv>

#include "runtime/base/text.h"
#include "runtime/media/base64.h"
#include "runtime/media/sdp_lines.h"

namespace gsp::rt {

namespace {

std::string_view take_word(std::string_view& rest) {
    while (!rest.empty() && rest.front() == ' ') rest.remove_prefix(1);
    const std::string_view word = rest.substr(0, rest.find(' '));
    rest.remove_prefix(word.size());
    return word;
}

bool take_parameters(std::string_view rest, SrtpKey& key) {
    for (std::string_view word = take_word(rest); !word.empty(); word = take_word(rest)) {
        if (word == "UNENCRYPTED_SRTP")
            key.encrypts = false;
        else if (word == "UNENCRYPTED_SRTCP")
            key.encrypts_rtcp = false;
        else if (word == "UNAUTHENTICATED_SRTP")
            key.authenticates = false;
        else if (word.substr(0, 4) != "WSH=" && word != "KDR=0")
            return false;
    }
    return true;
}

}  // namespace

std::optional<CryptoLine> parse_crypto(std::string_view value) {
    constexpr std::string_view kInline = "inline:";
    CryptoLine line;
    const std::string_view tag = take_word(value), suite = take_word(value);
    std::string_view key = take_word(value);
    if (std::from_chars(tag.data(), tag.data() + tag.size(), line.tag).ec != std::errc()) return {};
    const auto row = std::find_if(std::begin(kSrtpSuites), std::end(kSrtpSuites),
                                  [&](const SrtpSuiteRow& r) { return same_letters(r.name, suite); });
    if (row == std::end(kSrtpSuites) || key.substr(0, kInline.size()) != kInline) return {};
    line.key.suite = static_cast<SrtpSuite>(row - std::begin(kSrtpSuites));
    key.remove_prefix(kInline.size());
    // "key|lifetime|index:length", the last two may be missing; a lifetime changes nothing.
    const std::string_view text = key.substr(0, key.find('|'));
    if (key.find(':') != key.npos || !read_base64(text, {line.key.key.data(), row->key_bytes})) return {};
    if (!take_parameters(value, line.key)) return {};
    return line;
}

CryptoOfKinds read_crypto(std::string_view body) {
    constexpr std::string_view kCrypto = "a=crypto:";
    CryptoOfKinds all;
    each_sdp_line(body, [&](std::string_view line, const SdpSection& section) {
        if (!section.counts || line.substr(0, kCrypto.size()) != kCrypto) return;
        CryptoLines& lines = all[static_cast<size_t>(section.kind)];
        const auto parsed = parse_crypto(line.substr(kCrypto.size()));
        if (parsed && lines.n < lines.v.size()) lines.v[lines.n++] = *parsed;
    });
    return all;
}

bool CryptoNegotiation::take(Side side, Message message, const CryptoOfKinds& lines) {
    lines_[static_cast<size_t>(side)] = lines;
    if (!order_.take(side, message)) return false;
    for (size_t kind = 0; kind < keys_.size(); ++kind) settle(kind, side);
    return true;
}

// The tag of the answer's line says which one of the offer it has taken (RFC 4568 5.1.2).
void CryptoNegotiation::settle(size_t kind, Side answers) {
    const CryptoLines &answer = of(answers, kind), &offer = of(answers == Side::Own ? Side::Peer : Side::Own, kind);
    keys_[kind].reset();
    for (const CryptoLine& taken : answer) {
        const auto same = [&](const CryptoLine& o) { return o.tag == taken.tag && o.key.suite == taken.key.suite; };
        const auto found = std::find_if(offer.begin(), offer.end(), same);
        if (found == offer.end()) continue;
        keys_[kind] = answers == Side::Own ? SrtpKeys{taken.key, found->key} : SrtpKeys{found->key, taken.key};
        break;
    }
    disagreed_[kind] = answer.n > 0 && !keys_[kind];
}

}  // namespace gsp::rt
