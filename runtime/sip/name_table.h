// SPDX-License-Identifier: Apache-2.0
// A fixed set of short names, built at compile time: one hash probe, then whole words are compared. Private to runtime/sip.
#pragma once
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <type_traits>

namespace gsp::rt::sip {

enum class Case : bool { Exact, Any };

template <size_t kCount, Case kCase>
class NameTable {
public:
    static constexpr size_t kLongest = 24, kNotFound = SIZE_MAX;

    // Names of 1..kLongest bytes; with Case::Any, letters and anything that has no case.
    consteval explicit NameTable(const std::array<std::string_view, kCount>& names) {
        for (size_t i = 0; i < kCount; ++i) {
            Entry& entry = entries_[i];
            entry.length = names[i].size();
            entry.words = words_of(names[i]);
            if (kCase == Case::Any) {
                for (size_t w = 0; w < entry.words.size(); ++w) {
                    entry.fold[w] = letters(entry.words[w]);
                    entry.words[w] |= entry.fold[w];
                }
            }
            size_t slot = hash(names[i]);
            while (slots_[slot]) slot = (slot + 1) % kSlots;
            slots_[slot] = static_cast<uint8_t>(i + 1);
        }
    }

    // Index of the name, or kNotFound.
    size_t find(std::string_view name) const {
        if (name.empty() || name.size() > kLongest) return kNotFound;
        for (size_t slot = hash(name); slots_[slot]; slot = (slot + 1) % kSlots) {
            size_t index = slots_[slot] - 1u;
            if (entries_[index].length == name.size() && matches(entries_[index], name)) return index;
        }
        return kNotFound;
    }

private:
    static_assert(kCount < 256);
    static constexpr size_t kSlots = std::bit_ceil(kCount * 4);
    using Words = std::array<uint64_t, 3>;
    struct Entry {
        size_t length = 0;
        Words words{};
        Words fold{};  // bit 5 of every letter
    };

    static constexpr size_t hash(std::string_view name) {
        auto lower = [](char c) { return static_cast<size_t>(static_cast<unsigned char>(c) | 0x20); };
        return (name.size() * 5 + lower(name.front()) * 3 + lower(name.back()) * 13) % kSlots;
    }
    static constexpr uint64_t load(const char* p, size_t bytes) {
        uint64_t word = 0;
        if (!std::is_constant_evaluated() && std::endian::native == std::endian::little) {
            std::memcpy(&word, p, bytes);
        } else {
            for (size_t i = 0; i < bytes; ++i) word |= uint64_t{static_cast<unsigned char>(p[i])} << (8 * i);
        }
        return word;
    }
    // The bytes of a name, some of them twice; equal if and only if names of one length are.
    static constexpr Words words_of(std::string_view name) {
        const char* p = name.data();
        size_t n = name.size();
        if (n >= 8) return {load(p, 8), load(p + n - 8, 8), n > 16 ? load(p + 8, 8) : 0};
        if (n >= 4) return {load(p, 4) | load(p + n - 4, 4) << 32, 0, 0};
        return {load(p, 1) | load(p + n / 2, 1) << 8 | load(p + n - 1, 1) << 16, 0, 0};
    }
    static constexpr uint64_t letters(uint64_t word) {
        uint64_t bits = 0;
        for (unsigned i = 0; i < 64; i += 8) {
            uint64_t c = (word >> i & 0xff) | 0x20;
            if (c >= 'a' && c <= 'z') bits |= uint64_t{0x20} << i;
        }
        return bits;
    }
    static bool matches(const Entry& entry, std::string_view name) {
        Words words = words_of(name);
        uint64_t differing = 0;
        for (size_t w = 0; w < words.size(); ++w) differing |= (words[w] | entry.fold[w]) ^ entry.words[w];
        return differing == 0;
    }

    std::array<Entry, kCount> entries_{};
    std::array<uint8_t, kSlots> slots_{};  // index + 1, 0 = free
};

}  // namespace gsp::rt::sip
