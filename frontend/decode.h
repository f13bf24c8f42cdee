// SPDX-License-Identifier: Apache-2.0
// From the bytes of the file to the bytes that are meant: entities, backslash escapes, line ends, the white space of
// messages. Every byte keeps the place it came from, so that what is found in the result can be pointed at in the file.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "frontend/source.h"

namespace gsp {

struct MappedText {
    std::string bytes;
    std::vector<SourceRange> from;  // of each byte
    SourceRange end;                // the empty range behind the last byte

    SourceRange range(size_t begin, size_t stop) const;  // of bytes [begin, stop)
};

struct Entity {
    std::string bytes;
    size_t length = 0;  // of the reference in the text, `&` and `;` included; 0: not an entity
};
Entity entity_at(std::string_view text);  // predefined and numeric; `text` starts with `&`

// Length of the UTF-8 sequence at the start of `s`, 0 if it is none (RFC 3629: no overlong forms, no surrogates).
size_t utf8_length(std::string_view s);

// An attribute's value. `twice`: SIPp decodes entities once more after the backslashes (regular expressions, texts,
// name lists).
MappedText decode_attribute(const SourceFile&, SourceRange value, bool twice);

// A message as it goes to the keyword reader: no indentation, no surrounding blank lines, a blank line after the headers
// if there was none; in a SIP message (of a send) a line end after the body, if there was one.
MappedText normalise_message(const SourceFile&, SourceRange cdata, bool sip);

}  // namespace gsp
