// SPDX-License-Identifier: Apache-2.0
// Reading a scenario file and mapping offsets to lines.
#include "frontend/source.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>

namespace gsp {

namespace {

constexpr size_t kMaxBytes = 16u << 20;

}  // namespace

SourceFile::SourceFile(std::string name, std::string text) : name_(std::move(name)), text_(std::move(text)) {
    line_starts_.push_back(0);
    for (size_t i = 0; i < text_.size(); ++i) {
        const bool crlf = text_[i] == '\r' && i + 1 < text_.size() && text_[i + 1] == '\n';
        if (text_[i] == '\n' || (text_[i] == '\r' && !crlf)) line_starts_.push_back(static_cast<uint32_t>(i + 1));
    }
}

std::optional<SourceFile> SourceFile::read(const std::string& path) {
    std::FILE* f = path == "-" ? stdin : std::fopen(path.c_str(), "rb");
    if (!f) return std::nullopt;
    std::string text;
    char buffer[64 << 10];
    errno = 0;
    while (const size_t n = std::fread(buffer, 1, sizeof buffer, f)) {
        text.append(buffer, n);
        if (text.size() > kMaxBytes) break;
    }
    int error = 0;
    if (std::ferror(f)) error = errno ? errno : EIO;
    if (text.size() > kMaxBytes) error = EFBIG;
    if (f != stdin) std::fclose(f);
    if (error) {
        errno = error;
        return std::nullopt;
    }
    return SourceFile(path == "-" ? "<stdin>" : path, std::move(text));
}

LineColumn SourceFile::line_column(uint32_t offset) const {
    const auto after = std::upper_bound(line_starts_.begin(), line_starts_.end(), offset);
    return {static_cast<uint32_t>(after - line_starts_.begin()), offset - *(after - 1) + 1};
}

std::string_view SourceFile::line(uint32_t number) const {
    if (number == 0 || number > line_count()) return {};
    const size_t begin = line_starts_[number - 1];
    const size_t end = number < line_count() ? line_starts_[number] : text_.size();
    std::string_view line = std::string_view(text_).substr(begin, end - begin);
    if (line.ends_with('\n')) line.remove_suffix(1);
    if (line.ends_with('\r')) line.remove_suffix(1);
    return line;
}

}  // namespace gsp
