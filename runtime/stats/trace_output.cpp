// SPDX-License-Identifier: Apache-2.0
#include "runtime/stats/trace_output.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

namespace gsp::rt {

namespace {

constexpr size_t kPendingBytes = 1 << 20;

}  // namespace

TraceOutput::~TraceOutput() {
    flush();
    close();
}

void TraceOutput::close() {
    if (fd_ >= 0) ::close(fd_);
    fd_ = -1;
}

void TraceOutput::give_up(const std::string& what, int code) {
    problem_ = system_error(what + " '" + name_ + "'", code).text + ", nothing more is written to it";
    ended_ = true;
    pending_.clear();
    close();
}

void TraceOutput::reserve() {
    fd_ = ::open("/dev/null", O_WRONLY | O_CLOEXEC);
    reserved_ = fd_ >= 0;
}

Result<void> TraceOutput::open(uint64_t epoch_s) {
    constexpr mode_t kMode = 0666;
    if (std::exchange(reserved_, false)) close();
    fd_ = ::open(name_.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | (overwrite_ ? O_TRUNC : O_APPEND), kMode);
    if (fd_ < 0) return system_error("cannot create '" + name_ + "'", errno);
    overwrite_ = true;  // appending is for what was there before the run
    opened_ = true;
    start_s_ = epoch_s;
    written_ = 0;
    return {};
}

void TraceOutput::append(std::string_view record, uint64_t epoch_s) {
    if (ended_) return;
    if ((fd_ < 0 || reserved_) && !open(epoch_s)) return give_up("cannot create", errno);
    pending_ += record;
    written_ += record.size();
    if (limits_.max_bytes && written_ > limits_.max_bytes) {
        flush();
        ended_ = true;
        return close();
    }
    if (limits_.rotate_bytes && written_ > limits_.rotate_bytes) return rotate(epoch_s);
    if (pending_.size() > kPendingBytes) flush();
}

void TraceOutput::flush() {
    std::string_view rest = pending_;
    while (!rest.empty()) {
        const ssize_t n = ::write(fd_, rest.data(), rest.size());
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) return give_up("cannot write", errno);
        rest.remove_prefix(static_cast<size_t>(n));
    }
    pending_.clear();
}

std::string TraceOutput::rotated_name(const Kept& kept) const {
    return rotated_stem_ + "_" + std::to_string(kept.start_s) +
           (kept.number ? "." + std::to_string(kept.number) : std::string()) + ".log";
}

void TraceOutput::rotate(uint64_t epoch_s) {
    flush();
    if (ended_) return;
    close();
    if (limits_.kept_files) {
        if (kept_.size() == limits_.kept_files) {
            ::unlink(rotated_name(kept_.front()).c_str());
            kept_.pop_front();
        }
        const bool same_second = !kept_.empty() && kept_.back().start_s == start_s_;
        const Kept renamed{start_s_, same_second ? kept_.back().number + 1 : 0};
        if (std::rename(name_.c_str(), rotated_name(renamed).c_str()) != 0) return give_up("cannot rename", errno);
        kept_.push_back(renamed);
    }
    if (!open(epoch_s)) give_up("cannot create", errno);
}

}  // namespace gsp::rt
