// SPDX-License-Identifier: Apache-2.0
// The buffer grows when a line does not fit.
#include "runtime/inject/line_reader.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace gsp::rt {

// More bytes behind those that are held; false if there are none.
bool LineReader::fill() {
    if (unread_ == 0) return false;
    const size_t n_held = held_.size();
    if (n_held == buffer_.size()) {
        buffer_.resize(n_held * 2);  // moves what is held, which fills the buffer
    } else if (n_held > 0) {
        std::memmove(buffer_.data(), held_.data(), n_held);
    }
    const size_t room = std::min<uint64_t>(buffer_.size() - n_held, unread_);
    const uint64_t at = next_offset_ + n_held;
    ssize_t n;
    do n = pread(fd_, buffer_.data() + n_held, room, static_cast<off_t>(at));
    while (n < 0 && errno == EINTR);
    if (n < 0) error_ = errno;
    unread_ = n > 0 ? unread_ - static_cast<uint64_t>(n) : 0;
    held_ = {buffer_.data(), n_held + static_cast<size_t>(std::max<ssize_t>(n, 0))};
    return n > 0;
}

bool LineReader::next() {
    size_t end = held_.find('\n');
    while (end == std::string_view::npos) {
        const size_t n_seen = held_.size();
        if (!fill()) break;
        end = held_.find('\n', n_seen);
    }
    if (error_ || held_.empty()) return false;
    text_ = held_.substr(0, end);
    const size_t n_taken = std::min(text_.size() + 1, held_.size());
    held_.remove_prefix(n_taken);
    if (text_.ends_with('\r')) text_.remove_suffix(1);
    offset_ = next_offset_;
    next_offset_ += n_taken;
    ++number_;
    return true;
}

bool LineReader::next_fields() {
    do {
        if (!next() || text_.empty()) return false;
    } while (text_.starts_with('#'));
    return true;
}

}  // namespace gsp::rt
