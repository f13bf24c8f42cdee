// SPDX-License-Identifier: Apache-2.0
#include "runtime/media/audio_file.h"

#include "runtime/media/bytes.h"

namespace gsp::rt {

namespace {

constexpr size_t kRiffHeader = 12;

bool is_wav(std::string_view file) {
    return file.size() >= kRiffHeader && file.starts_with("RIFF") && file.substr(8, 4) == "WAVE";
}

// The first chunk with this name, what is there of it; nothing: there is none.
struct Chunk {
    std::string_view bytes;
    uint64_t said;  // how many it should have
};
std::optional<Chunk> find_chunk(std::string_view file, std::string_view name) {
    constexpr size_t kChunkHeader = 8;
    for (size_t at = kRiffHeader; file.size() - at >= kChunkHeader;) {
        const uint64_t size = number_at(file, at + 4, 4, false);
        const std::string_view id = file.substr(at, 4);
        at += kChunkHeader;
        if (id == name) return Chunk{file.substr(at, size), size};
        if (size + (size & 1) > file.size() - at) break;
        at += size + (size & 1);  // chunks begin at even places
    }
    return {};
}

}  // namespace

Result<std::string_view> media_bytes(std::string_view file) {
    constexpr uint64_t kNotKnown = 0x7fffffff;  // from here on: who wrote it into a pipe could not say
    if (!is_wav(file)) return file;
    const std::optional<Chunk> data = find_chunk(file, "data");
    if (!data) return Error{"a WAV file without data"};
    if (data->bytes.size() < data->said && data->said < kNotKnown)
        return Error{"a WAV file that says that it has " + std::to_string(data->said) + " bytes of sound, but " +
                     std::to_string(data->bytes.size()) + " are there"};
    if (const auto format = wav_format(file); format && (format->channels == 0 || format->rate_hz == 0))
        return Error{"a WAV file of " + std::to_string(format->channels) + " channels and " +
                     std::to_string(format->rate_hz) + " samples a second"};
    return data->bytes;
}

std::optional<WavFormat> wav_format(std::string_view file) {
    constexpr size_t kShortest = 16;
    if (!is_wav(file)) return {};
    const std::optional<Chunk> chunk = find_chunk(file, "fmt ");
    if (!chunk || chunk->bytes.size() < kShortest) return {};
    const auto field = [&](size_t at, size_t bytes) { return number_at(chunk->bytes, at, bytes, false); };
    return WavFormat{static_cast<uint16_t>(field(0, 2)), static_cast<uint16_t>(field(2, 2)),
                     static_cast<uint32_t>(field(4, 4))};
}

std::string with_its_beginning(std::string_view bytes) {
    std::string ring(bytes);
    while (!bytes.empty() && ring.size() < bytes.size() + kLongestRtpPayload)
        ring.append(bytes.substr(0, bytes.size() + kLongestRtpPayload - ring.size()));
    return ring;
}

}  // namespace gsp::rt
