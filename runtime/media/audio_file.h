// SPDX-License-Identifier: Apache-2.0
// Files of encoded audio or video as rtp_stream sends them: their bytes as they are, behind the header if it is a WAV
// file. Pure function.
#pragma once
#include <string_view>

#include "runtime/base/result.h"

namespace gsp::rt {

// What of the file is sent. A WAV file: its first `data` chunk, as much of it as is there; fails if it has none.
Result<std::string_view> media_bytes(std::string_view file);

}  // namespace gsp::rt
