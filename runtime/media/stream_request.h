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
    enum class What : uint8_t { Play, Pause, Resume };
    What what = What::Play;
    MediaKind kind = MediaKind::Audio;  // whose stream of the call
    bool pattern = false;               // else a file
    std::string_view file;              // name; points into the value
    uint32_t loops = 1;                 // 0: for ever
    uint8_t pattern_byte = 0;
    RtpFormat format;
};

// "file[,loops[,payload type[,name]]]", "apattern[,id[,payload type[,name]]]", "pause" …; `default_type`: -rtp_payload.
Result<StreamRequest> parse_stream_request(std::string_view value, uint8_t default_type);

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
