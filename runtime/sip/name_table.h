// SPDX-License-Identifier: Apache-2.0
// A fixed set of short names, built at compile time: one hash probe, then whole words are compared. Private to
// runtime/sip.
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
    static constexpr size_t kLongest = 24;
    static constexpr uint8_t kNotFound = 0xff;

    // Names of 2..kLongest bytes; with Case::Any, letters and anything that has no case.
    consteval explicit NameTable(const std::array<std::string_view, kCount>& names) {
        for (size_t i = 0; i < kCount; ++i) {
            Entry& entry = entries_[i];
            entry.words = words_of(names[i]);
            if (kCase == Case::Any) {
                for (size_t w = 0; w < entry.words.size(); ++w) {
                    entry.fold[w] = letters(entry.words[w]);
                    entry.words[w] |= entry.fold[w];
                }
            }
            size_t slot = hash(names[i]);
            while (slots_[slot].length != 0) slot = (slot + 1) % kSlots;
            slots_[slot] = {static_cast<uint8_t>(i), static_cast<uint8_t>(names[i].size())};
        }
    }

    // Index of the name, or kNotFound.
    uint8_t find(std::string_view name) const {
        if (name.size() - 2 > kLongest - 2) return kNotFound;
        for (size_t at = hash(name);; at = (at + 1) % kSlots) {
            Slot slot = slots_[at];
            if (slot.length == name.size() && matches(entries_[slot.index], name)) return slot.index;
            if (slot.length == 0) return kNotFound;
        }
    }

private:
    static_assert(kCount >= 8 && kCount < kNotFound);
    static constexpr size_t kSlots = std::bit_ceil(kCount * 4);
    using Words = std::array<uint64_t, 3>;
    struct alignas(64) Entry {
        Words words{};
        Words fold{};  // bit 5 of every letter
    };
    struct Slot {
        uint8_t index = 0, length = 0;  // length 0: free
    };

    // Multiplied by kSlots / 32, the bit that tells upper from lower case falls out.
    static constexpr size_t hash(std::string_view name) {
        size_t first = static_cast<unsigned char>(name.front()), last = static_cast<unsigned char>(name.back());
        return ((first + last * 3 + name.size()) * (kSlots / 32) + name.size()) % kSlots;
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
        return {short_word(p, n), 0, 0};
    }
    static constexpr uint64_t short_word(const char* p, size_t n) {
        if (n >= 4) return load(p, 4) | load(p + n - 4, 4) << 32;
        return load(p, 2) | load(p + n - 2, 2) << 16;
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
        const char* p = name.data();
        size_t n = name.size();
        auto is = [&](size_t w, uint64_t word) {
            return (kCase == Case::Any ? word | entry.fold[w] : word) == entry.words[w];
        };
        if (n < 8) return is(0, short_word(p, n));
        return is(0, load(p, 8)) && is(1, load(p + n - 8, 8)) && (n <= 16 || is(2, load(p + 8, 8)));
    }

    std::array<Entry, kCount> entries_{};
    std::array<Slot, kSlots> slots_{};
};

}  // namespace gsp::rt::sip
