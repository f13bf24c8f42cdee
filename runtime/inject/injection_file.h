// SPDX-License-Identifier: Apache-2.0
// A CSV injection file (-inf) as it stands on disk: mapped, with an index of where its lines begin. The index holds at
// most kMaxStarts lines, so a file of any size opens in constant memory; lines between are found by searching on.
//
// Format (SIPp): the first line names SEQUENTIAL, RANDOM or USER and options of PRINTF (printf_fields.h); then a line
// of fields each, separated by `;`, without quoting. Lines that begin with # are skipped; the first empty line, or the
// end, ends the data. A CR before the line end belongs to it.
//
// Never changes once open, so threads may share it, each with LineHints of its own. The file may be replaced on disk
// (renamed over), but must not be truncated while it is open: reading what is gone ends the process (SIGBUS).
#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "runtime/base/result.h"
#include "runtime/inject/line_reader.h"
#include "runtime/inject/printf_fields.h"

namespace gsp::rt {

// How lines are chosen for new calls.
enum class LineOrder : uint8_t { Sequential, Random, User };

// The last line that a reader looked at: the same and the following ones are found from there. For one file only.
struct LineHint {
    size_t at = 0;
    uint32_t line = 0;
    bool known = false;
};

class InjectionFile {
public:
    static constexpr uint32_t kMaxLines = UINT32_MAX - 1;
    static constexpr size_t kMaxStarts = 1 << 20;  // a power of two

    // Error texts begin with the path and, where there is one, the line: "users.csv:1: …". Pipes are read into memory.
    static Result<InjectionFile> open(const std::string& path);
    // The same for bytes that the caller owns and keeps. max_starts is a power of two.
    static Result<InjectionFile> from_bytes(std::string path, std::string_view bytes, size_t max_starts = kMaxStarts);

    const std::string& path() const { return path_; }
    std::string_view name() const;  // the base name, by which scenarios know the file
    LineOrder order() const { return order_; }
    bool is_printf() const { return printf_.lines > 0; }
    const PrintfRange& printf_range() const { return printf_; }
    uint32_t n_lines() const { return is_printf() ? printf_.lines : n_stored_; }

    // The text of line i < n_lines(), for PRINTF files with its conversions. Lives as long as the file is open.
    std::string_view line(uint32_t i, LineHint& hint) const;

    // For a pass over all stored lines; next() skips the first one.
    LineReader reader() const;

private:
    struct Descriptor {
        int fd = -1;
        Descriptor() = default;
        Descriptor(Descriptor&& other) noexcept : fd(std::exchange(other.fd, -1)) {}
        Descriptor& operator=(Descriptor&&) = delete;
        ~Descriptor();
    };
    struct Unmap {
        size_t size;
        void operator()(const char* data) const;
    };

    InjectionFile() = default;
    Error error_at(uint64_t line, std::string_view text) const;
    Result<void> read(size_t max_starts);
    Result<void> read_first_line(std::string_view line);
    void add_line(uint64_t offset, size_t max_starts);

    std::string path_;
    Descriptor descriptor_;
    std::unique_ptr<const char, Unmap> mapping_{nullptr, Unmap{0}};
    std::vector<char> copy_;  // of what cannot be mapped
    std::string_view bytes_;
    LineOrder order_ = LineOrder::Sequential;
    PrintfRange printf_;
    std::vector<uint64_t> starts_;  // offset of every stride-th line
    uint32_t stride_ = 1;           // a power of two
    uint32_t n_stored_ = 0;         // lines in the file
};

}  // namespace gsp::rt
