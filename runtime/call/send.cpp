// SPDX-License-Identifier: Apache-2.0
// Sending the messages of a scenario: render, hand over, remember what it answered, arm the retransmission.
#include <cstring>

#include "runtime/call/branch.h"
#include "runtime/call/engine.h"

namespace gsp::rt {

using sip::Header;

bool Engine::is_lost(uint32_t step) {
    double percent = program.steps[step].lost < 0 ? config.call.lost : program.steps[step].lost;
    if (percent <= 0 || rng.uniform() * 100 >= percent) return false;
    ++stats.steps[step].lost;
    return true;
}

bool Engine::may_send(Call& call) {
    if (call.conn == kMainConn) return !tx.full();
    if (call.conn == kNoConn && !connect(call)) return false;
    return !tx.full() && shared.transport.has_room(call.conn);
}

void Engine::not_sent(Call& call, uint32_t step) {
    ++shared.count(Counter::SendErrors);
    ladder_note(call, LadderKind::NotSent, step);
}

bool Engine::transmit(Call& call, uint32_t step, LadderKind kind) {
    sent_text = {};
    if (!may_send(call)) return not_sent(call, step), false;
    char* out = tx.reserve();
    char* end = render(call, program.steps[step].text, out, out + GSP_MAX_MESSAGE);
    if (!end) {
        if (may_warn()) {
            warn("call " + std::string(call.call_id.view()) + ": the message " + describe_step(step) +
                 " is longer than 65536 bytes");
        }
        return false;
    }
    if (call.extra && call.extra->has_no_port) return not_sent(call, step), false;
    sent_text = {out, static_cast<size_t>(end - out)};
    if (lost(step)) {
        ladder_sent(call, LadderKind::SentLost, step, sent_text);
        if (trace.any()) trace_lost(call, " message voluntary lost (while sending)", step, sent_text);
        return true;
    }
    if (plays) note_own_sdp(call, sent_text);
    ladder_sent(call, kind, step, sent_text);
    if (trace.any()) trace_sent(&call, sent_text, step);
    ++shared.count(Counter::MessagesSent);
    tx.commit(end, call.peer, call.index, call.conn);
    return true;
}

void Engine::send_bytes(Call& call, std::string_view bytes) {
    if (!may_send(call)) {
        ++shared.count(Counter::SendErrors);
        return;
    }
    char* out = tx.reserve();
    std::memcpy(out, bytes.data(), bytes.size());
    ladder_sent(call, LadderKind::SentAgain, call.sent_step, bytes);
    if (trace.any()) trace_sent(&call, bytes, call.sent_step);
    ++shared.count(Counter::MessagesSent);
    tx.commit(out + bytes.size(), call.peer, call.index, call.conn);
}

void Engine::resend_step(Call& call, uint32_t step) {
    if (!transmit(call, step, LadderKind::SentAgain)) return;
    ++stats.steps[step].retrans;
    ++count(Counter::Retransmissions);
}

namespace {

// Which message this send answers, so that a repetition of that message makes it be sent again. Later responses replace
// earlier ones (180, 200); a request that merely follows (the BYE after the ACK of a 200) does not.
void note_cause(Engine& e, Call& call, uint32_t step) {
    if (!call.last_hash) return;
    bool first = call.cause_hash != call.last_hash;
    bool response_to_request =
        (e.program.steps[call.last_step].flags & GSP_STEP_REQUEST) && !(e.program.steps[step].flags & GSP_STEP_REQUEST);
    if (!first && !response_to_request) return;
    call.cause_hash = call.last_hash;
    call.cause_recv_step = call.last_step;
    call.cause_step = step;
    if (e.trace.on(TraceFile::CallDebug)) e.debug_cause(call);
}

// The value of the first Via of a message that was rendered here.
std::string_view top_via(std::string_view message) {
    for (size_t line = message.find('\n'); line != message.npos; line = message.find('\n', line + 1)) {
        const size_t colon = message.find(':', line);
        if (colon == message.npos || message[line + 1] == '\r') break;
        if (sip::find_header(message.substr(line + 1, colon - line - 1)) != Header::Via) continue;
        return message.substr(colon + 1, message.find('\r', colon) - colon - 1);
    }
    return {};
}

}  // namespace

}  // namespace gsp::rt

using namespace gsp::rt;

uint32_t gsp_send(gsp_worker* w, gsp_call* c, uint32_t step) noexcept {
    Engine& e = engine(w);
    Call& call = frame(c);
    const gsp_step& s = e.program.steps[step];
    uint64_t limit_ns = s.timeout_ms ? s.timeout_ms * kMillisecond : e.config.timeout.send_ns;
    if (s.timeout_var != GSP_NO_VAR)
        if (const gsp_value& v = e.variable(call, s.timeout_var); v.tag == GSP_NUM && v.num > 0)
            limit_ns = static_cast<uint64_t>(v.num * static_cast<double>(kMillisecond));
    const bool connected = call.conn != kNoConn || e.connect(call);  // congestion is one of the connection
    if (connected && limit_ns && e.congested_ns(call) > limit_ns) {
        ++e.stats.steps[step].timeouts;
        e.ladder_note(call, LadderKind::TimeOut, step);
        e.acts(call, step);
        return GSP_SEND_TIMEOUT;
    }
    if (e.trace.on(TraceFile::CallDebug)) e.debug_step(call, step);
    if (s.flags & GSP_STEP_INC_CSEQ) ++call.cseq;
    if (!connected) e.not_sent(call, step);
    if (!connected || !e.transmit(call, step)) {
        e.acts(call, step);
        return connected ? GSP_CANNOT_SEND : GSP_NOT_CONNECTED;
    }
    ++e.stats.steps[step].done;
    note_cause(e, call, step);
    if (s.txn != GSP_NONE) e.txn(call, s.txn) = {branch_hash(top_via(e.sent_text)), 0};
    call.sent_step = step;
    bool request = (s.flags & GSP_STEP_REQUEST) != 0;
    call.flags &= ~uint32_t{kCallLastSentInvite};
    if (request && s.method == sip::Method_INVITE) call.flags |= kCallLastSentInvite;
    if (request && s.method == sip::Method_ACK)
        call.flags = (call.flags & ~uint32_t{kCallAckPending}) | kCallEstablished;
    e.stop_retransmission(call);
    if (s.retrans_ms && e.retransmits) e.arm_retransmission(call, step);
    return GSP_OK;
}
