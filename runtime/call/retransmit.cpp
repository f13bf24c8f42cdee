// SPDX-License-Identifier: Apache-2.0
// Own retransmissions over unreliable transports: the stored bytes are sent again after T1, 2 T1, 4 T1 … (RFC
// 3261 17.1), for anything but INVITE at most every T2; then the call gives up.
#include <algorithm>

#include "runtime/call/engine.h"

namespace gsp::rt {

void Engine::arm_retransmission(Call& call, uint32_t step) {
    call.sent.set(strings, sent_text);
    call.retrans_ms = program.steps[step].retrans_ms;
    call.retrans_count = 0;
    call.flags |= GSP_CALL_RETRANS_ARMED;
    if (call.flags & kCallLastSentInvite) call.flags |= kCallRetransInvite;
    retransmissions.arm(call.retrans, now_ns + call.retrans_ms * kMillisecond);
}

void Engine::stop_retransmission(Call& call) {
    if (!(call.flags & GSP_CALL_RETRANS_ARMED)) return;
    call.flags &= ~(uint32_t{GSP_CALL_RETRANS_ARMED} | kCallRetransInvite);
    call.sent.clear(strings);
    retransmissions.disarm(call.retrans);
}

void Engine::on_retransmission(Call& call) {
    const StepLock whole(shared.state);
    bool invite = (call.flags & kCallRetransInvite) != 0;
    uint32_t limit = std::min(config.retrans.max, invite ? config.retrans.max_invite : config.retrans.max_non_invite);
    if (call.retrans_count < limit) {
        if (trace.on(TraceFile::CallDebug)) debug_retransmission(call, limit);
        send_bytes(call, call.sent.view());
        ++call.retrans_count;
        ++stats.steps[call.sent_step].retrans;
        ++count(Counter::Retransmissions);
        uint64_t next_ms = uint64_t{call.retrans_ms} * 2;
        uint64_t t2_ms = config.retrans.t2_ns / kMillisecond;
        call.retrans_ms =
            static_cast<uint32_t>(std::min<uint64_t>(invite ? next_ms : std::min(next_ms, t2_ms), UINT32_MAX));
        // From the time it was due, so that the schedule does not drift.
        retransmissions.arm(call.retrans, std::max(call.retrans.due_ns + call.retrans_ms * kMillisecond, now_ns));
        return;
    }
    uint32_t go_to = program.steps[call.sent_step].on_timeout;
    ++stats.steps[call.sent_step].timeouts;
    ladder_note(call, LadderKind::GaveUp, call.sent_step);
    if (go_to >= program.n_steps) return finish(call, GSP_MAX_RETRANS);
    stop_retransmission(call);
    waits.disarm(call.wait);
    enter(call, go_to);
}

}  // namespace gsp::rt
