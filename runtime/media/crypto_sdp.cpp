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

std::string_view take_field(std::string_view& rest, char end) {
    const std::string_view field = rest.substr(0, rest.find(end));
    rest.remove_prefix(std::min(field.size() + 1, rest.size()));
    return field;
}

std::optional<uint64_t> whole_number(std::string_view text) {
    uint64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (text.empty() || error != std::errc() || end != text.data() + text.size()) return {};
    return number;
}

// "2^20", or the number itself; 2^48 at most (RFC 3711 9.2).
bool take_lifetime(std::string_view text, SrtpMaster& master) {
    constexpr uint64_t kMostBits = 48;
    const bool power = text.substr(0, 2) == "2^";
    const auto number = whole_number(power ? text.substr(2) : text);
    if (!number || (power && *number > kMostBits)) return false;
    master.lifetime = power ? uint64_t{1} << *number : *number;
    return master.lifetime > 0 && master.lifetime <= uint64_t{1} << kMostBits;
}

// "value:bytes"; the value has to fit.
bool take_mki(std::string_view text, SrtpMaster& master, uint8_t& bytes) {
    const auto value = whole_number(take_field(text, ':')), length = whole_number(text);
    if (!value || !length || *length < 1 || *length > kMostMkiBytes) return false;
    if (*length < sizeof *value && *value >> (8 * *length)) return false;
    master.mki = *value;
    bytes = static_cast<uint8_t>(*length);
    return true;
}

// "inline:key|lifetime|index:length"; the last two may be missing.
bool take_master(std::string_view text, const SrtpSuiteRow& row, SrtpMaster& master, uint8_t& mki_bytes) {
    constexpr std::string_view kInline = "inline:";
    if (text.substr(0, kInline.size()) != kInline) return false;
    text.remove_prefix(kInline.size());
    if (!read_base64(take_field(text, '|'), {master.key.data(), row.key_bytes})) return false;
    mki_bytes = 0;
    const bool has_lifetime = !text.empty() && text.substr(0, text.find('|')).find(':') == text.npos;
    if (has_lifetime && !take_lifetime(take_field(text, '|'), master)) return false;
    return text.empty() || take_mki(text, master, mki_bytes);
}

// Several ones are told apart by indexes of one length (RFC 4568 6.1).
bool take_masters(std::string_view text, SrtpKey& key) {
    key.n_masters = 0;
    do {
        if (key.n_masters == key.masters.size()) return false;
        uint8_t mki_bytes = 0;
        if (!take_master(take_field(text, ';'), key.row(), key.masters[key.n_masters], mki_bytes)) return false;
        if (key.n_masters++ && (mki_bytes == 0 || mki_bytes != key.mki_bytes)) return false;
        key.mki_bytes = mki_bytes;
    } while (!text.empty());
    return true;
}

}  // namespace

std::optional<CryptoLine> parse_crypto(std::string_view value) {
    CryptoLine line;
    const std::string_view tag = take_word(value), suite = take_word(value), keys = take_word(value);
    if (std::from_chars(tag.data(), tag.data() + tag.size(), line.tag).ec != std::errc()) return {};
    const auto row = std::find_if(std::begin(kSrtpSuites), std::end(kSrtpSuites),
                                  [&](const SrtpSuiteRow& r) { return same_letters(r.name, suite); });
    if (row == std::end(kSrtpSuites)) return {};
    line.key.suite = static_cast<SrtpSuite>(row - std::begin(kSrtpSuites));
    if (!take_masters(keys, line.key) || !take_parameters(value, line.key)) return {};
    return line;
}

CryptoOfKinds read_crypto(std::string_view body) {
    constexpr std::string_view kCrypto = "a=crypto:";
    CryptoOfKinds all;
    each_sdp_line(body, [&](std::string_view line, const SdpSection& section) {
        if (!section.counts || line.substr(0, kCrypto.size()) != kCrypto) return;
        CryptoLines& lines = all[static_cast<size_t>(section.kind)];
        lines.any = true;
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
    disagreed_[kind] = answer.any && !keys_[kind];
}

}  // namespace gsp::rt
