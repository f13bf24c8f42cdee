// SPDX-License-Identifier: Apache-2.0
// The value of exec rtp_stream, taken apart. Pure function.
#pragma once
#include <cstdint>
#include <optional>
#include <string_view>

#include "runtime/base/result.h"
#include "runtime/media/rtp.h"

namespace gsp::rt {

struct StreamRequest {
    enum class What : uint8_t { Play, Pause, Resume, Stop, Echo };
    enum class Source : uint8_t { File, Pattern, Tone, Microphone };
    What what = What::Play;
    Source source = Source::File;
    MediaKind kind = MediaKind::Audio;  // whose stream of the call
    std::string_view file;              // name, or that of a microphone; points into the value
    uint32_t loops = 1;                 // 0: for ever
    uint32_t packets = 0;               // … at most; 0: no limit
    uint8_t pattern_byte = 0;
    RtpFormat format;
};

// "file[,loops[,payload type[,name]]]", "apattern[,id[,payload type[,name]]]", "synthetic", "mic[,device]", "pause" …;
// also with `loop=`, `pt=`, `codec=`, `freq_ms=`, `dur_ms=`, `channels=` in any order. `default_type`: -rtp_payload.
// `types`: of the call's SDP, for a codec without its payload type.
Result<StreamRequest> parse_stream_request(std::string_view value, uint8_t default_type,
                                           const DynamicTypes& types = no_dynamic_types());

// exec rtp_echo: "startaudio[,type[,name]]", "updateaudio", "stopaudio", and the same with video; what is echoed keeps
// its type. Nothing: it is none of them.
struct EchoRequest {
    MediaKind kind;
    bool on;
};
std::optional<EchoRequest> parse_echo_request(std::string_view value);

// exec rtp_record: "start,FILE[,duplex]", "stop". Nothing: it is neither.
struct RecordRequest {
    bool starts = false, duplex = false;
    std::string_view file;  // points into the value
};
std::optional<RecordRequest> parse_record_request(std::string_view value);

}  // namespace gsp::rt
