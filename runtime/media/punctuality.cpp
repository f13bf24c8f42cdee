// SPDX-License-Identifier: Apache-2.0
#include "runtime/media/punctuality.h"

#include <sched.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <utility>

namespace gsp::rt {

namespace {

// sched_setattr(2). Threads that this one starts do not inherit what it has.
bool schedule(uint32_t policy, int32_t nice, uint32_t priority, uint64_t runtime_ns) {
    constexpr uint64_t kResetOnFork = 1;
    struct {
        uint32_t size, policy;
        uint64_t flags;
        int32_t nice;
        uint32_t priority;
        uint64_t runtime_ns, deadline_ns, period_ns;
    } attributes{sizeof attributes, policy, kResetOnFork, nice, priority, runtime_ns, 0, 0};
    return syscall(SYS_sched_setattr, 0, &attributes, 0) == 0;
}

// By short turns (Linux 6.12), which need no rights, and with more weight than others where that is allowed.
void share() {
    constexpr int32_t kNice = -10;
    constexpr uint64_t kTurnNs = 100'000;
    if (!schedule(SCHED_OTHER, kNice, 0, kTurnNs)) schedule(SCHED_OTHER, 0, 0, kTurnNs);
}

// Before all threads that have no real-time priority, where that is allowed; else a share.
void go_first() {
    constexpr uint32_t kLowest = 1;
    if (!schedule(SCHED_FIFO, 0, kLowest, 0)) share();
}

}  // namespace

bool Precedence::look(uint64_t now_ns, uint64_t cpu_ns) {
    constexpr uint32_t kLong = 10;  // looks
    const uint64_t time = now_ns - std::exchange(looked_ns_, now_ns), used = cpu_ns - std::exchange(used_ns_, cpu_ns);
    due_ns_ = now_ns + kLook;
    const bool leaves_enough = used * 100 <= time * 95;
    modest_ = leaves_enough ? modest_ + 1 : 0;
    const bool now_granted = granted_ ? leaves_enough : modest_ >= kLong;
    return std::exchange(granted_, now_granted) != now_granted;
}

void Punctuality::ask() {
    constexpr unsigned long kTimerSlackNs = 1000;  // timers are not put off to save power
    prctl(PR_SET_TIMERSLACK, kTimerSlackNs);
    precedence_.look(clock_.read_ns(), clock_.cpu_ns());
    go_first();
}

void Punctuality::look(uint64_t now_ns) {
    if (!precedence_.look(now_ns, clock_.cpu_ns())) return;
    precedence_.granted() ? go_first() : share();
}

}  // namespace gsp::rt
