// SPDX-License-Identifier: Apache-2.0
#include "runtime/media/stream_request.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <string>

#include "runtime/base/text.h"
#include "runtime/media/encoders.h"

namespace gsp::rt {

namespace {

using What = StreamRequest::What;
using Source = StreamRequest::Source;

struct Word {
    std::string_view text;
    What what;
    MediaKind kind;
    Source source;
};
constexpr Word kWords[] = {{"pause", What::Pause, MediaKind::Audio, Source::File},
                           {"resume", What::Resume, MediaKind::Audio, Source::File},
                           {"stop", What::Stop, MediaKind::Audio, Source::File},
                           {"echo", What::Echo, MediaKind::Audio, Source::File},
                           {"apattern", What::Play, MediaKind::Audio, Source::Pattern},
                           {"vpattern", What::Play, MediaKind::Video, Source::Pattern},
                           {"pauseapattern", What::Pause, MediaKind::Audio, Source::Pattern},
                           {"resumeapattern", What::Resume, MediaKind::Audio, Source::Pattern},
                           {"pausevpattern", What::Pause, MediaKind::Video, Source::Pattern},
                           {"resumevpattern", What::Resume, MediaKind::Video, Source::Pattern},
                           {"synthetic", What::Play, MediaKind::Audio, Source::Tone},
                           {"mic", What::Play, MediaKind::Audio, Source::Microphone}};

// What may follow the first word: in this order, or by name.
enum Field { kLoop, kType, kCodec, kPacketMs, kDurationMs, kChannels, kFields };
constexpr std::array<std::string_view, kFields> kFieldNames = {"loop", "pt", "codec", "freq_ms", "dur_ms", "channels"};
using Fields = std::array<std::string_view, kFields>;  // empty: not given

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
    while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
    return text;
}

// Up to the next comma, which is taken off too.
std::string_view take_field(std::string_view& rest) {
    const size_t end = rest.find(',');
    const std::string_view field = trimmed(rest.substr(0, end));
    rest = end == rest.npos ? std::string_view() : rest.substr(end + 1);
    return field;
}

// `missing` if the field is empty; nothing if it is no number from `least` on.
std::optional<int> number(std::string_view field, int missing, int least) {
    if (field.empty()) return missing;
    int value = 0;
    const auto [end, error] = std::from_chars(field.data(), field.data() + field.size(), value);
    if (error != std::errc() || end != field.data() + field.size() || value < least) return {};
    return value;
}

Error wrong(std::string_view value, const std::string& what) {
    return Error{"rtp_stream=\"" + std::string(value) + "\": " + what};
}

// kFields: it has no name, or one that nothing has.
size_t field_of_name(std::string_view field) {
    const size_t equals = field.find('=');
    if (equals == field.npos) return kFields;
    const std::string_view name = trimmed(field.substr(0, equals));
    return static_cast<size_t>(std::find(kFieldNames.begin(), kFieldNames.end(), name) - kFieldNames.begin());
}

Result<Fields> read_fields(std::string_view value, std::string_view rest) {
    Fields fields{};
    for (size_t place = 0; !rest.empty(); ++place) {
        std::string_view field = take_field(rest);
        size_t which = place;
        if (const size_t equals = field.find('='); equals != field.npos) {
            which = field_of_name(field);
            if (which == kFields)
                return wrong(value, "there is no `" + std::string(trimmed(field.substr(0, equals))) + "=`");
            field = trimmed(field.substr(equals + 1));
        }
        if (which >= kFields) return wrong(value, "too many parameters");
        fields[which] = field;
    }
    return fields;
}

// ALSA's names have commas and equals signs: "plughw:CARD=PCH,DEV=0". They end where a parameter begins.
std::string_view take_device(std::string_view& rest) {
    const char* const begin = rest.data();
    size_t length = 0;
    while (!rest.empty()) {
        std::string_view behind = rest;
        if (field_of_name(take_field(behind)) < kFields) break;
        length = static_cast<size_t>((behind.empty() ? rest.data() + rest.size() : behind.data() - 1) - begin);
        rest = behind;
    }
    return trimmed({begin, length});
}

// Of a codec that is named without its payload type: its own, that of the call's SDP, or the one it usually has.
std::optional<int> type_of_codec(std::string_view name, const DynamicTypes& types) {
    struct Usual {
        std::string_view codec;
        int type;
    };
    constexpr Usual kUsual[] = {{"iLBC/8000", 97}, {"H264/90000", 96}, {"opus/48000", 111}, {"opus/48000/2", 111}};
    for (int type = 0; type < kFirstDynamicType; ++type)
        if (const auto format = find_rtp_format(static_cast<uint32_t>(type), name);
            format && same_letters(find_codec(format->codec)->name, name))
            return type;
    for (size_t i = 0; i < types.size(); ++i)
        if (const RtpCodec* const codec = find_codec(types[i]); codec && same_letters(codec->name, name))
            return kFirstDynamicType + static_cast<int>(i);
    for (const Usual& usual : kUsual)
        if (same_letters(usual.codec, name)) return usual.type;
    return {};
}

// Payload type and codec, with its packets.
Result<RtpFormat> read_format(std::string_view value, const Fields& fields, int default_type,
                              const DynamicTypes& types) {
    const std::string_view name = fields[kCodec];
    std::optional<int> type = number(fields[kType], default_type, 0);
    if (fields[kType].empty() && !name.empty())
        if (const auto known = type_of_codec(name, types)) type = known;
    const auto format = type ? find_rtp_format(static_cast<uint32_t>(*type), name) : std::nullopt;
    if (!format)
        return wrong(value, "no payload type " + (type ? std::to_string(*type) : std::string("of that kind")) +
                                (name.empty() ? " without a name" : " with the name `" + std::string(name) + "`"));
    const std::string codec(find_codec(format->codec)->name);
    const std::optional<int> ms = number(fields[kPacketMs], format->ms, 1);
    const auto timed = ms ? with_packet_time(*format, static_cast<uint32_t>(*ms)) : std::nullopt;
    if (!timed) return wrong(value, codec + " has no packets of `" + std::string(fields[kPacketMs]) + "` ms");
    const std::optional<int> channels = number(fields[kChannels], 1, 1);
    const Encoder* const encoder = find_encoder(format->codec);
    if (!channels || *channels > (encoder && encoder->stereo ? 2 : 1))
        return wrong(value, codec + " does not have `" + std::string(fields[kChannels]) + "` channels");
    RtpFormat made = *timed;
    made.channels = static_cast<uint8_t>(*channels);
    return made;
}

}  // namespace

std::optional<EchoRequest> parse_echo_request(std::string_view value) {
    struct EchoWord {
        std::string_view text;
        EchoRequest request;
    };
    constexpr EchoWord kEchoWords[] = {
        {"startaudio", {MediaKind::Audio, true}},  {"updateaudio", {MediaKind::Audio, true}},
        {"stopaudio", {MediaKind::Audio, false}},  {"startvideo", {MediaKind::Video, true}},
        {"updatevideo", {MediaKind::Video, true}}, {"stopvideo", {MediaKind::Video, false}}};
    const std::string_view order = take_field(value);
    for (const EchoWord& word : kEchoWords)
        if (word.text == order) return word.request;
    return {};
}

std::optional<RecordRequest> parse_record_request(std::string_view value) {
    constexpr std::string_view kStart = "start,", kDuplex = ",duplex";
    if (value == "stop") return RecordRequest{};
    if (!value.starts_with(kStart)) return {};
    value.remove_prefix(kStart.size());
    const bool duplex = value.ends_with(kDuplex);
    if (duplex) value.remove_suffix(kDuplex.size());
    if (value.empty()) return {};
    return RecordRequest{true, duplex, value};
}

Result<StreamRequest> parse_stream_request(std::string_view value, uint8_t default_type, const DynamicTypes& types) {
    constexpr uint8_t kPatterns[] = {0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff};
    constexpr int kTypeOfTones = 0;  // and of microphones, whatever -rtp_payload says, which is for files
    StreamRequest request;
    std::string_view rest = value;
    request.file = take_field(rest);
    if (request.file.empty()) return wrong(value, "there is no file name");
    for (const Word& word : kWords) {
        if (word.text != request.file) continue;
        request.what = word.what, request.kind = word.kind, request.source = word.source;
        break;
    }
    if (request.what != What::Play) return request;

    if (request.source == Source::Microphone) request.file = take_device(rest);
    Result<Fields> fields = read_fields(value, rest);
    if (!fields) return fields.error();
    const std::optional<int> loops = number((*fields)[kLoop], 1, -1);
    if (request.source == Source::Pattern) {
        if (!loops || *loops < 1 || *loops > static_cast<int>(std::size(kPatterns)))
            return wrong(value, "patterns are numbered 1 to 6");
        request.pattern_byte = kPatterns[*loops - 1];
    } else if (!loops) {
        return wrong(value, "the number of loops is not -1, 1, 2 …");
    }
    const bool plays_file = request.source == Source::File, listens = request.source == Source::Microphone;
    request.loops = !plays_file || *loops == -1 ? 0 : static_cast<uint32_t>(std::max(*loops, 1));
    Result<RtpFormat> format =
        read_format(value, *fields, request.source == Source::Tone || listens ? kTypeOfTones : default_type, types);
    if (!format) return format.error();
    if (listens && !is_g711(format->codec)) return wrong(value, "a microphone speaks PCMU or PCMA");
    request.format = *format;
    if (request.source != Source::Pattern) request.kind = format->kind;
    const std::optional<int> duration_ms = number((*fields)[kDurationMs], 0, 0);
    if (!duration_ms) return wrong(value, "`" + std::string((*fields)[kDurationMs]) + "` is no time in ms");
    request.packets = (static_cast<uint32_t>(*duration_ms) + format->ms - 1) / format->ms;
    return request;
}

}  // namespace gsp::rt
