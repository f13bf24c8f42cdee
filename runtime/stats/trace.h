// SPDX-License-Identifier: Apache-2.0
// What a worker tells the files of its run (-trace_…). Each function hands over a record and returns: no formatting, no
// file is touched here (trace_writer.h). When a file is off, the call is one test of a flag. One thread, the worker's;
// the traces of several workers write the same files.
#pragma once
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/result.h"
#include "runtime/config.h"
#include "runtime/stats/stream_report.h"
#include "runtime/stats/trace_record.h"
#include "runtime/stats/trace_writer.h"

namespace gsp::rt {

class Trace {
public:
    // Opens what `config.trace` asks for. `epoch_ns` is Clock::epoch_ns(). `config` must outlive the trace.
    static Result<std::unique_ptr<Trace>> open(const RunConfig& config, uint64_t epoch_ns);
    // … for as many threads, each with a trace of its own, into the same files.
    static Result<std::vector<std::unique_ptr<Trace>>> open(const RunConfig& config, uint64_t epoch_ns,
                                                            uint32_t threads);

    bool any() const { return on_ != 0; }  // is anything on but errors?
    bool on(TraceFile file) const { return ((errors_ | on_) >> static_cast<uint32_t>(file) & 1) != 0; }
    // While the run goes on. A file that cannot be opened then is told by take_problem().
    Result<void> set(TraceFile, bool on);

    // One message on the wire. `transport` as [transport] renders it ("UDP").
    void message(uint64_t now_ns, TraceKind, std::string_view transport, std::string_view bytes);
    // `head`: start line and header fields; `call`: its number, 0: none.
    void short_message(uint64_t now_ns, TraceKind, uint64_t call, std::string_view call_id, std::string_view head);
    void log(uint64_t now_ns, std::string_view text);      // <log>: text and a newline
    void warning(uint64_t now_ns, std::string_view text);  // errors file (-trace_err) and last_warning()
    void response_time(uint64_t now_ns, uint64_t call, std::string_view timer, uint64_t ns);
    struct UnexpectedResponse {
        uint64_t call;
        uint32_t status;
        std::string_view reason, call_id, expected;
    };
    void unexpected_response(uint64_t now_ns, const UnexpectedResponse&);
    // `error`: why the call has failed; empty: it succeeded. `streams`: its media; `pcap`: the file with its packets;
    // `scenario`: its file.
    void call_record(uint64_t now_ns, uint64_t call, std::string_view call_id, std::string_view error, uint64_t ns,
                     std::span<const StreamReport> streams, std::string_view pcap, std::string_view scenario);
    void note(uint64_t now_ns, std::string_view text);             // a line between the messages of -trace_msg
    void text(TraceFile, uint64_t now_ns, std::string_view text);  // as it stands

    // The codes of unexpected responses since the last call, SIPp's way: newest first, a comma behind each.
    std::string take_codes();

    std::string_view last_warning() const { return last_warning_; }
    uint64_t last_warning_ns() const { return last_warning_ns_; }
    uint64_t warnings() const { return warnings_; }
    std::string error_file() const;                // its name, "" if -trace_err is off
    uint64_t dropped() const { return dropped_; }  // records that found no room, because the disk is too slow

    void end_turn() {  // the writer may begin
        if (pushed_) wake();
    }
    void request_flush();  // SIGUSR2: the writer writes all it has
    void drain();          // … and has written it when this returns
    bool has_problem() const { return writer_ && writer_->has_problem(); }
    std::string take_problem() { return writer_->take_problem(); }  // a file that cannot be written, told once

private:
    struct Files {  // what the traces of a run share
        uint32_t threads = 1;
        std::mutex starting;
        std::unique_ptr<TraceWriter> writer;  // nullptr: nothing was ever on
    };
    Trace(const RunConfig& config, uint64_t epoch_ns, std::shared_ptr<Files> files, uint32_t thread)
        : config_(config), epoch_ns_(epoch_ns), files_(std::move(files)), thread_(thread) {}
    Result<void> start_writer();
    void wake();
    void push(const TraceRecord&);

    const RunConfig& config_;
    const uint64_t epoch_ns_;
    uint32_t on_ = 0, errors_ = 0;  // bits by TraceFile; errors have their own word: they are off the path of messages
    bool pushed_ = false;           // since the writer was woken up
    std::shared_ptr<Files> files_;
    const uint32_t thread_;
    TraceWriter* writer_ = nullptr;  // that of the files, once something of this trace was on
    std::vector<uint16_t> codes_;
    std::string last_warning_;
    uint64_t warnings_ = 0, last_warning_ns_ = 0, dropped_ = 0;
};

}  // namespace gsp::rt
