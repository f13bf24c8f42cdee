// SPDX-License-Identifier: Apache-2.0
#include "runtime/stats/trace_writer.h"

#include <atomic>
#include <chrono>
#include <mutex>
#include <optional>
#include <thread>

#include "runtime/base/clock.h"
#include "runtime/base/signals_blocked.h"
#include "runtime/stats/log_file.h"
#include "runtime/stats/trace_format.h"
#include "runtime/stats/trace_output.h"

namespace gsp::rt {

namespace {

// While records keep coming they are gathered for so long, and woken up for once.
constexpr std::chrono::milliseconds kGather{5};

enum Opening : uint8_t { AtStart, AtFirst };
enum Rotation : uint8_t { Whole, Rotates };

struct FileRow {
    Opening opening;
    Rotation rotation;
    TraceFormat* format;
};

constexpr FileRow kRows[] = {
#define TRACE_FILE(id, kind, ending, sibling, opening, rotation, format) {opening, rotation, format},
#include "runtime/stats/trace_files.def"
};

}  // namespace

struct TraceWriter::Impl {
    Impl(const RunConfig& c, uint64_t epoch_ns)
        : config(c), style{c.trace.schema, c.trace.rfc3339, c.trace.stat_delimiter, epoch_ns} {}

    TraceOutput& output(TraceFile);
    void begin(TraceOutput&, TraceFile, uint64_t time_ns);
    void write(const TraceRecord&);
    void write_all(std::deque<TraceRing>&, bool also_blocks);
    void run(std::deque<TraceRing>&);
    void note_problem(TraceOutput&);

    const RunConfig& config;
    const TraceStyle style;
    std::array<std::optional<TraceOutput>, static_cast<size_t>(TraceFile::Count)> outputs;
    struct Waiting {
        TraceRecord record;
        bool there;
    };
    std::vector<Waiting> waiting;  // the next one of each ring
    std::string text;              // of one record
    uint32_t times_in_block = 0;  // response times since their file was flushed

    std::atomic<bool> asleep{false}, stop{false};
    std::atomic<uint64_t> flush_wanted{0}, flush_done{0};
    std::atomic<bool> has_problem{false};
    std::mutex problem_lock;
    std::string problem;
    std::thread thread;
};

TraceOutput& TraceWriter::Impl::output(TraceFile file) {
    std::optional<TraceOutput>& slot = outputs[static_cast<size_t>(file)];
    if (slot) return *slot;
    const TraceConfig& t = config.trace;
    const bool rotates = kRows[static_cast<size_t>(file)].rotation == Rotates;
    return slot.emplace(trace_file_name(config, file), default_log_stem(config, file), t[file].overwrite,
                        rotates ? TraceLimits{t.kept_files, t.rotate_bytes, t.max_bytes} : TraceLimits{});
}

void TraceWriter::Impl::begin(TraceOutput& out, TraceFile file, uint64_t time_ns) {
    if (const std::string header = trace_header(file, style); !header.empty()) out.append(header, time_ns / kSecond);
}

void TraceWriter::Impl::write(const TraceRecord& record) {
    TraceOutput& out = output(record.file);
    if (!out.opened()) begin(out, record.file, record.time_ns);
    text.clear();
    kRows[static_cast<size_t>(record.file)].format(record, style, text);
    out.append(text, record.time_ns / kSecond);
    if (record.file == TraceFile::ResponseTimes) ++times_in_block;
    note_problem(out);
}

void TraceWriter::Impl::note_problem(TraceOutput& out) {
    std::string text_of_problem = out.take_problem();
    if (text_of_problem.empty()) return;
    const std::lock_guard lock(problem_lock);
    problem += (problem.empty() ? "" : "; ") + text_of_problem;
    has_problem.store(true, std::memory_order_release);
}

void TraceWriter::Impl::write_all(std::deque<TraceRing>& rings, bool also_blocks) {
    // Of what the rings have, the oldest first.
    waiting.resize(rings.size());
    for (size_t i = 0; i < rings.size(); ++i) waiting[i].there = rings[i].pop(waiting[i].record);
    while (true) {
        size_t oldest = rings.size();
        for (size_t i = 0; i < rings.size(); ++i)
            if (waiting[i].there && (oldest == rings.size() || waiting[i].record.time_ns < waiting[oldest].record.time_ns))
                oldest = i;
        if (oldest == rings.size()) break;
        write(waiting[oldest].record);
        rings[oldest].release();
        waiting[oldest].there = rings[oldest].pop(waiting[oldest].record);
    }
    const bool block_is_full = also_blocks || times_in_block >= config.trace.rtt_block;
    for (size_t i = 0; i < outputs.size(); ++i) {
        if (!outputs[i] || (static_cast<TraceFile>(i) == TraceFile::ResponseTimes && !block_is_full)) continue;
        outputs[i]->flush();
        note_problem(*outputs[i]);
    }
    if (block_is_full) times_in_block = 0;
}

void TraceWriter::Impl::run(std::deque<TraceRing>& rings) {
    while (true) {
        asleep.wait(true, std::memory_order_acquire);
        asleep.exchange(true, std::memory_order_acq_rel);  // what is pushed from now on wakes up again
        const bool last = stop.load(std::memory_order_acquire);
        const uint64_t wanted = flush_wanted.load(std::memory_order_acquire);
        const bool flush = last || wanted != flush_done.load(std::memory_order_relaxed);
        write_all(rings, flush);
        if (flush) {
            flush_done.store(wanted, std::memory_order_release);
            flush_done.notify_all();
        }
        if (last) return;
        if (!flush) std::this_thread::sleep_for(kGather);
    }
}

TraceWriter::TraceWriter(const RunConfig& config, uint64_t epoch_ns)
    : impl_(std::make_unique<Impl>(config, epoch_ns)) {}

Result<std::unique_ptr<TraceWriter>> TraceWriter::start(const RunConfig& config, uint64_t epoch_ns, uint32_t rings) {
    std::unique_ptr<TraceWriter> writer(new TraceWriter(config, epoch_ns));
    for (uint32_t i = 0; i < rings; ++i) writer->rings_.emplace_back(config.trace.buffer_bytes);
    Impl& impl = *writer->impl_;
    for (size_t i = 0; i < std::size(kRows); ++i) {
        const auto file = static_cast<TraceFile>(i);
        if (!config.trace[file].on) continue;
        TraceOutput& out = impl.output(file);
        if (kRows[i].opening != AtStart) {
            out.reserve();
            continue;
        }
        if (auto opened = out.open(epoch_ns / kSecond); !opened) return opened.error();
        impl.begin(out, file, epoch_ns);
    }
    const SignalsBlocked blocked;
    impl.thread = std::thread([&impl, &rings = writer->rings_] { impl.run(rings); });
    return writer;
}

TraceWriter::~TraceWriter() {
    if (!impl_->thread.joinable()) return;
    impl_->stop.store(true, std::memory_order_release);
    wake();
    impl_->thread.join();
}

void TraceWriter::wake() noexcept {
    if (!impl_->asleep.exchange(false, std::memory_order_acq_rel)) return;
    impl_->asleep.notify_one();
}

void TraceWriter::request_flush() {
    impl_->flush_wanted.fetch_add(1, std::memory_order_release);
    wake();
}

void TraceWriter::drain() {
    request_flush();
    const uint64_t wanted = impl_->flush_wanted.load(std::memory_order_relaxed);
    for (uint64_t done = impl_->flush_done.load(std::memory_order_acquire); done < wanted;
         done = impl_->flush_done.load(std::memory_order_acquire)) {
        impl_->flush_done.wait(done, std::memory_order_acquire);
    }
}

bool TraceWriter::has_problem() const noexcept {
    return impl_->has_problem.load(std::memory_order_acquire);
}

std::string TraceWriter::take_problem() {
    const std::lock_guard lock(impl_->problem_lock);
    impl_->has_problem.store(false, std::memory_order_relaxed);
    return std::exchange(impl_->problem, {});
}

}  // namespace gsp::rt
