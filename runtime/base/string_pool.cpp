// SPDX-License-Identifier: Apache-2.0
// Chunks grow with demand and are not touched before use, so the memory in use stays near what was asked for.
#include "runtime/base/string_pool.h"

#include <algorithm>
#include <cstring>

#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/asan_interface.h>
#endif

namespace gsp::rt {

namespace {
constexpr uint32_t kLargestChunk = 256 * 1024;
}  // namespace

// A block from the current chunk. What is left of a chunk that cannot serve is given to the free lists.
char* StringPool::carve(uint32_t index) {
    static_assert(class_size(kClasses - 1) == kMaxBlock);
    uint32_t size = class_size(index);
    if (static_cast<size_t>(bump_end_ - bump_) < size) {
        while (bump_end_ - bump_ >= static_cast<ptrdiff_t>(kStep)) {
            uint32_t left = static_cast<uint32_t>(bump_end_ - bump_), fitting = class_of(left);
            if (class_size(fitting) > left) --fitting;
            release(bump_, fitting);
            bump_ += class_size(fitting);
        }
        uint32_t chunk = std::max(chunk_size_, size);
        chunks_.push_back(std::make_unique_for_overwrite<char[]>(chunk));
        chunk_size_ = std::min(chunk_size_ * 2, kLargestChunk);
        bump_ = chunks_.back().get();
        bump_end_ = bump_ + chunk;
    }
    char* block = bump_;
    bump_ += size;
    return block;
}

char* StringPool::copy(std::string_view text) {
    if (text.empty()) return nullptr;
    char* block = alloc(static_cast<uint32_t>(text.size()));
    std::memcpy(block, text.data(), text.size());
    return block;
}

#ifdef __SANITIZE_ADDRESS__
void StringPool::hide(void* block, uint32_t size) {
    ASAN_POISON_MEMORY_REGION(block, size);
}
void StringPool::reveal(void* block, uint32_t size) {
    ASAN_UNPOISON_MEMORY_REGION(block, size);
}
#endif

}  // namespace gsp::rt
