// SPDX-License-Identifier: Apache-2.0
#include "runtime/media/media_library.h"

#include <cerrno>
#include <fstream>
#include <iterator>

#include "runtime/media/audio_file.h"
#include "runtime/media_file.h"

namespace gsp::rt {

namespace {

Error cannot_play(std::string_view name, const std::string& why) {
    return Error{"cannot play '" + std::string(name) + "': " + why};
}

}  // namespace

Result<const MediaLibrary::File*> MediaLibrary::file(std::string_view scenario, std::string_view name) {
    auto files = files_.find(scenario);
    if (files == files_.end()) files = files_.emplace(scenario, Files()).first;
    if (const auto known = files->second.find(name); known != files->second.end()) return &known->second;
    const std::string path = find_media_file(std::string(scenario), std::string(name));
    std::ifstream in(path, std::ios::binary);
    if (path.empty() || !in) return system_error("cannot play '" + std::string(name) + "'", errno);
    const std::string content(std::istreambuf_iterator<char>(in), {});
    Result<std::string_view> bytes = media_bytes(content);
    if (!bytes) return cannot_play(name, bytes.error().text);
    File file{with_its_beginning(*bytes), bytes->size(), nullptr};
    if (looks_like_capture(content)) {
        Result<Capture> capture = parse_capture(content);
        if (!capture) return cannot_play(name, capture.error().text);
        file.capture = std::make_unique<const Capture>(std::move(*capture));
    }
    return &files->second.emplace(name, std::move(file)).first->second;
}

Result<void> MediaLibrary::load(std::string_view scenario, std::string_view name) {
    if (auto found = file(scenario, name); !found) return found.error();
    return {};
}

Result<std::string_view> MediaLibrary::bytes(std::string_view scenario, std::string_view name) {
    auto found = file(scenario, name);
    if (!found) return found.error();
    return std::string_view((*found)->ring).substr(0, (*found)->size);
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
