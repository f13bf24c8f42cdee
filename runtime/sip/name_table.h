// SPDX-License-Identifier: Apache-2.0
// A fixed set of short names, built at compile time: no two of them share a slot of the hash table, so one look tells.
// Private to runtime/sip.
#pragma once
#include <algorithm>
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
    static constexpr size_t kReadable = 16;  // bytes that find_at() may read
    static constexpr uint8_t kNotFound = 0xff;

    // Names of 2..kLongest bytes; with Case::Any, letters and anything that has no case.
    consteval explicit NameTable(const std::array<std::string_view, kCount>& names) {
        for (size_t i = 0; i < kCount; ++i) {
            Entry& entry = entries_[i];
            entry.length = names[i].size();
            entry.words = words_of(names[i].data(), names[i].size());
            if (kCase == Case::Exact) continue;
            for (size_t w = 0; w < entry.words.size(); ++w) {
                entry.fold[w] = letters(entry.words[w]);
                entry.words[w] |= entry.fold[w];
            }
        }
        while (!fill_slots()) multiplier_ += 2 * kGolden;
    }

    // Index of the name, or kNotFound.
    uint8_t find(std::string_view name) const {
        if (name.size() > kLongest) return kNotFound;
        char padded[std::max(kLongest, kReadable)] = {};
        std::memcpy(padded, name.data(), name.size());
        return find_at(padded, name.size());
    }
    // … of a name behind which there is more, up to kReadable bytes in all at least.
    uint8_t find_at(const char* name, size_t length) const {
        if (length - 2 > kLongest - 2) return kNotFound;
        const uint64_t first = first_word(name, length);
        const uint8_t index = slots_[slot_of(first, length)];
        const Entry& entry = entries_[index];
        const auto is = [&](size_t w, uint64_t word) { return (word | entry.fold[w]) == entry.words[w]; };
        if (entry.length != length || !is(0, first)) return kNotFound;
        if (length <= 8) return index;
        if (!is(1, load8(name + length - 8))) return kNotFound;
        return length <= 16 || is(2, load8(name + 8)) ? index : kNotFound;
    }

private:
    static_assert(kCount < kNotFound);
    static constexpr size_t kSlots = std::bit_ceil(kCount * 8);
    static constexpr uint64_t kGolden = 0x9e3779b97f4a7c15;
    using Words = std::array<uint64_t, 3>;
    struct alignas(64) Entry {
        Words words{};
        Words fold{};  // bit 5 of every letter; zero: upper and lower case differ
        size_t length = 0;
    };

    // False: two names share one.
    consteval bool fill_slots() {
        slots_ = {};
        std::array<bool, kSlots> taken{};
        for (size_t i = 0; i < kCount; ++i) {
            const size_t slot = slot_of(entries_[i].words[0], entries_[i].length);
            if (taken[slot]) return false;
            taken[slot] = true;
            slots_[slot] = static_cast<uint8_t>(i);
        }
        return true;
    }
    constexpr size_t slot_of(uint64_t first, size_t length) const {
        constexpr uint64_t kUpper = kCase == Case::Any ? 0x2020202020202020 : 0;
        return ((first | kUpper) ^ length) * multiplier_ >> (64 - std::countr_zero(kSlots));
    }

    // Little-endian whatever the machine is, so that what is built at compile time holds.
    static constexpr uint64_t load8(const char* p) {
        uint64_t word = 0;
        if (!std::is_constant_evaluated() && std::endian::native == std::endian::little) {
            std::memcpy(&word, p, 8);
        } else {
            for (size_t i = 0; i < 8; ++i) word |= uint64_t{static_cast<unsigned char>(p[i])} << (8 * i);
        }
        return word;
    }
    static constexpr uint64_t first_word(const char* name, size_t length) {
        return load8(name) & UINT64_MAX >> (64 - 8 * std::min<size_t>(length, 8));
    }
    // The bytes of a name, some of them twice.
    static constexpr Words words_of(const char* name, size_t length) {
        char padded[kLongest + 1] = {};
        std::copy_n(name, length, padded);
        return {first_word(padded, length), length > 8 ? load8(padded + length - 8) : 0,
                length > 16 ? load8(padded + 8) : 0};
    }
    static constexpr uint64_t letters(uint64_t word) {
        uint64_t bits = 0;
        for (unsigned i = 0; i < 64; i += 8) {
            uint64_t c = (word >> i & 0xff) | 0x20;
            if (c >= 'a' && c <= 'z') bits |= uint64_t{0x20} << i;
        }
        return bits;
    }

    std::array<Entry, kCount> entries_{};
    std::array<uint8_t, kSlots> slots_{};
    uint64_t multiplier_ = kGolden;  // or the first of its odd multiples that fits
};

}  // namespace gsp::rt::sip
