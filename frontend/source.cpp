// SPDX-License-Identifier: Apache-2.0
// Reading source files and mapping offsets to lines.
#include "frontend/source.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>

namespace gsp {

namespace {

constexpr size_t kMaxBytes = 16u << 20;

std::vector<uint32_t> line_starts(std::string_view text) {
    std::vector<uint32_t> starts = {0};
    for (size_t i = 0; i < text.size(); ++i) {
        const bool crlf = text[i] == '\r' && i + 1 < text.size() && text[i + 1] == '\n';
        if (text[i] == '\n' || (text[i] == '\r' && !crlf)) starts.push_back(static_cast<uint32_t>(i + 1));
    }
    return starts;
}

}  // namespace

std::optional<std::string> read_source_bytes(const std::string& path) {
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
    return text;
}

std::optional<SourceFile> SourceFile::read(const std::string& path) {
    std::optional<std::string> text = read_source_bytes(path);
    if (!text) return std::nullopt;
    return SourceFile(path == "-" ? "<stdin>" : path, std::move(*text));
}

SourceFile::SourceFile(std::string name, std::string text) {
    add(std::move(name), std::move(text), {});
}

SourceRange SourceFile::add(std::string name, std::string text, Origin origin) {
    File& file = files_.emplace_back(File{std::move(name), std::move(text), 0, {}});
    file.line_starts = line_starts(file.text);
    const SourceRange range = append(static_cast<uint32_t>(file.text.size()), files_.size() - 1, 0, origin);
    file.begin = range.begin;
    return range;
}

SourceRange SourceFile::add_again(SourceRange bytes, Origin origin) {
    return append(bytes.length, segment(bytes.begin).file, offset_in_file(bytes.begin), origin);
}

SourceRange SourceFile::append(uint32_t length, size_t file, uint32_t in_file, Origin origin) {
    const uint32_t begin = segments_.empty() ? 0 : segments_.back().begin + segments_.back().length + 1;
    segments_.push_back({begin, length, file, in_file, origin});
    return {begin, length};
}

const SourceFile::Segment& SourceFile::segment(uint32_t offset) const {
    const auto after = std::upper_bound(segments_.begin(), segments_.end(), offset,
                                        [](uint32_t o, const Segment& s) { return o < s.begin; });
    return *(after - 1);
}

std::string_view SourceFile::text(SourceRange r) const {
    return std::string_view(files_[segment(r.begin).file].text).substr(offset_in_file(r.begin), r.length);
}

uint32_t SourceFile::offset_in_file(uint32_t offset) const {
    const Segment& s = segment(offset);
    return s.in_file + (offset - s.begin);
}

size_t SourceFile::line_index(const File& file, uint32_t offset_in_file) const {
    const auto after = std::upper_bound(file.line_starts.begin(), file.line_starts.end(), offset_in_file);
    return static_cast<size_t>(after - file.line_starts.begin()) - 1;
}

LineColumn SourceFile::line_column(uint32_t offset) const {
    const File& file = files_[segment(offset).file];
    const uint32_t at = offset_in_file(offset);
    const size_t line = line_index(file, at);
    return {static_cast<uint32_t>(line + 1), at - file.line_starts[line] + 1};
}

std::string SourceFile::place(uint32_t offset) const {
    const Segment& s = segment(offset);
    const LineColumn at = line_column(offset);
    return (s.file == 0 ? "" : files_[s.file].name + ":") + std::to_string(at.line) + ":" + std::to_string(at.column);
}

std::string_view SourceFile::line(uint32_t offset) const {
    const File& file = files_[segment(offset).file];
    const size_t index = line_index(file, offset_in_file(offset));
    const size_t begin = file.line_starts[index];
    const size_t end = index + 1 < file.line_starts.size() ? file.line_starts[index + 1] : file.text.size();
    std::string_view line = std::string_view(file.text).substr(begin, end - begin);
    if (line.ends_with('\n')) line.remove_suffix(1);
    if (line.ends_with('\r')) line.remove_suffix(1);
    return line;
}

}  // namespace gsp
