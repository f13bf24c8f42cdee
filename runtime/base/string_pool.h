// SPDX-License-Identifier: Apache-2.0
// Variable-size blocks for what a call keeps (Call-ID, tags, variables, stored messages): size classes with free lists over large chunks.
// alloc and free take a few instructions and never return memory to the system before the pool dies. One worker owns a pool.
#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

namespace gsp::rt {

class StringPool {
public:
    StringPool();
    ~StringPool();
    StringPool(const StringPool&) = delete;
    StringPool& operator=(const StringPool&) = delete;

    char* alloc(uint32_t size);           // size 1..GSP_MAX_MESSAGE; never nullptr (bad_alloc is fatal); aligned to 16
    void free(char* block, uint32_t size);  // the size given to alloc
    char* copy(std::string_view text);    // nullptr for an empty text
    size_t bytes_in_use() const { return in_use_; }

private:
    static constexpr uint32_t kClasses = 64;
    struct Free {
        Free* next;
    };
    Free* free_[kClasses] = {};
    std::vector<std::unique_ptr<char[]>> chunks_;
    char* bump_ = nullptr;
    char* bump_end_ = nullptr;
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
    void clear(StringPool& pool) {
        if (ptr) pool.free(ptr, len);
        ptr = nullptr;
        len = 0;
    }
};

}  // namespace gsp::rt
