// SPDX-License-Identifier: Apache-2.0
// What a microphone hears: ALSA's recorder as a child process, whose samples a thread keeps for a second. Any number of
// streams listen to one device; none of them waits for it.
#pragma once
#include <array>
#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <thread>

#include "runtime/base/result.h"

namespace gsp::rt {

class Microphone {
public:
    static constexpr uint32_t kRateHz = 8000;  // one channel of 16 bits
    // Starts the recorder and waits for its first samples. `device`: ALSA's name; empty: the default one.
    static Result<std::shared_ptr<Microphone>> open(const std::string& device);
    ~Microphone();
    Microphone(const Microphone&) = delete;
    Microphone& operator=(const Microphone&) = delete;

    uint64_t heard() const { return heard_.load(std::memory_order_acquire); }  // samples so far
    // Those from `at` on, which moves on behind them; silence if they are not all there yet. A listener that is half a
    // second behind goes on with the newest ones. Any thread.
    void listen(uint64_t& at, std::span<int16_t> out) const;

private:
    Microphone(int samples, int stop);
    void keep();                // the thread's
    const int samples_, stop_;  // descriptors: of the recorder's output; an eventfd
    static constexpr uint32_t kKept = kRateHz;
    std::array<std::atomic<int16_t>, kKept> kept_{};
    std::atomic<uint64_t> heard_{0};
    std::thread thread_;
};

// Those of a run, each opened once. Any thread.
class Microphones {
public:
    Result<std::shared_ptr<Microphone>> get(const std::string& device);

private:
    std::mutex lock_;
    std::map<std::string, std::shared_ptr<Microphone>> open_;
};

}  // namespace gsp::rt
