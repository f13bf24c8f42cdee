// SPDX-License-Identifier: Apache-2.0
#include "runtime/stats/trace.h"

#include <cerrno>
#include <cstdio>

#include "runtime/base/clock.h"
#include "runtime/stats/log_file.h"
#include "runtime/stats/time_text.h"

namespace gsp::rt {

namespace {

constexpr size_t kFlushBytes = 1 << 20;  // a loop turn that writes more than this flushes on the way

class LogFile {
public:
    Result<void> open(const std::string& name) {
        file_ = std::fopen(name.c_str(), "w");
        if (!file_) return system_error("cannot create '" + name + "'", errno);
        return {};
    }
    LogFile() = default;
    LogFile(const LogFile&) = delete;
    LogFile& operator=(const LogFile&) = delete;
    ~LogFile() {
        flush();
        if (file_) std::fclose(file_);
    }
    bool is_open() const { return file_ != nullptr; }
    void append(std::string_view text) {
        if (!file_) return;
        pending_ += text;
        if (pending_.size() > kFlushBytes) flush();
    }
    void flush() {
        if (pending_.empty()) return;
        std::fwrite(pending_.data(), 1, pending_.size(), file_);
        std::fflush(file_);
        pending_.clear();
    }

private:
    std::FILE* file_ = nullptr;
    std::string pending_;
};

}  // namespace

struct Trace::Impl {
    LogFile messages, logs, errors;
    std::string error_name;  // empty: -trace_err is off
    uint64_t epoch_ns = 0;
};

Trace::Trace() : impl_(std::make_unique<Impl>()) {}
Trace::~Trace() = default;

Result<std::unique_ptr<Trace>> Trace::open(const RunConfig& config, uint64_t epoch_ns) {
    std::unique_ptr<Trace> trace(new Trace);
    Impl& impl = *trace->impl_;
    impl.epoch_ns = epoch_ns;
    if (config.trace.messages) {
        if (auto r = impl.messages.open(log_file_name(config, config.trace.message_file, "messages.log")); !r)
            return r.error();
        trace->messages_on_ = true;
    }
    if (config.trace.logs) {
        if (auto r = impl.logs.open(log_file_name(config, config.trace.log_file, "logs.log")); !r) return r.error();
        trace->logs_on_ = true;
    }
    // Opened at the first warning, as SIPp does: no warnings, no file.
    if (config.trace.errors) impl.error_name = log_file_name(config, config.trace.error_file, "errors.log");
    return trace;
}

void Trace::message(uint64_t now_ns, bool sent, std::string_view transport, std::string_view bytes) {
    if (!messages_on_) return;
    LogFile& file = impl_->messages;
    file.append("----------------------------------------------- ");
    file.append(rfc3339_text(impl_->epoch_ns + now_ns));
    file.append("\n");
    file.append(transport);
    file.append(sent ? " message sent [" : " message received [");
    file.append(std::to_string(bytes.size()));
    file.append("] bytes:\n\n");
    file.append(bytes);
    file.append("\n");
}

void Trace::log(std::string_view text) {
    if (!logs_on_) return;
    impl_->logs.append(text);
    impl_->logs.append("\n");
}

void Trace::warning(uint64_t now_ns, std::string_view text) {
    ++warnings_;
    last_warning_ = text;
    // What it quotes came from outside and goes to a terminal.
    for (char& c : last_warning_)
        if ((c >= 0 && c < ' ' && c != '\n' && c != '\t') || c == 0x7f) c = '.';
    if (impl_->error_name.empty()) return;
    LogFile& file = impl_->errors;
    if (!file.is_open()) {
        if (!file.open(impl_->error_name).ok()) {  // the warning itself still stands; the file is not tried again
            impl_->error_name.clear();
            return;
        }
        file.append("The following events occurred:\n");
    }
    file.append(timestamp_text(impl_->epoch_ns + now_ns));
    file.append(": ");
    file.append(last_warning_);
    file.append("\n");
}

std::string Trace::error_file() const {
    return impl_->error_name;
}

void Trace::flush() {
    impl_->messages.flush();
    impl_->logs.flush();
    impl_->errors.flush();
}

}  // namespace gsp::rt
