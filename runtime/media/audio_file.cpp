// SPDX-License-Identifier: Apache-2.0
#include "runtime/media/audio_file.h"

#include "runtime/media/bytes.h"

namespace gsp::rt {

Result<std::string_view> media_bytes(std::string_view file) {
    constexpr size_t kRiffHeader = 12, kChunkHeader = 8;
    if (!file.starts_with("RIFF") || file.size() < kRiffHeader || file.substr(8, 4) != "WAVE") return file;
    for (size_t at = kRiffHeader; file.size() - at >= kChunkHeader;) {
        const uint64_t size = number_at(file, at + 4, 4, false);
        const std::string_view id = file.substr(at, 4);
        at += kChunkHeader;
        if (id == "data") return file.substr(at, size);
        if (size + (size & 1) > file.size() - at) break;
        at += size + (size & 1);  // chunks begin at even places
    }
    return Error{"a WAV file without data"};
}

std::string with_its_beginning(std::string_view bytes) {
    std::string ring(bytes);
    while (!bytes.empty() && ring.size() < bytes.size() + kLongestRtpPayload)
        ring.append(bytes.substr(0, bytes.size() + kLongestRtpPayload - ring.size()));
    return ring;
}

}  // namespace gsp::rt
