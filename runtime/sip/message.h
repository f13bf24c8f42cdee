// SPDX-License-Identifier: Apache-2.0
// A received SIP message as offsets into its buffer: parsed once, nothing copied, nothing allocated. A Message is valid
// as long as the buffer is. Lenient as a test tool must be: what cannot be understood is left unknown, never an error,
// unless there is no SIP in the bytes at all. RFC 3261 section 7 (format), 7.3.1 (folding), 7.3.3 (compact forms);
// SIPp's view of header extraction (get_header).
#pragma once
#include <array>
#include <cstdint>
#include <string_view>

#include "runtime/sip/shapes.h"

namespace gsp::rt::sip {

enum class Header : uint8_t {
#define HEADER(id, name, compact) id,
#include "runtime/abi/headers.def"
    Count,
    Unknown = 0xff
};

enum Method : uint32_t {
    MethodNone = 0,
#define METHOD(name) Method_##name,
#include "runtime/abi/methods.def"
    MethodCount
};

std::string_view header_name(Header);
Header find_header(std::string_view name);    // any case, also compact forms
uint32_t find_method(std::string_view name);  // MethodNone if it has no id; case-sensitive
std::string_view method_name(uint32_t id);    // "" outside the table

struct HeaderLine {
    uint32_t line;   // offset of the name
    uint32_t value;  // offset of the value, leading blanks skipped
    uint16_t name_len;
    uint16_t value_len;  // up to the line end, trailing blanks cut; folded continuation lines included
    Header id;
    uint8_t folded;  // the value contains line ends
};

enum class ParseStatus : uint8_t {
    Ok,
    KeepAlive,  // only CR/LF or NUL bytes (RFC 5626 3.5.1, SIPp)
    NotSip,     // no SIP/2.0 start line
    NoCallId
};

// What parse() finds but for the lines themselves.
struct MessageParts {
    const char* data = nullptr;
    uint32_t len = 0;
    uint32_t status = 0;           // response code, 0 for a request
    uint32_t method = MethodNone;  // of a request; id of methods.def, MethodNone if it is another (see method_text)
    uint32_t cseq = 0;             // CSeq number, 0 if there is none
    uint32_t cseq_method = MethodNone;
    uint32_t n_headers = 0;
    uint32_t dropped_headers = 0;
    uint32_t body = 0;                // offset of the body; len if there is none
    bool has_body_separator = false;  // CRLFCRLF (or LFLF) was there
    std::string_view method_text, cseq_method_text, request_uri, reason;
    std::string_view call_id;  // whole value, trailing blanks cut
    uint32_t kind = 0;         // messages of one kind have the same lines in the same places; 0: like none before
};

// Index + 1 of the first line of each known header, 0 = absent.
using FirstLines = std::array<uint16_t, static_cast<size_t>(Header::Count)>;

// What parse() found in earlier messages; the next ones are often like them.
struct Familiar {
    static constexpr uint32_t kMaxHeaders = 32;
    struct Found {
        MessageParts parts;
        uint32_t cseq_at, cseq_end;  // offsets of the digits of the CSeq
        FirstLines first;
        std::array<HeaderLine, kMaxHeaders> headers;
    };
    Shapes shapes;
    std::array<Found, Shapes::kCount> found;  // by shape
    uint32_t kinds = 0;                       // that there have been
};

struct Message : MessageParts {
    static constexpr uint32_t kMaxHeaders = 128;  // further lines are counted but not indexed

    FirstLines first;
    HeaderLine headers[kMaxHeaders + 1];  // the last one is for the line at hand
    Familiar familiar;

    bool is_request() const { return status == 0; }
    std::string_view text() const { return {data, len}; }
    std::string_view body_text() const { return {data + body, len - body}; }
    std::string_view value(const HeaderLine& h) const { return {data + h.value, h.value_len}; }
    std::string_view name(const HeaderLine& h) const { return {data + h.line, h.name_len}; }
    const HeaderLine* find(Header id) const {
        uint16_t i = first[static_cast<size_t>(id)];
        return i ? &headers[i - 1] : nullptr;
    }
    std::string_view value_of(Header id) const {  // first occurrence, "" if absent
        const HeaderLine* h = find(id);
        return h ? value(*h) : std::string_view();
    }
};

// A start line that is neither a status line (SIP/2.0 and a code) nor a request line is taken for a request whose
// method is its first word, as long as there is a SIP/2.0 anywhere. Lines without a colon or a name are not headers.
ParseStatus parse(std::string_view bytes, Message& out);

// Parameter of the first element of a header value, outside <…>: parameter("<sip:a@b>;tag=x", "tag") = "x"; quotes
// around it are taken off, names are compared in any case. Empty if absent; empty, but with data(), if it has no value
// (";lr").
std::string_view parameter(std::string_view value, std::string_view name);
// The URI of a name-addr or addr-spec: text between < and >, else the value up to the first `;`.
std::string_view uri_of(std::string_view value);

}  // namespace gsp::rt::sip
