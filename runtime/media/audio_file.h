// SPDX-License-Identifier: Apache-2.0
// Files of encoded audio or video as rtp_stream sends them: their bytes as they are, behind the header if it is a WAV
// file. Pure function.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "runtime/base/result.h"
#include "runtime/media/rtp.h"

namespace gsp::rt {

// What of the file is sent. A WAV file: its first `data` chunk; fails if it has none, or less than it says, or no
// channels or samples. Sizes from 2^31 - 1 on are of writers that did not know: what is there counts.
Result<std::string_view> media_bytes(std::string_view file);

// What its `fmt ` chunk says; nothing: it is no WAV file, or has none.
struct WavFormat {
    uint16_t tag, channels;  // tag: 1 linear, 6 A-law, 7 mu-law …
    uint32_t rate_hz;
};
std::optional<WavFormat> wav_format(std::string_view file);

// A file is sent as a ring (SIPp): the packet that goes over its end is filled up from its beginning. So that each
// packet lies in one piece, these are the bytes and behind them as much of their beginning as the longest packet takes.
std::string with_its_beginning(std::string_view bytes);

}  // namespace gsp::rt
