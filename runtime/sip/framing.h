// SPDX-License-Identifier: Apache-2.0
// Where one message ends and the next begins on a stream: header fields up to an empty line, then as many bytes as
// Content-Length says (RFC 3261 18.3). As SIPp: a Content-Length that is missing or no number is 0; what stands between
// messages, empty lines and NULs, is skipped.
#pragma once
#include <cstdint>
#include <string_view>

namespace gsp::rt::sip {

inline constexpr uint32_t kLongestMessage = 65536;

struct Frame {
    enum class Kind : uint8_t {
        Incomplete,  // more bytes are needed
        Message,
        Ping,     // CRLF CRLF, to be answered with CRLF (RFC 5626 3.5.1)
        Blank,    // nothing, to be skipped
        TooLong,  // longer than kLongestMessage: what follows cannot be found
    } kind;
    uint32_t length;  // of what stands at the front; TooLong: what it would be, if known
};

// `searched`: how many bytes from the front have been looked at before without finding the end of the header fields;
// kept by the caller, 0 at the start of a message.
Frame next_frame(std::string_view bytes, uint32_t& searched);

}  // namespace gsp::rt::sip
