// SPDX-License-Identifier: Apache-2.0
#include "runtime/media/recorder.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <thread>
#include <unordered_map>
#include <utility>

#include "runtime/base/byte_ring.h"
#include "runtime/base/clock.h"
#include "runtime/base/result.h"
#include "runtime/base/signals_blocked.h"
#include "runtime/media/g711.h"
#include "runtime/media/g722_low_band.h"
#include "runtime/media/pcap_file.h"
#include "runtime/media/spsc_ring.h"
#include "runtime/media/wav_file.h"

namespace gsp::rt {

namespace {

using Channel = RecordedAudio::Channel;

constexpr size_t kRingBytes = 8 << 20, kSaves = 1024;
constexpr std::chrono::milliseconds kGather{10};  // while there is something to do it is woken up for once in so long

enum class Kind : uint8_t { Begin, Audio, End };

struct Head {  // of what is handed over; the payload, or the path, follows
    Kind kind;
    bool duplex;
    Channel channel;
    RecordedAudio::Codec codec;
    uint32_t recording, ssrc, timestamp;
    uint64_t at_ns;
    size_t len;
};

// Where the packets of one direction belong, by their timestamps; another source, or a clock that has jumped, begins
// anew where its packet arrived.
class Place {
public:
    // Nothing: before the begin of the recording.
    std::optional<uint64_t> frame_of(const Head& packet, uint64_t start_ns) {
        constexpr uint64_t kNsPerFrame = kSecond / WavFile::kHz;
        constexpr int64_t kMostAside = 5 * WavFile::kHz;
        const auto arrived = static_cast<int64_t>((packet.at_ns - std::min(packet.at_ns, start_ns)) / kNsPerFrame);
        const int64_t frame = frame_ + static_cast<int32_t>(packet.timestamp - timestamp_);
        const bool follows = begun_ && packet.ssrc == ssrc_ && std::abs(frame - arrived) < kMostAside;
        if (follows && frame < 0) return {};
        begun_ = true;
        ssrc_ = packet.ssrc;
        timestamp_ = packet.timestamp;
        frame_ = follows ? frame : arrived;
        return static_cast<uint64_t>(frame_);
    }

private:
    bool begun_ = false;
    uint32_t ssrc_ = 0, timestamp_ = 0;
    int64_t frame_ = 0;
};

// A sample an octet.
void decode(std::string_view payload, RecordedAudio::Codec codec, G722LowBand& g722, int16_t* out) {
    const G711Table& table = codec == RecordedAudio::Codec::Pcmu ? kSamplesOfPcmu : kSamplesOfPcma;
    for (const char c : payload) {
        const auto octet = static_cast<uint8_t>(c);
        // The band has half of the amplitude that it has when both are joined.
        *out++ = codec == RecordedAudio::Codec::G722
                     ? static_cast<int16_t>(std::clamp(2 * g722.sample(octet), -32768, 32767))
                     : table[octet];
    }
}

struct Recording {
    std::string path;
    bool duplex = false;
    std::optional<WavFile> file;  // made with the first packet
    uint64_t start_ns = 0;        // of that
    Place places[2];              // by Channel, as
    G722LowBand g722[2];          // … these
    bool failed = false;
};

Result<void> write_file(const std::string& path, std::string_view bytes) {
    const auto failed = [&] { return system_error("cannot write '" + path + "'", errno); };
    const int fd = open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (fd < 0) return failed();
    while (!bytes.empty()) {
        const ssize_t written = write(fd, bytes.data(), bytes.size());
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) {
            Error error = failed();
            close(fd);
            return error;
        }
        bytes.remove_prefix(static_cast<size_t>(written));
    }
    if (close(fd) != 0) return failed();
    return {};
}

}  // namespace

struct Recorder::Impl {
    struct Save {
        std::unique_ptr<const PacketStore> store;
        std::string path;
    };
    ByteRing ring{kRingBytes};
    SpscRing<Save, kSaves> saves;
    std::atomic<bool> asleep{false}, stop{false};
    std::thread thread;
    // The thread's alone:
    std::unordered_map<uint32_t, Recording> recordings;
    Problems problems;

    void run();
    void work();
    void take(const Head&, std::string_view bytes);
    void take_audio(Recording&, const Head&, std::string_view payload);
    void note(const Result<void>&);
    bool push(const Head&, std::string_view bytes);
    void wake();
};

Recorder::Recorder() : impl_(std::make_unique<Impl>()) {
    const SignalsBlocked blocked;
    impl_->thread = std::thread([impl = impl_.get()] { impl->run(); });
}

Recorder::~Recorder() {
    finish();
}

Recorder::Problems Recorder::finish() {
    if (impl_->thread.joinable()) {
        impl_->stop.store(true, std::memory_order_release);
        impl_->wake();
        impl_->thread.join();
    }
    return impl_->problems;
}

// ---- the media thread --------------------

void Recorder::Impl::wake() {
    if (asleep.exchange(false, std::memory_order_acq_rel)) asleep.notify_one();
}

bool Recorder::Impl::push(const Head& head, std::string_view bytes) {
    char* const out = ring.reserve(sizeof head + bytes.size());
    if (!out) return false;
    std::memcpy(out, &head, sizeof head);
    if (!bytes.empty()) std::memcpy(out + sizeof head, bytes.data(), bytes.size());
    ring.commit();
    wake();
    return true;
}

bool Recorder::begin(uint32_t recording, std::string_view path, bool duplex) {
    return impl_->push({Kind::Begin, duplex, {}, {}, recording, 0, 0, 0, path.size()}, path);
}

bool Recorder::audio(uint32_t recording, const RecordedAudio& a) {
    return impl_->push(
        {Kind::Audio, false, a.channel, a.codec, recording, a.ssrc, a.timestamp, a.at_ns, a.payload.size()}, a.payload);
}

bool Recorder::end(uint32_t recording) {
    return impl_->push({Kind::End, false, {}, {}, recording, 0, 0, 0, 0}, {});
}

bool Recorder::save(std::unique_ptr<const PacketStore> store, std::string path) {
    if (!impl_->saves.push({std::move(store), std::move(path)})) return false;
    impl_->wake();
    return true;
}

// ---- the writing thread --------------------

void Recorder::Impl::run() {
    while (true) {
        asleep.wait(true, std::memory_order_acquire);
        asleep.exchange(true, std::memory_order_acq_rel);  // what is handed over from now on wakes up again
        const bool last = stop.load(std::memory_order_acquire);
        work();
        if (last) break;
        std::this_thread::sleep_for(kGather);
    }
    for (auto& [number, recording] : recordings)
        if (recording.file) note(recording.file->close());
}

void Recorder::Impl::work() {
    while (const char* in = ring.next()) {
        Head head;
        std::memcpy(&head, in, sizeof head);
        take(head, {in + sizeof head, head.len});
        ring.release();
    }
    for (Save save; saves.pop(save);) note(write_file(save.path, pcap_of(*save.store)));
}

void Recorder::Impl::note(const Result<void>& done) {
    if (done) return;
    if (++problems.files == 1) problems.first = done.error().text;
}

void Recorder::Impl::take(const Head& head, std::string_view bytes) {
    if (head.kind == Kind::Begin) {
        Recording& recording = recordings[head.recording];
        recording.path = bytes;
        recording.duplex = head.duplex;
        return;
    }
    const auto found = recordings.find(head.recording);
    if (found == recordings.end()) return;  // there was no room for its begin
    if (head.kind == Kind::Audio) return take_audio(found->second, head, bytes);
    if (found->second.file) note(found->second.file->close());
    recordings.erase(found);
}

void Recorder::Impl::take_audio(Recording& recording, const Head& head, std::string_view payload) {
    if (recording.failed || (!recording.duplex && head.channel == Channel::Sent)) return;
    if (!recording.file) {
        Result<WavFile> created = WavFile::create(recording.path, recording.duplex ? 2 : 1);
        recording.failed = !created;
        if (!created) return note(created.error());
        recording.file.emplace(std::move(*created));
        recording.start_ns = head.at_ns;
    }
    std::array<int16_t, 4096> samples;
    const std::string_view taken = payload.substr(0, samples.size());
    const auto channel = static_cast<size_t>(head.channel);
    decode(taken, head.codec, recording.g722[channel], samples.data());
    const auto frame = recording.places[channel].frame_of(head, recording.start_ns);
    if (frame)
        recording.file->put(recording.duplex && head.channel == Channel::Received, *frame,
                            {samples.data(), taken.size()});
}

}  // namespace gsp::rt
