// SPDX-License-Identifier: Apache-2.0
// Variable-size blocks for what a call keeps (Call-ID, tags, variables, stored messages): size classes with free lists
// over large chunks. alloc and free take a few instructions and never return memory to the system before the pool dies.
// One worker owns a pool.
#pragma once
#include <bit>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <string_view>
#include <vector>

namespace gsp::rt {

class StringPool {
public:
    static constexpr uint32_t kMaxBlock = 128 * 1024;
    StringPool() = default;
    StringPool(const StringPool&) = delete;
    StringPool& operator=(const StringPool&) = delete;

    // size 1..GSP_MAX_MESSAGE; never nullptr; aligned to 16. More than kMaxBlock throws std::bad_alloc, which is fatal.
    char* alloc(uint32_t size) {
        uint32_t index = class_of(size);
        if (index >= kClasses) throw std::bad_alloc();
        in_use_ += class_size(index);
        Free* block = free_[index];
        if (!block) return carve(index);
        reveal(block, class_size(index));
        free_[index] = block->next;
        return reinterpret_cast<char*>(block);
    }
    void free(char* block, uint32_t size) {  // the size given to alloc
        uint32_t index = class_of(size);
        in_use_ -= class_size(index);
        release(block, index);
    }
    // Whether a block for `a` bytes is one for `b` bytes, too.
    static bool same_block(uint32_t a, uint32_t b) { return class_of(a) == class_of(b); }
    char* copy(std::string_view text);               // nullptr for an empty text
    size_t bytes_in_use() const { return in_use_; }  // sizes rounded up to their class

private:
    // Up to 512 bytes in steps of 16, then four sizes for each doubling.
    static constexpr uint32_t kStep = 16, kLinear = 32, kLinearBits = 9, kClasses = 64;
    static constexpr uint32_t class_of(uint32_t size) {
        uint32_t top = size ? size - 1 : 0;
        if (top < kLinear * kStep) return top / kStep;
        uint32_t bits = static_cast<uint32_t>(std::bit_width(top));
        return kLinear + (bits - kLinearBits - 1) * 4 + ((top >> (bits - 3)) & 3);
    }
    static constexpr uint32_t class_size(uint32_t index) {
        if (index < kLinear) return (index + 1) * kStep;
        uint32_t doubling = (index - kLinear) / 4, quarter = (index - kLinear) % 4;
        return (quarter + 5) << (doubling + kLinearBits - 2);
    }

    struct Free {
        Free* next;
    };
    char* carve(uint32_t index);
    void release(char* block, uint32_t index) {
        Free* head = new (block) Free{free_[index]};
        free_[index] = head;
        hide(block, class_size(index));
    }
    // Free blocks are off limits under AddressSanitizer; nothing otherwise.
#ifdef __SANITIZE_ADDRESS__
    static void hide(void* block, uint32_t size);
    static void reveal(void* block, uint32_t size);
#else
    static void hide(void*, uint32_t) {}
    static void reveal(void*, uint32_t) {}
#endif

    Free* free_[kClasses] = {};
    std::vector<std::unique_ptr<char[]>> chunks_;
    char* bump_ = nullptr;
    char* bump_end_ = nullptr;
    uint32_t chunk_size_ = 64 * 1024;  // of the next chunk
    size_t in_use_ = 0;
};

// A text owned through a pool: 12 bytes of meaning, no destructor. Whoever holds it calls set/clear with the pool.
struct PoolText {
    char* ptr = nullptr;
    uint32_t len = 0;
    std::string_view view() const { return {ptr, len}; }
    void set(StringPool& pool, std::string_view text) {
        clear(pool);
        ptr = pool.copy(text);
        len = static_cast<uint32_t>(text.size());
    }
    // For a text of that length, which is not there yet.
    char* room(StringPool& pool, uint32_t size) {
        if (!ptr || !StringPool::same_block(len, size)) {
            clear(pool);
            ptr = pool.alloc(size);
        }
        len = size;
        return ptr;
    }
    void clear(StringPool& pool) {
        if (ptr) pool.free(ptr, len);
        ptr = nullptr;
        len = 0;
    }
};

}  // namespace gsp::rt
