// SPDX-License-Identifier: Apache-2.0
// Reads the lines of an injection file from first to last, through a small buffer: a mapping would take a page fault
// for every few lines and stay resident. For set-up; owned by the function that reads.
#pragma once
#include <cstdint>
#include <string_view>
#include <vector>

namespace gsp::rt {

class LineReader {
public:
    // `size` bytes of a regular file; the descriptor's position is not used.
    LineReader(int fd, uint64_t size) : buffer_(kBuffer), fd_(fd), unread_(size) {}
    explicit LineReader(std::string_view bytes) : held_(bytes) {}

    // The next line, whatever it is; false at the end or after an error.
    bool next();
    // The next line of fields: without comments; false at the first empty line, too.
    bool next_fields();

    std::string_view text() const { return text_; }  // without line end; until the next call
    uint64_t offset() const { return offset_; }      // of the line in the file
    uint64_t number() const { return number_; }      // from 1
    int error() const { return error_; }             // errno, 0 if none

private:
    static constexpr size_t kBuffer = 256 << 10;
    bool fill();

    std::vector<char> buffer_;
    std::string_view held_;  // read, but not returned
    int fd_ = -1, error_ = 0;
    uint64_t unread_ = 0;
    std::string_view text_;
    uint64_t offset_ = 0, next_offset_ = 0, number_ = 0;
};

}  // namespace gsp::rt
