// SPDX-License-Identifier: Apache-2.0
// Source files and positions in them. A SourceFile owns the bytes of a scenario file and of the files that it includes,
// unchanged, for as long as anything refers to positions in them. A position is a byte offset into a space of segments:
// the main file lies at 0, behind it one segment for each time that a file is included or a template used. Bytes that
// are used twice are stored once but have two segments, so a position also tells the way by which its text came in.
// Not thread-safe; filled while the scenario is parsed, constant afterwards.
#pragma once
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gsp {

struct SourceRange {
    uint32_t begin = 0;   // offset, see above
    uint32_t length = 0;  // bytes; a range does not leave its segment
    uint32_t end() const { return begin + length; }
};

struct LineColumn {
    uint32_t line = 1;    // from 1
    uint32_t column = 1;  // from 1, in bytes
};

// The bytes of a file ("-" is standard input). Nothing on failure, with errno set. Files above 16 MiB are refused with
// EFBIG.
std::optional<std::string> read_source_bytes(const std::string& path);

class SourceFile {
public:
    SourceFile(std::string name, std::string text);
    static std::optional<SourceFile> read(const std::string& path);  // as read_source_bytes()

    // How a segment came in.
    enum class Way : uint8_t { Main, Include, Template };
    struct Origin {
        Way way = Way::Main;
        SourceRange at;  // the element or keyword that brought it in; not for Main
    };
    // Both return the new segment. Views into texts stay valid.
    SourceRange add(std::string name, std::string text, Origin);
    SourceRange add_again(SourceRange bytes, Origin);  // bytes that are here already, in a segment of their own

    // Of the main file.
    const std::string& name() const { return files_.front().name; }
    std::string_view text() const { return files_.front().text; }

    const std::string& name(uint32_t offset) const { return files_[segment(offset).file].name; }
    std::string_view text(SourceRange) const;
    LineColumn line_column(uint32_t offset) const;  // in its file; LF, CRLF and bare CR end lines
    std::string_view line(uint32_t offset) const;   // the line that holds it, without its line end
    std::string place(uint32_t offset) const;       // "12:5", outside of the main file "part.xml:12:5"
    uint32_t offset_in_file(uint32_t offset) const;
    const Origin& origin(uint32_t offset) const { return segment(offset).origin; }
    // The offset of the same byte where it came in first: equal for equal places in files.
    uint32_t first_offset(uint32_t offset) const { return files_[segment(offset).file].begin + offset_in_file(offset); }
    bool same_segment(uint32_t a, uint32_t b) const { return segment(a).begin == segment(b).begin; }

private:
    struct File {
        std::string name, text;
        uint32_t begin;  // offset of its first segment
        std::vector<uint32_t> line_starts;
    };
    struct Segment {
        uint32_t begin, length;
        size_t file;
        uint32_t in_file;  // where in the file it begins
        Origin origin;
    };
    const Segment& segment(uint32_t offset) const;
    SourceRange append(uint32_t length, size_t file, uint32_t in_file, Origin);
    size_t line_index(const File&, uint32_t offset_in_file) const;

    std::deque<File> files_;         // a deque moves nothing when it grows
    std::vector<Segment> segments_;  // by offset; one byte apart, so that the end of each is a place of its own
};

}  // namespace gsp
