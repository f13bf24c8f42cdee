// SPDX-License-Identifier: Apache-2.0
// The thread that writes what was recorded of media: WAV files as packets come, captures of failed calls. The media
// thread hands over and never waits: what finds no room is dropped and counted.
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "runtime/media/packet_store.h"

namespace gsp::rt {

struct RecordedAudio {
    enum class Channel : uint8_t { Sent, Received } channel;
    enum class Codec : uint8_t { Pcmu, Pcma, G722 } codec;  // of G.722 what is below 4 kHz
    uint32_t ssrc, timestamp;
    uint64_t at_ns;  // when it was sent or arrived
    std::string_view payload;
};

class Recorder {
public:
    Recorder();
    ~Recorder();  // writes all that was handed over

    // The media thread. `recording`: a number of its choice, whose recording must have ended. False: no room.
    bool begin(uint32_t recording, std::string_view path, bool duplex);  // without: what was received, alone
    bool audio(uint32_t recording, const RecordedAudio&);
    bool end(uint32_t recording);
    bool save(std::unique_ptr<const PacketStore>, std::string path);

    // Ends the thread. What could not be written: how many files, and why the first of them.
    struct Problems {
        uint64_t files = 0;
        std::string first;
    };
    Problems finish();

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace gsp::rt
