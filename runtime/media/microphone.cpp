// SPDX-License-Identifier: Apache-2.0
#include "runtime/media/microphone.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>
#include <vector>

#include "runtime/base/signals_blocked.h"
#include "runtime/base/start_program.h"

namespace gsp::rt {

namespace {

constexpr const char* kRecorder = "arecord";

struct Pipe {
    int read = -1, write = -1;
    Pipe() {
        int ends[2];
        if (pipe2(ends, O_CLOEXEC) == 0) read = ends[0], write = ends[1];
    }
    ~Pipe() {
        close_end(read);
        close_end(write);
    }
    Pipe(const Pipe&) = delete;
    Pipe& operator=(const Pipe&) = delete;
    static void close_end(int& fd) {
        if (fd >= 0) ::close(fd);
        fd = -1;
    }
};

// 0, or what errno says. It ends by itself when nobody reads any more (SIGPIPE).
int start_recorder(const std::string& device, const Pipe& samples, const Pipe& complaints) {
    std::vector<std::string> words{kRecorder,
                                   "-q",
                                   "-t",
                                   "raw",
                                   "-f",
                                   "S16_LE",
                                   "-c",
                                   "1",
                                   "--period-time=20000",
                                   "-r",
                                   std::to_string(Microphone::kRateHz)};
    if (!device.empty()) words.insert(words.end(), {"-D", device});
    return start_program(std::move(words), samples.write, complaints.write);
}

// All that the recorder says until it ends, in one line.
std::string read_complaints(int fd) {
    std::string text;
    char bytes[512];
    for (ssize_t n = 0; (n = read(fd, bytes, sizeof bytes)) > 0;) text.append(bytes, static_cast<size_t>(n));
    while (!text.empty() && text.back() == '\n') text.pop_back();
    std::replace(text.begin(), text.end(), '\n', ' ');
    return text;
}

}  // namespace

Result<std::shared_ptr<Microphone>> Microphone::open(const std::string& device) {
    constexpr int kPatienceMs = 3000;
    const std::string what = device.empty() ? "the microphone" : "the microphone '" + device + "'";
    Pipe samples, complaints;
    if (samples.read < 0 || complaints.read < 0) return system_error("cannot open " + what, errno);
    if (const int error = start_recorder(device, samples, complaints); error)
        return system_error(std::string("cannot open ") + what + ": " + kRecorder + " (package alsa-utils)", error);
    Pipe::close_end(samples.write);
    Pipe::close_end(complaints.write);
    pollfd first{samples.read, POLLIN, 0};
    if (poll(&first, 1, kPatienceMs) != 1) return Error{"cannot open " + what + ": nothing comes from it"};
    if (!(first.revents & POLLIN)) return Error{"cannot open " + what + ": " + read_complaints(complaints.read)};
    const int stop = eventfd(0, EFD_CLOEXEC);
    if (stop < 0) return system_error("cannot open " + what, errno);
    std::shared_ptr<Microphone> made(new Microphone(samples.read, stop));
    samples.read = -1;
    const SignalsBlocked blocked;
    made->thread_ = std::thread([mic = made.get()] { mic->keep(); });
    return made;
}

Microphone::Microphone(int samples, int stop) : samples_(samples), stop_(stop) {}

Microphone::~Microphone() {
    const uint64_t one = 1;
    [[maybe_unused]] const ssize_t written = write(stop_, &one, sizeof one);
    thread_.join();
    ::close(samples_);
    ::close(stop_);
}

void Microphone::keep() {
    std::array<char, 4096> bytes;
    size_t have = 0;  // of a sample that is not whole yet
    while (true) {
        pollfd ready[] = {{samples_, POLLIN, 0}, {stop_, POLLIN, 0}};
        if (poll(ready, 2, -1) < 0 && errno == EINTR) continue;
        if (ready[1].revents) return;
        const ssize_t n = read(samples_, bytes.data() + have, bytes.size() - have);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) return;  // the recorder has ended: from now on there is silence
        have += static_cast<size_t>(n);
        uint64_t at = heard_.load(std::memory_order_relaxed);
        for (size_t i = 0; i + 1 < have; i += 2, ++at)
            kept_[at % kKept].store(static_cast<int16_t>(static_cast<uint8_t>(bytes[i]) | bytes[i + 1] << 8),
                                    std::memory_order_relaxed);
        heard_.store(at, std::memory_order_release);
        if (have % 2) bytes[0] = bytes[have - 1];
        have %= 2;
    }
}

void Microphone::listen(uint64_t& at, std::span<int16_t> out) const {
    const uint64_t heard = this->heard(), n = out.size();
    if (at + n > heard) return std::fill(out.begin(), out.end(), int16_t{0});
    if (heard - at > kKept / 2) at = heard - n;
    for (int16_t& sample : out) sample = kept_[at++ % kKept].load(std::memory_order_relaxed);
}

Result<std::shared_ptr<Microphone>> Microphones::get(const std::string& device) {
    const std::lock_guard guard(lock_);
    if (const auto known = open_.find(device); known != open_.end()) return known->second;
    Result<std::shared_ptr<Microphone>> opened = Microphone::open(device);
    if (opened) open_.emplace(device, *opened);
    return opened;
}

}  // namespace gsp::rt
