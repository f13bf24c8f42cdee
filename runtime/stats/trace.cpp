// SPDX-License-Identifier: Apache-2.0
#include "runtime/stats/trace.h"

#include "runtime/stats/log_file.h"

namespace gsp::rt {

namespace {

constexpr size_t kMostCodes = 100'000;  // of unexpected responses between two rows

uint32_t bit(TraceFile file) {
    return 1u << static_cast<uint32_t>(file);
}

}  // namespace

Result<std::vector<std::unique_ptr<Trace>>> Trace::open(const RunConfig& config, uint64_t epoch_ns, uint32_t threads) {
    auto files = std::make_shared<Files>();
    files->threads = threads;
    std::vector<std::unique_ptr<Trace>> traces;
    for (uint32_t thread = 0; thread < threads; ++thread) {
        traces.push_back(std::unique_ptr<Trace>(new Trace(config, epoch_ns, files, thread)));
        for (size_t i = 0; i < config.trace.files.size(); ++i) {
            if (!config.trace.files[i].on) continue;
            if (auto set = traces.back()->set(static_cast<TraceFile>(i), true); !set) return set.error();
        }
    }
    return traces;
}

Result<std::unique_ptr<Trace>> Trace::open(const RunConfig& config, uint64_t epoch_ns) {
    auto one = open(config, epoch_ns, 1);
    if (!one) return one.error();
    return std::move(one->front());
}

Result<void> Trace::set(TraceFile file, bool on) {
    uint32_t& flags = file == TraceFile::Errors ? errors_ : on_;
    flags = on ? flags | bit(file) : flags & ~bit(file);
    return on ? start_writer() : Result<void>();
}

Result<void> Trace::start_writer() {
    if (writer_) return {};
    const std::lock_guard lock(files_->starting);
    if (!files_->writer) {
        auto started = TraceWriter::start(config_, epoch_ns_, files_->threads);
        if (!started) return started.error();
        files_->writer = std::move(*started);
    }
    writer_ = files_->writer.get();
    return {};
}

void Trace::wake() {
    pushed_ = false;
    writer_->wake();
}

void Trace::push(const TraceRecord& record) {
    pushed_ = true;
    if (!writer_->push(thread_, record)) ++dropped_;
}

void Trace::message(uint64_t now_ns, TraceKind kind, std::string_view transport, std::string_view bytes) {
    if (!on(TraceFile::Messages)) return;
    push({TraceFile::Messages, kind, epoch_ns_ + now_ns, 0, 0, {transport, bytes}});
}

void Trace::short_message(uint64_t now_ns, TraceKind kind, uint64_t call, std::string_view call_id,
                          std::string_view head) {
    if (!on(TraceFile::ShortMessages)) return;
    push({TraceFile::ShortMessages, kind, epoch_ns_ + now_ns, call, 0, {call_id, head}});
}

void Trace::log(uint64_t now_ns, std::string_view text) {
    if (on(TraceFile::Logs)) push({TraceFile::Logs, TraceKind::Text, epoch_ns_ + now_ns, 0, 0, {text}});
}

void Trace::text(TraceFile file, uint64_t now_ns, std::string_view text) {
    if (on(file)) push({file, TraceKind::Text, epoch_ns_ + now_ns, 0, 0, {text}});
}

void Trace::response_time(uint64_t now_ns, uint64_t call, std::string_view timer, uint64_t ns) {
    if (!on(TraceFile::ResponseTimes)) return;
    push({TraceFile::ResponseTimes, TraceKind::Text, epoch_ns_ + now_ns, call, ns, {timer}});
}

void Trace::call_record(uint64_t now_ns, uint64_t call, std::string_view call_id, std::string_view error, uint64_t ns,
                        std::span<const StreamReport> streams, std::string_view pcap, std::string_view scenario) {
    const std::string_view bytes(reinterpret_cast<const char*>(streams.data()), streams.size_bytes());
    if (on(TraceFile::CallRecords))
        push({TraceFile::CallRecords, TraceKind::Text, epoch_ns_ + now_ns, call, ns, {call_id, error, bytes, pcap, scenario}});
}

void Trace::note(uint64_t now_ns, std::string_view text) {
    if (on(TraceFile::Messages)) push({TraceFile::Messages, TraceKind::Text, epoch_ns_ + now_ns, 0, 0, {text}});
}

void Trace::unexpected_response(uint64_t now_ns, const UnexpectedResponse& r) {
    if (!on(TraceFile::ErrorCodes)) return;
    if (config_.trace.schema == TraceSchema::Gossipper) {
        return push({TraceFile::ErrorCodes,
                     TraceKind::UnexpectedCode,
                     epoch_ns_ + now_ns,
                     r.call,
                     r.status,
                     {r.reason, r.call_id, r.expected}});
    }
    if (codes_.size() == kMostCodes)
        ++dropped_;
    else
        codes_.push_back(static_cast<uint16_t>(r.status));
}

std::string Trace::take_codes() {
    std::string text;
    for (auto code = codes_.rbegin(); code != codes_.rend(); ++code) text += std::to_string(*code) + ",";
    codes_.clear();
    return text;
}

void Trace::warning(uint64_t now_ns, std::string_view text) {
    ++warnings_;
    last_warning_ns_ = now_ns;
    last_warning_ = text;
    // What it quotes came from outside and goes to a terminal.
    for (char& c : last_warning_)
        if ((c >= 0 && c < ' ' && c != '\n' && c != '\t') || c == 0x7f) c = '.';
    if (on(TraceFile::Errors)) push({TraceFile::Errors, TraceKind::Text, epoch_ns_ + now_ns, 0, 0, {last_warning_}});
}

std::string Trace::error_file() const {
    return on(TraceFile::Errors) ? trace_file_name(config_, TraceFile::Errors) : std::string();
}

void Trace::request_flush() {
    if (writer_) writer_->request_flush();
}

void Trace::drain() {
    if (writer_) writer_->drain();
}

}  // namespace gsp::rt
