// SPDX-License-Identifier: Apache-2.0
#include "runtime/media/media_library.h"

#include <cerrno>
#include <fstream>
#include <iterator>

#include "runtime/media/audio_file.h"
#include "runtime/media/encoders.h"
#include "runtime/media/sound_file.h"
#include "runtime/media_file.h"

namespace gsp::rt {

namespace {

Error cannot_play(std::string_view name, const std::string& why) {
    return Error{"cannot play '" + std::string(name) + "': " + why};
}

std::array<uint32_t, 3> key_of(const RtpFormat& format) {
    return {format.codec, format.ms, format.channels};
}

}  // namespace

Result<MediaLibrary::File*> MediaLibrary::file(std::string_view scenario, std::string_view name) {
    auto files = files_.find(scenario);
    if (files == files_.end()) files = files_.emplace(scenario, Files()).first;
    if (const auto known = files->second.find(name); known != files->second.end()) return &known->second;
    const std::string path = find_media_file(std::string(scenario), std::string(name));
    std::ifstream in(path, std::ios::binary);
    if (path.empty() || !in) return system_error("cannot play '" + std::string(name) + "'", errno);
    std::string content(std::istreambuf_iterator<char>(in), {});
    Result<std::string_view> bytes = media_bytes(content);
    if (!bytes) return cannot_play(name, bytes.error().text);
    File file{{}, {with_its_beginning(*bytes), bytes->size()}, {}, nullptr};
    if (looks_like_capture(content)) {
        Result<Capture> capture = parse_capture(content);
        if (!capture) return cannot_play(name, capture.error().text);
        file.capture = std::make_unique<const Capture>(std::move(*capture));
    }
    if (wav_format(content)) file.content = std::move(content);
    return &files->second.emplace(name, std::move(file)).first->second;
}

MediaLibrary::MediaLibrary(std::shared_ptr<Microphones> microphones)
    : microphones_(microphones ? std::move(microphones) : std::make_shared<Microphones>()) {}

Result<std::shared_ptr<Microphone>> MediaLibrary::microphone(const StreamRequest& request) {
    return microphones_->get(std::string(request.file));
}

Result<void> MediaLibrary::load(std::string_view scenario, std::string_view value, uint8_t default_type) {
    Result<StreamRequest> request = parse_stream_request(value, default_type, a_type_for_each_codec());
    if (!request) return request.error();
    if (request->source == StreamRequest::Source::Microphone) {
        if (auto opened = microphone(*request); !opened) return opened.error();
        return {};
    }
    if (request->what != StreamRequest::What::Play || request->source != StreamRequest::Source::File) return {};
    auto found = file(scenario, request->file);
    if (!found) return found.error();
    if ((*found)->capture) return {};
    if (auto ready = payloads(scenario, *request); !ready) return ready.error();
    return {};
}

Result<std::string_view> MediaLibrary::payloads(std::string_view scenario, const StreamRequest& request) {
    const RtpFormat& format = request.format;
    if (request.source == StreamRequest::Source::Pattern) return pattern(request.pattern_byte, format.bytes);
    if (request.source == StreamRequest::Source::Tone) return tone(format);
    auto found = file(scenario, request.file);
    if (!found) return found.error();
    Result<std::string_view> bytes = in_codec(**found, request.file, format);
    if (bytes && bytes->size() < format.bytes)
        return cannot_play(request.file, "it is shorter than a packet of " + std::to_string(format.bytes) + " bytes");
    return bytes;
}

Result<std::string_view> MediaLibrary::in_codec(File& file, std::string_view name, const RtpFormat& format) {
    const auto known = file.converted.find(key_of(format));
    if (known != file.converted.end()) return known->second.view();
    if (!needs_conversion(file.content, format)) return file.as_it_is.view();
    Result<std::string> bytes = converted(file.content, format);
    if (!bytes) return cannot_play(name, bytes.error().text);
    Payloads made{with_its_beginning(*bytes), bytes->size()};
    return file.converted.emplace(key_of(format), std::move(made)).first->second.view();
}

std::string_view MediaLibrary::tone(const RtpFormat& format) {
    constexpr uint32_t kRingingHz = 425;
    const auto known = tones_.find(key_of(format));
    if (known != tones_.end()) return known->second.view();
    const std::string bytes = encoded_tone(kRingingHz, format);
    return tones_.emplace(key_of(format), Payloads{with_its_beginning(bytes), bytes.size()}).first->second.view();
}

Result<const Capture*> MediaLibrary::capture(std::string_view scenario, std::string_view name) {
    auto found = file(scenario, name);
    if (!found) return found.error();
    if (!(*found)->capture) return cannot_play(name, "neither pcap nor pcapng");
    return (*found)->capture.get();
}

std::string_view MediaLibrary::pattern(uint8_t byte, size_t n) {
    std::string& all = patterns_[byte];
    if (all.empty()) all.assign(kLongestRtpPayload, static_cast<char>(byte));
    return std::string_view(all).substr(0, n);
}

}  // namespace gsp::rt
