// SPDX-License-Identifier: Apache-2.0
// How earlier messages were written. Those of a scenario resemble each other from call to call: the same lines, of the
// same lengths, with other values. Such a message is not taken apart again, only compared with the one before.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace gsp::rt::sip {

// Whether a message has the bytes of `text` where `fixed` is 0xff, and visible ones where it is 0. All have `size` bytes,
// at least as many as are compared at once; `text` and `fixed` are aligned to as many.
bool is_like_by_16(const char* message, const char* text, const char* fixed, size_t size);
bool is_like_by_32(const char* message, const char* text, const char* fixed, size_t size);  // if there is AVX2

class Shapes {
public:
    static constexpr uint32_t kCount = 8, kNone = UINT32_MAX;
    static constexpr size_t kMost = 1024;  // longest header part, in bytes
    static constexpr size_t kBlock = 32;   // shortest; no more bytes are compared at once

    // The shape that a message has, by start line, length and all bytes of its header part; kNone: none of those known.
    // In parts that vary, any visible byte may stand where the first message had one.
    uint32_t find(std::string_view message);
    // Where the shape of a message is from now on, in place of an older one; kNone: it is not learnt, as it is too long
    // or those learnt last were of no use.
    uint32_t learn(std::string_view message, size_t header_part, std::span<const std::string_view> varies);

private:
    struct Shape {
        size_t size = 0;
        bool useful = false;  // it was found
        alignas(kBlock) std::array<char, kMost> text;
        alignas(kBlock) std::array<char, kMost> fixed;  // 0xff: the byte must be the same
        bool is_of(const char* message) const;
    };
    static uint64_t key_of(std::string_view message);

    std::array<uint64_t, kCount> keys_{};  // 0: no shape
    std::array<Shape, kCount> shapes_;
    uint32_t next_ = 0;
    uint32_t wait_ = 0, waited_ = 0;  // messages to let pass before the next one is learnt
};

}  // namespace gsp::rt::sip
