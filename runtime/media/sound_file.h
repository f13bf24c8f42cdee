// SPDX-License-Identifier: Apache-2.0
// WAV files whose sound is not yet in the codec that is to be sent: decoded, mixed down, resampled, encoded, once.
// Set-up only; pure functions.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "runtime/base/result.h"
#include "runtime/media/encoders.h"

namespace gsp::rt {

// Is it a WAV file that has to be converted? Not: what is in the codec already, what the format has no encoder for, and
// what nobody here can decode; their bytes are sent as they are (SIPp).
bool needs_conversion(std::string_view file, const RtpFormat&);

// Payloads one after the other.
Result<std::string> converted(std::string_view file, const RtpFormat&);

// All of its channels and its rate; fails if it is no WAV file or cannot be decoded.
Result<Sound> read_sound(std::string_view file);
Sound mixed(const Sound&, uint32_t channels);  // 1: the mean of all; 2: the first two, or one twice
Sound resampled(const Sound&, uint32_t rate_hz);

}  // namespace gsp::rt
