// SPDX-License-Identifier: Apache-2.0
// The files that are played, each read once. Known names are read before the first call; others when they are first
// played, which makes the worker wait. What is handed out lives as long as the library and does not change.
#pragma once
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "runtime/base/result.h"
#include "runtime/media/capture.h"

namespace gsp::rt {

class MediaLibrary {
public:
    // `scenario`: its file, beside which names are looked for first. Fails if the file cannot be read, or is a capture
    // that cannot be played.
    Result<void> load(std::string_view scenario, std::string_view name);
    // As rtp_stream sends them; behind them lies their beginning (audio_file.h).
    Result<std::string_view> bytes(std::string_view scenario, std::string_view name);
    Result<const Capture*> capture(std::string_view scenario, std::string_view name);
    std::string_view pattern(uint8_t byte, size_t n);  // n times this byte

private:
    struct File {
        std::string ring;                        // with_its_beginning()
        size_t size;                             // … of so many bytes
        std::unique_ptr<const Capture> capture;  // nullptr: it is none
    };
    Result<const File*> file(std::string_view scenario, std::string_view name);
    using Files = std::map<std::string, File, std::less<>>;  // by name as written
    std::map<std::string, Files, std::less<>> files_;        // by scenario
    std::map<uint8_t, std::string> patterns_;
};

}  // namespace gsp::rt
