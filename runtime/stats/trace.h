// SPDX-License-Identifier: Apache-2.0
// The text logs of a run (-trace_msg, -trace_err, -trace_logs), SIPp's formats. The worker calls it; when a log is off,
// the call is one test of a flag. Output is buffered and written by flush(), once per loop turn at most.
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "runtime/base/result.h"
#include "runtime/config.h"

namespace gsp::rt {

class Trace {
public:
    // Opens what `config.trace` asks for. `epoch_ns` is Clock::epoch_ns().
    static Result<std::unique_ptr<Trace>> open(const RunConfig& config, uint64_t epoch_ns);
    ~Trace();

    bool messages_on() const { return messages_on_; }
    bool logs_on() const { return logs_on_; }
    // One message on the wire. `transport` as [transport] renders it ("UDP").
    void message(uint64_t now_ns, bool sent, std::string_view transport, std::string_view bytes);
    void log(std::string_view text);                       // <log>: text and a newline
    void warning(uint64_t now_ns, std::string_view text);  // errors file (-trace_err) and last_warning()
    std::string_view last_warning() const { return last_warning_; }
    uint64_t warnings() const { return warnings_; }
    std::string error_file() const;  // its name, "" if -trace_err is off
    void flush();

private:
    Trace();
    struct Impl;
    std::unique_ptr<Impl> impl_;
    bool messages_on_ = false, logs_on_ = false;
    std::string last_warning_;
    uint64_t warnings_ = 0;
};

}  // namespace gsp::rt
