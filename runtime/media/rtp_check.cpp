// SPDX-License-Identifier: Apache-2.0
#include "runtime/media/rtp_check.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdio>

#include "runtime/base/clock.h"
#include "runtime/base/text.h"

namespace gsp::rt {

namespace {

using Direction = RtpExpectation::Direction;
using Media = RtpExpectation::Media;

enum class Field : uint8_t {
#define RTP_CHECK(name, kind, words) name,
#include "runtime/abi/rtp_check.def"
};
struct Name {
    std::string_view name;
    Field field;
};
constexpr Name kNames[] = {
#define RTP_CHECK(name, kind, words) {#name, Field::name},
#define RTP_CHECK_ALIAS(alias, name) {#alias, Field::name},
#include "runtime/abi/rtp_check.def"
};

Error wrong(std::string_view name, std::string_view value) {
    return Error{"rtpcheck: `" + std::string(name) + "` cannot be `" + std::string(value) + "`"};
}

std::optional<double> number(std::string_view text) {
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size() || !(value >= 0)) return {};
    return value;
}

std::optional<Direction> direction_of(std::string_view word) {
    if (word == "any") return Direction::Any;
    if (word == "both") return Direction::Both;
    if (word == "in" || word == "recv" || word == "rx") return Direction::In;
    if (word == "out" || word == "send" || word == "tx") return Direction::Out;
    return {};
}

std::optional<Media> media_of(std::string_view word) {
    if (word == "any") return Media::Any;
    if (word == "audio") return Media::Audio;
    if (word == "video") return Media::Video;
    return {};
}

template <class T>
bool put(T& to, const std::optional<std::type_identity_t<T>>& value) {
    if (value) to = *value;
    return value.has_value();
}

bool put(std::optional<double>& to, const std::optional<double>& value) {
    to = value;
    return value.has_value();
}

bool assign(RtpExpectation& e, Field field, std::string_view value) {
    switch (field) {
    case Field::direction: return put(e.direction, direction_of(value));
    case Field::media: return put(e.media, media_of(value));
    case Field::min_packets: return put(e.min_packets, number(value));
    case Field::max_loss: return put(e.max_loss_percent, number(value));
    case Field::max_jitter: return put(e.max_jitter_ms, number(value));
    case Field::max_gap: return put(e.max_gap_ms, number(value));
    case Field::min_mos: return put(e.min_mos, number(value));
    case Field::timeout: return put(e.timeout_ms, number(value));
    case Field::codec: e.codec = value; return true;
    case Field::digits: e.digits = value; return true;
    }
    return false;
}

std::string plain(double value) {
    char text[32];
    std::snprintf(text, sizeof text, "%.4g", value);
    return text;
}

double milliseconds(uint64_t ns) {
    return static_cast<double>(ns) / static_cast<double>(kMillisecond);
}

bool is_codec(const StreamReport& s, std::string_view wanted) {
    const std::string_view name = s.codec.data();
    return same_letters(wanted, name) || same_letters(wanted, name.substr(0, name.find('/'))) ||
           wanted == std::to_string(s.type);
}

std::string too_few(const RtpExpectation& e, const StreamReport& s) {
    const auto in = static_cast<double>(s[StreamValue::PacketsReceived]),
               out = static_cast<double>(s[StreamValue::PacketsSent]);
    const bool is_in = in >= e.min_packets, is_out = out >= e.min_packets;
    const bool met = e.direction == Direction::In    ? is_in
                     : e.direction == Direction::Out ? is_out
                     : e.direction == Direction::Any ? is_in || is_out
                                                     : is_in && is_out;
    if (met) return "";
    const char* const which = e.direction == Direction::In ? "in" : e.direction == Direction::Out ? "out" : nullptr;
    return plain(in) + " packets in and " + plain(out) + " out, at least " + plain(e.min_packets) +
           (which                            ? std::string(" ") + which
            : e.direction == Direction::Both ? " each"
                                             : " of either");
}

}  // namespace

Result<void> RtpExpectation::set(std::string_view name, std::string_view value) {
    const auto found =
        std::find_if(std::begin(kNames), std::end(kNames), [&](const Name& n) { return n.name == name; });
    if (found == std::end(kNames)) return Error{"rtpcheck: there is no `" + std::string(name) + "`"};
    if (!assign(*this, found->field, value)) return wrong(name, value);
    return {};
}

Result<RtpExpectation> parse_rtp_expectation(std::string_view text) {
    constexpr std::string_view kBetween = " \t\r\n,;";
    RtpExpectation made;
    for (size_t at = text.find_first_not_of(kBetween); at != text.npos; at = text.find_first_not_of(kBetween, at)) {
        const size_t end = std::min(text.find_first_of(kBetween, at), text.size());
        const std::string_view item = text.substr(at, end - at), name = item.substr(0, item.find('='));
        at = end;
        if (name.size() == item.size()) {
            if (auto set = made.set("min_packets", item); !set) return set.error();
            continue;
        }
        const std::string_view value = item.substr(name.size() + 1);
        if (name == "bidirectional") {
            if (value == "true" || value == "1") made.direction = Direction::Both;
        } else if (auto set = made.set(name, value); !set) {
            return set.error();
        }
    }
    return made;
}

StreamReport streams_as_one(std::span<const StreamReport> streams, Media media) {
    StreamReport one;
    for (const StreamReport& s : streams) {
        const bool video = s.media == StreamReport::Media::Video;
        if (media != Media::Any && video != (media == Media::Video)) continue;
        one.add(s);
        if (s.dtls > one.dtls) one.dtls = s.dtls;
        if (!s[StreamValue::PacketsReceived]) continue;
        one.type = s.type;
        one.codec = s.codec;
        if (s.mos > 0) one.mos = one.mos > 0 ? std::min(one.mos, s.mos) : s.mos;
        if (s.heard.n) one.heard = s.heard;
    }
    return one;
}

namespace {

std::string fault_of(const RtpExpectation& e, const StreamReport& s) {
    if (std::string few = too_few(e, s); !few.empty()) return few;
    const bool asks =
        e.max_loss_percent || e.max_jitter_ms || e.max_gap_ms || e.min_mos || !e.codec.empty() || !e.digits.empty();
    if (asks && !s[StreamValue::PacketsReceived]) return "nothing was received";
    if (const double loss = 100 * s.loss_share(); e.max_loss_percent && loss > *e.max_loss_percent)
        return "loss " + plain(loss) + " % of " + std::to_string(s[StreamValue::PacketsExpected]) +
               " packets, at most " + plain(*e.max_loss_percent) + " %";
    const auto longer = [&](StreamValue value, const std::optional<double>& most_ms, const char* what) {
        const double ms = milliseconds(s[value]);
        return most_ms && ms > *most_ms ? what + plain(ms) + " ms, at most " + plain(*most_ms) + " ms" : std::string();
    };
    if (auto text = longer(StreamValue::JitterMax, e.max_jitter_ms, "jitter "); !text.empty()) return text;
    if (auto text = longer(StreamValue::LongestGap, e.max_gap_ms, "a gap of "); !text.empty()) return text;
    if (!e.codec.empty() && !is_codec(s, e.codec))
        return "payload type " + std::to_string(s.type) + " (" + (s.codec[0] ? s.codec.data() : "unknown") + "), not " +
               e.codec;
    if (!e.digits.empty() && s.heard.text() != e.digits)
        return "digits `" + std::string(s.heard.text()) + "`, not `" + e.digits + "`";
    if (e.min_mos && s.mos == 0) return "no MOS is known of payload type " + std::to_string(s.type);
    if (e.min_mos && s.mos < *e.min_mos) return "MOS " + plain(s.mos) + ", at least " + plain(*e.min_mos);
    return "";
}

std::string without_handshake(const StreamReport& s) {
    const std::string_view text = row_of(s.dtls).text;
    return text.empty() ? "" : "; DTLS-SRTP: " + std::string(text);
}

}  // namespace

std::string unmet(const RtpExpectation& e, const StreamReport& s) {
    const std::string fault = fault_of(e, s);
    return fault.empty() ? fault : fault + without_handshake(s);
}

}  // namespace gsp::rt
