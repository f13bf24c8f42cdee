// SPDX-License-Identifier: Apache-2.0
// The files that are played, each read once. Known names are read before the first call; others when they are first
// played, which makes the worker wait. What is handed out lives as long as the library and does not change.
#pragma once
#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "runtime/base/result.h"
#include "runtime/media/capture.h"
#include "runtime/media/microphone.h"
#include "runtime/media/stream_request.h"

namespace gsp::rt {

class MediaLibrary {
public:
    // `microphones`: those of the run; nullptr: none are open yet.
    explicit MediaLibrary(std::shared_ptr<Microphones> microphones = {});
    const std::shared_ptr<Microphones>& microphones() const { return microphones_; }
    // `scenario`: its file, beside which names are looked for first. `value`: of the attribute, the name of the file up
    // to its first comma; sound is converted at once if it says to what. Or "mic…": it is opened. `default_type`:
    // -rtp_payload. Fails if the file cannot be read, or is a capture that cannot be played.
    Result<void> load(std::string_view scenario, std::string_view value, uint8_t default_type);
    // As rtp_stream sends them, in the codec of the request; behind them lies their beginning (audio_file.h).
    Result<std::string_view> payloads(std::string_view scenario, const StreamRequest&);
    Result<std::shared_ptr<Microphone>> microphone(const StreamRequest&);
    Result<const Capture*> capture(std::string_view scenario, std::string_view name);

private:
    struct Payloads {
        std::string ring;  // with_its_beginning()
        size_t size;       // … of so many bytes
        std::string_view view() const { return std::string_view(ring).substr(0, size); }
    };
    using PayloadsByFormat = std::map<std::array<uint32_t, 3>, Payloads>;  // codec, ms of a packet, channels
    struct File {
        std::string content;
        Payloads as_it_is;
        PayloadsByFormat converted;
        std::unique_ptr<const Capture> capture;  // nullptr: it is none
    };
    Result<File*> file(std::string_view scenario, std::string_view name);
    Result<std::string_view> in_codec(File&, std::string_view name, const RtpFormat&);
    std::string_view pattern(uint8_t byte, size_t n);  // n times this byte
    std::string_view tone(const RtpFormat&);
    using Files = std::map<std::string, File, std::less<>>;  // by name as written
    std::map<std::string, Files, std::less<>> files_;        // by scenario
    const std::shared_ptr<Microphones> microphones_;
    std::map<uint8_t, std::string> patterns_;
    PayloadsByFormat tones_;
};

}  // namespace gsp::rt
