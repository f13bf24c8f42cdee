// SPDX-License-Identifier: Apache-2.0
#include "runtime/media/wav_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cerrno>
#include <cstring>
#include <utility>

namespace gsp::rt {

static_assert(std::endian::native == std::endian::little);  // samples are written as they are in memory

namespace {

constexpr uint64_t kHeader = 44, kMostBytes = UINT32_MAX - kHeader;  // sizes in the header have 32 bits

}  // namespace

Result<WavFile> WavFile::create(const std::string& path, uint16_t channels) {
    const int fd = open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (fd < 0) return system_error("cannot write '" + path + "'", errno);
    return WavFile(fd, channels);
}

WavFile::WavFile(WavFile&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)),
      channels_(other.channels_),
      window_(std::move(other.window_)),
      begin_(other.begin_),
      frames_(other.frames_),
      error_(other.error_) {}

WavFile::~WavFile() {
    [[maybe_unused]] const Result<void> closed = close();
}

void WavFile::write(const void* bytes, size_t n, uint64_t at) {
    const char* rest = static_cast<const char*>(bytes);
    while (n && !error_) {
        const ssize_t written = pwrite(fd_, rest, n, static_cast<off_t>(at));
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) {
            error_ = written < 0 ? errno : ENOSPC;
            return;
        }
        rest += written, n -= static_cast<size_t>(written), at += static_cast<uint64_t>(written);
    }
}

void WavFile::write_header() {
    const uint32_t frame_bytes = channels_ * 2u, data = static_cast<uint32_t>(begin_ * frame_bytes);  // written so far
    std::array<char, kHeader> header{};
    size_t at = 0;
    const auto text = [&](const char* four) { std::memcpy(&header[std::exchange(at, at + 4)], four, 4); };
    const auto number = [&](auto value) {
        std::memcpy(&header[std::exchange(at, at + sizeof value)], &value, sizeof value);
    };
    constexpr uint16_t kPcm = 1, kBits = 16;
    text("RIFF"), number(static_cast<uint32_t>(kHeader - 8 + data)), text("WAVE");
    text("fmt "), number(uint32_t{16}), number(kPcm), number(channels_), number(uint32_t{kHz});
    number(kHz * frame_bytes), number(static_cast<uint16_t>(frame_bytes)), number(kBits);
    text("data"), number(data);
    write(header.data(), header.size(), 0);
}

void WavFile::advance(uint64_t begin) {
    const uint64_t frame_bytes = channels_ * sizeof(int16_t), n = std::min(begin - begin_, kWindow);
    if (begin_ < frames_)
        write(window_.data(), std::min(n, frames_ - begin_) * frame_bytes, kHeader + begin_ * frame_bytes);
    const auto gone = static_cast<ptrdiff_t>(n * channels_);
    std::fill(std::move(window_.begin() + gone, window_.end(), window_.begin()), window_.end(), int16_t{0});
    begin_ = begin;
    write_header();  // so that the file can be read while the recording goes on
}

void WavFile::put(uint16_t channel, uint64_t frame, std::span<const int16_t> samples) {
    if (frame < begin_) {
        const uint64_t written = std::min<uint64_t>(begin_ - frame, samples.size());
        samples = samples.subspan(written);
        frame += written;
    }
    const uint64_t end = frame + samples.size();
    if (samples.empty() || samples.size() > kWindow / 2 || end * channels_ * sizeof(int16_t) > kMostBytes) return;
    if (end > begin_ + kWindow) advance(end - kWindow / 2);
    for (size_t i = 0; i < samples.size(); ++i) window_[(frame - begin_ + i) * channels_ + channel] = samples[i];
    frames_ = std::max(frames_, end);
}

Result<void> WavFile::close() {
    if (fd_ < 0) return {};
    advance(std::max(frames_, begin_));
    if (::close(std::exchange(fd_, -1)) != 0 && !error_) error_ = errno;
    if (error_) return system_error("cannot write a recording", error_);
    return {};
}

}  // namespace gsp::rt
