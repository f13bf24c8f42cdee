// SPDX-License-Identifier: Apache-2.0
#include "runtime/sip/shapes.h"

#include <algorithm>
#include <cstring>
#include <memory>

#include "runtime/base/avx2.h"

namespace gsp::rt::sip {

namespace {

template <size_t kSize>
using Bytes [[gnu::vector_size(kSize)]] = unsigned char;

// No branch but the loop's: what is wrong anywhere is gathered.
template <class Block>
[[gnu::always_inline]] inline bool is_like(const char* message, const char* text, const char* fixed, size_t size) {
    Block wrong{}, least = ~Block{};
    const auto look = [&](const char* seen_at, const char* known_at, const char* fixed_at) __attribute__((always_inline)) {
        Block seen, known, must;
        std::memcpy(&seen, seen_at, sizeof seen);
        std::memcpy(&known, known_at, sizeof known);
        std::memcpy(&must, fixed_at, sizeof must);
        const Block shown = seen | must;
        wrong |= (seen ^ known) & must;
        least = shown < least ? shown : least;
    };
    size_t at = 0;
#pragma GCC unroll 4
    for (; at + sizeof(Block) <= size; at += sizeof(Block))
        look(message + at, std::assume_aligned<sizeof(Block)>(text + at),
             std::assume_aligned<sizeof(Block)>(fixed + at));
    at = size - sizeof(Block);  // what is left, and some of it again
    look(message + at, text + at, fixed + at);
    wrong |= static_cast<Block>(least <= static_cast<unsigned char>(' '));
    uint64_t words[sizeof(Block) / 8], any = 0;
    std::memcpy(words, &wrong, sizeof words);
    for (const uint64_t word : words) any |= word;
    return any == 0;
}

bool is_visible(char c) {
    return static_cast<unsigned char>(c) > ' ';
}

uint64_t load8(const char* at) {
    uint64_t word;
    std::memcpy(&word, at, sizeof word);
    return word;
}

}  // namespace

// Responses are told apart by their status, requests by what begins with their method; both by their length.
uint64_t Shapes::key_of(std::string_view message) {
    constexpr uint64_t kResponse = 0x20302e322f504953;  // "SIP/2.0 ", as it is loaded
    uint64_t key = load8(message.data());
    uint32_t status;
    std::memcpy(&status, message.data() + sizeof key, sizeof status);
    if (key == kResponse) key ^= uint64_t{status} << 32;
    return (key ^ message.size() * 0x9e3779b97f4a7c15) | 1;
}

bool is_like_by_16(const char* message, const char* text, const char* fixed, size_t size) {
    return is_like<Bytes<16>>(message, text, fixed, size);
}

#ifdef __x86_64__
__attribute__((target("avx2")))
#endif
bool is_like_by_32(const char* message, const char* text, const char* fixed, size_t size) {
    return is_like<Bytes<32>>(message, text, fixed, size);
}

bool Shapes::Shape::is_of(const char* message) const {
    return kHasAvx2 ? is_like_by_32(message, text.data(), fixed.data(), size)
                    : is_like_by_16(message, text.data(), fixed.data(), size);
}

uint32_t Shapes::find(std::string_view message) {
    if (message.size() < kBlock) return kNone;
    const uint64_t key = key_of(message);
    for (uint32_t i = 0; i < kCount; ++i) {
        if (keys_[i] != key) continue;
        if (shapes_[i].size > message.size() || !shapes_[i].is_of(message.data())) return kNone;
        shapes_[i].useful = true;
        return i;
    }
    return kNone;
}

uint32_t Shapes::learn(std::string_view message, size_t header_part, std::span<const std::string_view> varies) {
    constexpr uint32_t kLongestWait = 255;
    if (header_part < kBlock || header_part > kMost || ++waited_ <= wait_) return kNone;
    const uint64_t key = key_of(message);
    uint32_t place = static_cast<uint32_t>(std::find(keys_.begin(), keys_.end(), key) - keys_.begin());
    if (place == kCount) {
        place = next_;
        next_ = (next_ + 1) % kCount;
    }
    Shape& shape = shapes_[place];
    wait_ = keys_[place] == 0 || shape.useful ? 0 : std::min(2 * wait_ + 1, kLongestWait);
    waited_ = 0;
    keys_[place] = key;
    shape.size = header_part;
    shape.useful = false;
    std::memcpy(shape.text.data(), message.data(), header_part);
    std::memset(shape.fixed.data(), 0xff, header_part);
    for (const std::string_view part : varies)
        for (const char& c : part)
            if (is_visible(c)) shape.fixed[static_cast<size_t>(&c - message.data())] = 0;
    return place;
}

}  // namespace gsp::rt::sip
