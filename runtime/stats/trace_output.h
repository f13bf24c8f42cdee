// SPDX-License-Identifier: Apache-2.0
// One file that records are appended to, with SIPp's rotation: it is renamed and begun anew when it has become too long
// (-ringbuffer_size), or closed for good (-max_log_size). A file that cannot be written is closed for good, too, and
// says so once. One thread at a time.
#pragma once
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <utility>

#include "runtime/base/result.h"

namespace gsp::rt {

struct TraceLimits {
    uint32_t kept_files = 0;    // renamed files that stay; 0: none, the file is only begun anew
    uint64_t rotate_bytes = 0;  // 0: never
    uint64_t max_bytes = 0;     // 0: no limit
};

class TraceOutput {
public:
    // `rotated_stem`: renamed files are called <stem>_<time of opening, s since 1970>[.<n>].log
    TraceOutput(std::string name, std::string rotated_stem, bool overwrite, TraceLimits limits)
        : name_(std::move(name)), rotated_stem_(std::move(rotated_stem)), overwrite_(overwrite), limits_(limits) {}
    ~TraceOutput();
    TraceOutput(const TraceOutput&) = delete;
    TraceOutput& operator=(const TraceOutput&) = delete;

    Result<void> open(uint64_t epoch_s);
    // For a file that the first record opens: keeps a descriptor, as there may be none left then.
    void reserve();
    // A whole record; opens the file if need be. It is kept until flush(), or until there is a lot of it.
    void append(std::string_view record, uint64_t epoch_s);
    void flush();
    bool opened() const { return opened_; }  // once
    const std::string& name() const { return name_; }
    std::string take_problem() { return std::exchange(problem_, {}); }  // empty: none since the last time

private:
    struct Kept {
        uint64_t start_s;
        uint32_t number;  // among those of the same second
    };
    void rotate(uint64_t epoch_s);
    std::string rotated_name(const Kept&) const;
    void give_up(const std::string& what, int code);
    void close();

    std::string name_, rotated_stem_;
    bool overwrite_;
    const TraceLimits limits_;
    int fd_ = -1;  // of /dev/null, while it is only reserved
    bool reserved_ = false;
    bool opened_ = false, ended_ = false;  // ended: nothing more will be written
    uint64_t start_s_ = 0, written_ = 0;
    std::deque<Kept> kept_;
    std::string pending_, problem_;
};

}  // namespace gsp::rt
