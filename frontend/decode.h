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
    const SourceFile* file;
    SourceRange end;  // the empty range behind the last byte
    std::string bytes{};
    std::vector<SourceRange> from{};  // of each byte

    void push(char c, SourceRange place) {
        bytes += c;
        from.push_back(place);
    }
    void append(const MappedText&);
    MappedText part(size_t begin, size_t stop) const;
    SourceRange range(size_t begin, size_t stop) const;  // of bytes [begin, stop)
    // From `a` to the end of `b`, or `a` if that would leave its segment.
    SourceRange joined(SourceRange a, SourceRange b) const;
};

struct Entity {
    std::string bytes;
    size_t length = 0;  // of the reference in the text, `&` and `;` included; 0: not an entity
};
Entity entity_at(std::string_view text);  // predefined and numeric; `text` starts with `&`

// Length of the UTF-8 sequence at the start of `s`, 0 if it is none (RFC 3629: no overlong forms, no surrogates).
size_t utf8_length(std::string_view s);

// The bytes as they stand there; CRLF and CR become LF.
MappedText plain_text(const SourceFile&, SourceRange);

// An attribute's value. `twice`: SIPp decodes entities once more after the backslashes (regular expressions, texts,
// name lists).
MappedText decode_attribute(const SourceFile&, SourceRange value, bool twice);

// The text of a message as it goes to the keyword reader: no indentation, no surrounding blank lines, a blank line
// after the headers if there was none; in a SIP message (of a send) a line end after the body, if there was one.
MappedText normalise_message(const MappedText&, bool sip);

}  // namespace gsp
