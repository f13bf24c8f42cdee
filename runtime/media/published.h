// SPDX-License-Identifier: Apache-2.0
// A value that one thread writes and others read whole, without a lock: a reader that met the writer tries again. The
// words in between are atomics, so nothing is a race: who reads a new word also sees that the count has moved on.
#pragma once
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>

namespace gsp::rt {

template <class T>
class Published {
    static_assert(std::is_trivially_copyable_v<T>);
    static constexpr size_t kWords = (sizeof(T) + sizeof(uint64_t) - 1) / sizeof(uint64_t);
    using Words = std::array<uint64_t, kWords>;

public:
    void write(const T& value) {  // the writing thread
        Words words{};
        std::memcpy(words.data(), &value, sizeof value);
        const uint64_t count = count_.load(std::memory_order_relaxed);
        count_.store(count + 1, std::memory_order_relaxed);
        for (size_t i = 0; i < kWords; ++i) words_[i].store(words[i], std::memory_order_release);
        count_.store(count + 2, std::memory_order_release);
    }
    T read() const {
        Words words;
        uint64_t before = 0, after = 0;
        do {
            before = count_.load(std::memory_order_acquire);
            for (size_t i = 0; i < kWords; ++i) words[i] = words_[i].load(std::memory_order_acquire);
            after = count_.load(std::memory_order_relaxed);
        } while (before != after || before % 2 != 0);
        T value;
        std::memcpy(static_cast<void*>(&value), words.data(), sizeof value);
        return value;
    }

private:
    std::atomic<uint64_t> count_{0};  // odd: it is being written
    std::array<std::atomic<uint64_t>, kWords> words_{};
};

}  // namespace gsp::rt
