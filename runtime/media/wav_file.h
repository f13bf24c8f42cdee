// SPDX-License-Identifier: Apache-2.0
// A WAV file, 16 bits, 8 kHz, whose samples are put where they belong: what nothing was put to is silence. The last two
// seconds are in memory, where samples may come in any order. One thread.
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "runtime/base/result.h"

namespace gsp::rt {

class WavFile {
public:
    static constexpr uint32_t kHz = 8000;
    // Creates the file, or empties it.
    static Result<WavFile> create(const std::string& path, uint16_t channels);
    ~WavFile();  // as close()
    WavFile(WavFile&&) noexcept;
    WavFile& operator=(WavFile&&) = delete;

    // From this frame on. Samples for what was written already are left out.
    void put(uint16_t channel, uint64_t frame, std::span<const int16_t>);
    Result<void> close();

private:
    WavFile(int fd, uint16_t channels) : fd_(fd), channels_(channels), window_(size_t{kWindow} * channels) {}
    static constexpr uint64_t kWindow = 2 * kHz;
    void advance(uint64_t begin);  // what is before is written
    void write(const void* bytes, size_t n, uint64_t at);
    void write_header();

    int fd_;
    uint16_t channels_;
    std::vector<int16_t> window_;  // frames from `begin_` on
    uint64_t begin_ = 0, frames_ = 0;
    int error_ = 0;  // errno of the first write that failed
};

}  // namespace gsp::rt
