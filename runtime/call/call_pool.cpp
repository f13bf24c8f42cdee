// SPDX-License-Identifier: Apache-2.0
#include "runtime/call/call_pool.h"

#include <cstring>
#include <new>

namespace gsp::rt {

Call& CallPool::take() {
    uint32_t index;
    if (!free_.empty()) {
        index = free_.back();
        free_.pop_back();
    } else {
        if (size_ % kPerChunk == 0) chunks_.emplace_back(new char[frame_size_ * kPerChunk]);
        index = size_++;
    }
    char* frame = chunks_[index / kPerChunk].get() + frame_size_ * (index % kPerChunk);
    std::memset(frame, 0, frame_size_);
    Call* call = new (frame) Call{};
    call->index = index;
    call->flags = kCallLive;
    ++live_;
    return *call;
}

void CallPool::release(Call& call) {
    call.flags = 0;
    free_.push_back(call.index);
    --live_;
}

}  // namespace gsp::rt
