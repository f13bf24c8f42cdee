// SPDX-License-Identifier: Apache-2.0
#include "driver/lsp/framing.h"

#include <algorithm>
#include <cctype>
#include <charconv>

namespace gsp::driver::lsp {

namespace {

constexpr size_t kMaxLine = 4096, kMaxBody = 64u << 20;

// Without its line end; nothing at the end of the stream. The rest of a line that is too long is dropped.
std::optional<std::string> read_line(std::FILE* in) {
    std::string line;
    int c = std::getc(in);
    for (; c != EOF && c != '\n'; c = std::getc(in))
        if (line.size() < kMaxLine) line += static_cast<char>(c);
    if (c == EOF) return std::nullopt;
    if (line.ends_with('\r')) line.pop_back();
    return line;
}

// The value of `line` if it is the header `name`; nothing if it is another.
std::optional<std::string_view> header(std::string_view line, std::string_view name) {
    const size_t colon = line.find(':');
    const auto equal = [](char a, char b) {
        return std::tolower(static_cast<unsigned char>(a)) == std::tolower(static_cast<unsigned char>(b));
    };
    const std::string_view key = line.substr(0, colon);
    if (colon == line.npos || !std::equal(key.begin(), key.end(), name.begin(), name.end(), equal)) return std::nullopt;
    const size_t begin = line.find_first_not_of(" \t", colon + 1);
    return begin == line.npos ? std::string_view() : line.substr(begin);
}

bool read_body(std::FILE* in, size_t length, std::string* out) {
    char buffer[4096];
    while (length > 0) {
        const size_t n = std::fread(buffer, 1, std::min(length, sizeof buffer), in);
        if (n == 0) return false;
        if (out) out->append(buffer, n);
        length -= n;
    }
    return true;
}

}  // namespace

std::optional<Frame> read_frame(std::FILE* in) {
    std::optional<std::string> length_text;
    for (std::optional<std::string> line = read_line(in);; line = read_line(in)) {
        if (!line) return std::nullopt;
        if (line->empty()) break;
        if (const auto value = header(*line, "Content-Length")) length_text = *value;
    }
    if (!length_text) return Frame{{}, "a header without Content-Length"};
    size_t length = 0;
    const char* end = length_text->data() + length_text->size();
    const auto [stop, error] = std::from_chars(length_text->data(), end, length);
    if (error != std::errc() || stop != end) return Frame{{}, "Content-Length is not a number"};
    const bool fits = length <= kMaxBody;
    Frame frame;
    if (!read_body(in, length, fits ? &frame.body : nullptr)) return std::nullopt;
    if (!fits) frame.error = "a message of more than " + std::to_string(kMaxBody) + " bytes";
    return frame;
}

bool write_frame(std::FILE* out, std::string_view body) {
    return std::fprintf(out, "Content-Length: %zu\r\n\r\n", body.size()) > 0 &&
           std::fwrite(body.data(), 1, body.size(), out) == body.size() && std::fflush(out) == 0;
}

}  // namespace gsp::driver::lsp
