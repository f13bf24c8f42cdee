// SPDX-License-Identifier: Apache-2.0
// Files of encoded audio or video as rtp_stream sends them: their bytes as they are, behind the header if it is a WAV
// file. Pure function.
#pragma once
#include <string>
#include <string_view>

#include "runtime/base/result.h"

namespace gsp::rt {

// What of the file is sent. A WAV file: its first `data` chunk, as much of it as is there; fails if it has none.
Result<std::string_view> media_bytes(std::string_view file);

// A file is sent as a ring (SIPp): the packet that goes over its end is filled up from its beginning. So that each
// packet lies in one piece, these are the bytes and behind them as much of their beginning as the longest packet takes.
inline constexpr size_t kLongestRtpPayload = 1280;
std::string with_its_beginning(std::string_view bytes);

}  // namespace gsp::rt
