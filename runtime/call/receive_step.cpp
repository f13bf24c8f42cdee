// SPDX-License-Identifier: Apache-2.0
// What generated code calls when a recv step takes a message or has waited too long (docs/abi.md).
#include "runtime/call/challenge.h"
#include "runtime/call/engine.h"
#include "runtime/call/route_set.h"

namespace {

using namespace gsp::rt;

// As SIPp: which messages answer a request or response that is being retransmitted.
void note_answer(Engine& e, Call& call, const gsp_event& event, uint32_t step) {
    if (!(call.flags & GSP_CALL_RETRANS_ARMED) || step <= call.sent_step) return;
    if (event.flags & GSP_EVF_RESPONSE) {
        if (event.status >= 200 || (call.flags & kCallRetransInvite))
            e.stop_retransmission(call);
        else
            e.retransmissions.arm(call.retrans, e.now_ns + e.config.retrans.t2_ns);
    } else if (event.method == sip::Method_ACK || event.method == sip::Method_CANCEL ||
               event.method == sip::Method_BYE || event.method == sip::Method_PRACK) {
        e.stop_retransmission(call);
    }
}

}  // namespace

uint32_t gsp_recv_begin(gsp_worker* w, gsp_call* c, const gsp_event* event, uint32_t step) noexcept {
    Engine& e = engine(w);
    Call& call = frame(c);
    if (e.lost(step)) {
        e.ladder_received(call, LadderKind::ReceivedLost, step);
        if (e.trace.any()) e.trace_lost(call, " message lost (recv)", GSP_NONE, e.message.text());
        return 1;
    }
    e.acts(call, step);
    e.ladder_received(call, LadderKind::Received, step);
    ++e.stats.steps[step].done;
    e.event_ns = e.shared.message_ns;
    e.sent_text = {};
    note_answer(e, call, *event, step);
    call.flags |= kCallReceived;
    const sip::Message& message = e.message;
    if (uint32_t txn = e.program.steps[step].txn; txn != GSP_NONE && message.status >= 200)
        e.txn(call, txn).final_hash = e.hash_of_message() | 1;
    if (message.is_request()) {
        if (message.cseq > call.cseq) call.cseq = message.cseq;
        return 0;
    }
    if (message.status == 200) call.flags |= kCallAckPending;
    return 0;
}

void gsp_recv_commit(gsp_worker* w, gsp_call* c, const gsp_event*, uint32_t step) noexcept {
    Engine& e = engine(w);
    Call& call = frame(c);
    uint32_t flags = e.program.steps[step].flags;
    e.event_ns = e.now_ns;
    if ((flags & GSP_STEP_RRS) && !call.routes()) store_routes(e, call, e.message);
    if (flags & GSP_STEP_AUTH) store_challenge(e, call, e.message);
    if (flags & GSP_STEP_NO_ADVANCE) return;
    e.keeper.keep(e.message, e.strings, call.last);
    call.last_hash = e.shared.message_hash;
    call.last_step = step;
    if (e.trace.on(TraceFile::CallDebug)) e.debug_last_hash(call);
}

void gsp_recv_timeout(gsp_worker* w, gsp_call* c, uint32_t step) noexcept {
    Engine& e = engine(w);
    ++e.stats.steps[step].timeouts;
    e.ladder_note(frame(c), LadderKind::TimeOut, step);
    if (e.may_warn()) e.warn("call " + std::string(frame(c).call_id.view()) + ": time-out " + e.describe_step(step));
}

void gsp_step_done(gsp_worker* w, gsp_call* c, uint32_t step) noexcept {
    Engine& e = engine(w);
    ++e.stats.steps[step].done;
    e.sent_text = {};
    if (frame(c).extra) frame(c).extra->check_since_ns = 0;  // an rtpcheck that was left without an answer
    if (e.trace.any() || c->failure != GSP_OK) [[unlikely]]
        return e.note_step(frame(c), step);
    frame(c).acting = step;
}

// A start time is kept with its lowest bit clear; the bit says that the timer was counted in this call.
void gsp_rtd_start(gsp_worker* w, gsp_call* c, uint32_t rtd) noexcept {
    Engine& e = engine(w);
    uint64_t& start = frame(c).rtd_start(e.program.n_call_vars)[rtd];
    start = (e.event_ns & ~uint64_t{1}) | (start & 1);
}

void gsp_rtd_stop(gsp_worker* w, gsp_call* c, uint32_t rtd, uint32_t repeat) noexcept {
    Engine& e = engine(w);
    uint64_t& start = frame(c).rtd_start(e.program.n_call_vars)[rtd];
    if (start & 1) return;
    const Call& call = frame(c);
    uint64_t from = start ? start : call.start_ns;
    const uint64_t ns = e.event_ns > from ? e.event_ns - from : 0;
    e.stats.rtds[rtd].record(ns);
    // Only what is measured from the start of a call has a planned time.
    if (const uint64_t lag_ns = e.start_lags[call.index]; from <= call.start_ns && lag_ns != Engine::kNoPlan)
        e.stats.rtds[rtd].from_plan.record(ns + lag_ns);
    if (e.trace.on(TraceFile::ResponseTimes)) {
        const gsp_text& name = e.program.rtds[rtd].name;
        e.trace.response_time(e.now_ns, call.number, {name.ptr, name.len}, ns);
    }
    if (!repeat) start |= 1;
}

void gsp_count(gsp_worker* w, uint32_t counter) noexcept {
    ++engine(w).stats.user_counters[counter];
}

uint32_t gsp_recv_matches(gsp_worker* w, gsp_call* c, const gsp_event* event, uint32_t step) noexcept {
    return engine(w).expects(frame(c), step, *event);
}

uint32_t gsp_chance(gsp_worker* w, double probability) noexcept {
    return engine(w).rng.uniform() < probability;
}
