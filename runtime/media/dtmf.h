// SPDX-License-Identifier: Apache-2.0
// Digits as telephone events (RFC 4733), as play_dtmf sends them. Pure function.
#pragma once
#include <cstdint>
#include <string_view>

#include "runtime/base/result.h"
#include "runtime/media/capture.h"

namespace gsp::rt {

inline constexpr std::string_view kDtmfDigits = "0123456789*#ABCD";  // the place is the event (RFC 4733 3.2)
inline constexpr uint16_t kFirstDtmfSequence = 1200;

// "digits[,ms]": digits 0-9 * # A-D, each 50 to 2000 ms long (200), begun twice that time after the one before; ahead
// of them 20 packets of another type, one every 20 ms. `sequence`: of the first packet; afterwards that of the next
// play.
Result<Capture> make_dtmf(std::string_view value, uint32_t ssrc, uint16_t& sequence);

}  // namespace gsp::rt
