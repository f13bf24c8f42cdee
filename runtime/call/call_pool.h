// SPDX-License-Identifier: Apache-2.0
// Frames of calls: chunks of equal frames, never moved, never given back; a frame has an index for life. One worker
// owns the pool.
#pragma once
#include <cstdint>
#include <memory>
#include <vector>

#include "runtime/call/call.h"

namespace gsp::rt {

class CallPool {
public:
    explicit CallPool(size_t frame_size) : frame_size_((frame_size + 15) & ~size_t{15}) {}

    Call& take();  // all zero but for `index`, marked live
    void release(Call&);
    Call& at(uint32_t index) {
        return *reinterpret_cast<Call*>(chunks_[index / kPerChunk].get() + frame_size_ * (index % kPerChunk));
    }
    uint32_t size() const { return size_; }  // indices below it may be live
    uint32_t live() const { return live_; }

private:
    static constexpr uint32_t kPerChunk = 128;
    size_t frame_size_;
    std::vector<std::unique_ptr<char[]>> chunks_;
    std::vector<uint32_t> free_;
    uint32_t size_ = 0, live_ = 0;
};

}  // namespace gsp::rt
