// SPDX-License-Identifier: Apache-2.0
// Rendering of texts from their segments: run texts, keywords, variables, body lengths.
#include <algorithm>
#include <charconv>
#include <cstring>

#include "runtime/call/engine.h"

namespace gsp::rt {
namespace {

constexpr uint32_t kLenWidth = 5;  // SIPp prints [len] right-aligned in five columns

char* put(char* out, char* end, std::string_view text) {
    if (text.size() > static_cast<size_t>(end - out)) return nullptr;
    return std::copy(text.begin(), text.end(), out);  // not memcpy: an empty text may have no address
}

char* put_variable(char* out, char* end, const gsp_value& value) {
    switch (value.tag) {
    case GSP_STR:
    case GSP_MATCH: return put(out, end, {value.str, value.len});
    case GSP_BOOL: return put(out, end, value.num != 0 ? "true" : "false");
    case GSP_NUM: {
        if (value.num == 0) return out;  // SIPp prints nothing
        auto [at, error] = std::to_chars(out, end, value.num, std::chars_format::fixed, 6);
        return error == std::errc() ? at : nullptr;
    }
    default: return out;
    }
}

// The body: the bytes after the first CRLFCRLF of [from, end).
void put_length(const char* from, const char* end, char* hole, int32_t offset) {
    std::string_view text{from, static_cast<size_t>(end - from)};
    size_t blank_line = text.find("\r\n\r\n");
    int64_t length = (blank_line == text.npos ? 0 : static_cast<int64_t>(text.size() - blank_line - 4)) + offset;
    length = std::clamp<int64_t>(length, 0, 99999);
    for (uint32_t i = kLenWidth; i-- > 0; length /= 10)
        hole[i] = length || i == kLenWidth - 1 ? static_cast<char>('0' + length % 10) : ' ';
}

// Lengths are known when all is there. Until then each hole holds how far in the text the one before it lies.
void fill_holes(char* start, const char* end, char* hole, const TextPiece* part) {
    while (hole) {
        do --part;
        while (part->then < GSP_SEGMENT_LEN);
        uint32_t before;
        std::memcpy(&before, hole, sizeof before);
        put_length(part->then == GSP_SEGMENT_LEN ? hole : start, end, hole, part->segment->arg.offset);
        hole = before == GSP_NONE ? nullptr : start + before;
    }
}

}  // namespace

// From byte `at` of the text on, with the addresses of the call.
char* Engine::put_with_holes(const Call& call, const JoinedText& joined, uint32_t at, char* out, char* end) {
    using What = AddressHole::What;
    const Address local = local_of(call);
    for (const AddressHole& hole : run_texts.holes(joined)) {
        out = put(out, end, {joined.ptr + at, hole.at - at});
        at = hole.at;
        const bool is_local = hole.what == What::LocalIp || hole.what == What::LocalPort;
        const bool is_port = hole.what == What::LocalPort || hole.what == What::RemotePort;
        const Address& address = is_local ? local : call.peer;
        if (out) out = put(out, end, is_port ? std::to_string(address.port + hole.offset) : ip_bracketed(address));
        if (!out) return nullptr;
    }
    return put(out, end, {joined.ptr + at, joined.len - at});
}

char* Engine::put_special(const Call& call, const TextPiece& piece, const char* start, char* out, char* end) {
    const JoinedText& text = *piece.special;
    // SIPp: nothing was printed on this line, so the line end that follows would leave an empty line.
    const bool empty = piece.after_value && out > start && out[-1] == '\n';
    const uint32_t skip = empty ? text.blank : 0;
    return text.n_holes ? put_with_holes(call, text, skip, out, end)
                        : put(out, end, {text.ptr + skip, text.len - skip});
}

char* Engine::render(Call& call, uint32_t text, char* const start, char* const end) {
    const std::span<const TextPiece> pieces = texts.of(text);
    char *out = start, *hole = nullptr;
    for (const TextPiece& piece : pieces) {
        out = piece.special ? put_special(call, piece, start, out, end) : put(out, end, {piece.ptr, piece.len});
        if (!out) return nullptr;
        switch (piece.then) {
        case GSP_SEGMENT_RUN: continue;
        case GSP_SEGMENT_KEYWORD: out = piece.keyword(this, &call, out, end, &piece.segment->arg); break;
        case GSP_SEGMENT_VARIABLE: out = put_variable(out, end, variable(call, piece.segment->index)); break;
        default: {
            if (end - out < kLenWidth) return nullptr;
            uint32_t before = hole ? static_cast<uint32_t>(hole - start) : GSP_NONE;
            hole = out;
            std::memcpy(hole, &before, sizeof before);
            out += kLenWidth;
            out[-1] = ' ';  // something was printed on this line
        }
        }
        if (!out) return nullptr;
    }
    fill_holes(start, out, hole, pieces.data() + pieces.size());
    return program.texts[text].finish ? finish_text(call, start, out, end) : out;
}

}  // namespace gsp::rt
