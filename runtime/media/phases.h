// SPDX-License-Identifier: Apache-2.0
// Which millisecond of 20 the packets of a stream leave in, so that thousands of streams do not all leave in the same
// few. One thread.
#pragma once
#include <algorithm>
#include <array>
#include <cstdint>

#include "runtime/base/clock.h"

namespace gsp::rt {

class Phases {
public:
    static constexpr uint32_t kMs = 20;
    using Phase = uint8_t;
    static constexpr Phase kNone = 0xff;

    // When a stream that wants to begin then should: on the next whole millisecond, or, if too many have the same, the
    // next one that is not crowded. Takes a place there if packets come every 20 ms or a multiple of it.
    uint64_t take(uint64_t now_ns, uint32_t packet_ms, Phase& phase) {
        leave(phase);
        uint64_t ms = (now_ns + kMillisecond - 1) / kMillisecond;
        if (packet_ms % kMs != 0) return ms * kMillisecond;
        constexpr uint32_t kFew = 8;
        const uint32_t most = streams_ / kMs + kFew;
        while (load_[ms % kMs] >= most) ++ms;
        phase = static_cast<Phase>(ms % kMs);
        ++load_[phase], ++streams_;
        return ms * kMillisecond;
    }
    void leave(Phase& phase) {
        if (phase == kNone) return;
        --load_[phase], --streams_;
        phase = kNone;
    }

private:
    std::array<uint32_t, kMs> load_{};  // streams
    uint32_t streams_ = 0;
};

}  // namespace gsp::rt
