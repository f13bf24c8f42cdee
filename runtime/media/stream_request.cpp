// SPDX-License-Identifier: Apache-2.0
#include "runtime/media/stream_request.h"

#include <charconv>
#include <optional>
#include <string>

namespace gsp::rt {

namespace {

using What = StreamRequest::What;

struct Word {
    std::string_view text;
    What what;
    MediaKind kind;
    bool pattern;
};
constexpr Word kWords[] = {
    {"pause", What::Pause, MediaKind::Audio, false},        {"resume", What::Resume, MediaKind::Audio, false},
    {"apattern", What::Play, MediaKind::Audio, true},       {"vpattern", What::Play, MediaKind::Video, true},
    {"pauseapattern", What::Pause, MediaKind::Audio, true}, {"resumeapattern", What::Resume, MediaKind::Audio, true},
    {"pausevpattern", What::Pause, MediaKind::Video, true}, {"resumevpattern", What::Resume, MediaKind::Video, true}};

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
    while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
    return text;
}

// Up to the next comma, which is taken off too; the last field keeps its commas.
std::string_view take_field(std::string_view& rest, bool last = false) {
    const size_t end = last ? rest.npos : rest.find(',');
    const std::string_view field = trimmed(rest.substr(0, end));
    rest = end == rest.npos ? std::string_view() : rest.substr(end + 1);
    return field;
}

// `missing` if the field is empty; nothing if it is no number.
std::optional<int> number(std::string_view field, int missing) {
    if (field.empty()) return missing;
    int value = 0;
    const auto [end, error] = std::from_chars(field.data(), field.data() + field.size(), value);
    if (error != std::errc() || end != field.data() + field.size()) return {};
    return value;
}

Error wrong(std::string_view value, const std::string& what) {
    return Error{"rtp_stream=\"" + std::string(value) + "\": " + what};
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

Result<StreamRequest> parse_stream_request(std::string_view value, uint8_t default_type) {
    constexpr uint8_t kPatterns[] = {0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff};
    StreamRequest request;
    std::string_view rest = value;
    request.file = take_field(rest);
    if (request.file.empty()) return wrong(value, "there is no file name");
    for (const Word& word : kWords) {
        if (word.text != request.file) continue;
        request.what = word.what, request.kind = word.kind, request.pattern = word.pattern;
        break;
    }
    if (request.what != What::Play) return request;

    const std::optional<int> count = number(take_field(rest), 1), type = number(take_field(rest), default_type);
    if (request.pattern) {
        if (!count || *count < 1 || *count > static_cast<int>(std::size(kPatterns)))
            return wrong(value, "patterns are numbered 1 to 6");
        request.pattern_byte = kPatterns[*count - 1];
        request.loops = 0;
    } else {
        if (!count || *count < -1 || *count == 0) return wrong(value, "the number of loops is not -1, 1, 2 …");
        request.loops = *count == -1 ? 0 : static_cast<uint32_t>(*count);
    }
    const std::string_view name = take_field(rest, true);
    const auto format = type && *type >= 0 ? find_rtp_format(static_cast<uint32_t>(*type), name) : std::nullopt;
    if (!format)
        return wrong(value, "no payload type " + (type ? std::to_string(*type) : std::string("of that kind")) +
                                (name.empty() ? " without a name" : " with the name `" + std::string(name) + "`"));
    request.format = *format;
    if (!request.pattern) request.kind = format->kind;
    return request;
}

}  // namespace gsp::rt
