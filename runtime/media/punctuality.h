// SPDX-License-Identifier: Apache-2.0
// What a thread that paces packets asks of the scheduler, so that it comes in time when others want the processor too.
// One thread, the asking one.
#pragma once
#include <cstdint>

#include "runtime/base/clock.h"

namespace gsp::rt {

// Whether a thread may have the processor before all others: as long as it leaves some of it.
class Precedence {
public:
    static constexpr uint64_t kLook = 100 * kMillisecond;
    uint64_t due_ns() const { return due_ns_; }  // of the next look
    // `cpu_ns`: what the thread has used of the processor in all. True: what it is to have is another than before.
    bool look(uint64_t now_ns, uint64_t cpu_ns);
    bool granted() const { return granted_; }

private:
    bool granted_ = true;
    uint32_t modest_ = 0;  // looks in a row that it left enough
    uint64_t due_ns_ = 0, looked_ns_ = 0, used_ns_ = 0;
};

class Punctuality {
public:
    explicit Punctuality(Clock& clock) : clock_(clock) {}
    void ask();  // first, on the thread
    void keep(uint64_t now_ns) {
        if (now_ns >= precedence_.due_ns()) look(now_ns);
    }

private:
    void look(uint64_t now_ns);
    Clock& clock_;
    Precedence precedence_;
};

}  // namespace gsp::rt
