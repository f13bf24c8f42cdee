// SPDX-License-Identifier: Apache-2.0
// Source files and positions in them. A SourceFile owns the bytes of one scenario file, unchanged, for as long as
// anything refers to positions in it; positions are byte offsets into those bytes. Not thread-safe; filled before
// anything reads it.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gsp {

struct SourceRange {
    uint32_t begin = 0;   // byte offset into SourceFile::text()
    uint32_t length = 0;  // bytes
    uint32_t end() const { return begin + length; }
};

struct LineColumn {
    uint32_t line = 1;    // from 1
    uint32_t column = 1;  // from 1, in bytes
};

class SourceFile {
public:
    SourceFile(std::string name, std::string text);
    // Reads `path` ("-" is standard input). Nothing on failure, with errno set. Files above 16 MiB are refused with
    // EFBIG.
    static std::optional<SourceFile> read(const std::string& path);

    const std::string& name() const { return name_; }
    std::string_view text() const { return text_; }
    std::string_view text(SourceRange r) const { return std::string_view(text_).substr(r.begin, r.length); }
    LineColumn line_column(uint32_t offset) const;  // LF, CRLF and bare CR end lines
    std::string_view line(uint32_t number) const;   // without its line end
    uint32_t line_count() const { return static_cast<uint32_t>(line_starts_.size()); }

private:
    std::string name_, text_;
    std::vector<uint32_t> line_starts_;
};

}  // namespace gsp
