// SPDX-License-Identifier: Apache-2.0
// Why a call has failed, for --explain-failures: its kind is counted, and the first of each kind described.
#include <algorithm>
#include <cstring>

#include "runtime/call/engine.h"
#include "runtime/media/media.h"

namespace gsp::rt {

// The step to blame.
uint32_t Engine::failing_step(const Call& call, uint32_t reason) const {
    switch (reason) {
    case GSP_UNEXPECTED:
    case GSP_BAD_ACK_CSEQ:
    case GSP_RECV_TIMEOUT:
    case GSP_TIMEOUT_TO_END:
    case GSP_REJECTED:
    case GSP_ABORTED:
    case GSP_TWIN_ABORTED: return call.step;
    case GSP_MAX_RETRANS: return call.sent_step;
    case GSP_MEDIA_LATE: return program.n_steps;  // of the whole call
    default: return reason == call.failure ? failed_actions_[call.index].step : call.acting;
    }
}

// The step that acted last has left a failure, or one before it, which is known then.
void Engine::note_failed_action(const Call& call) {
    if (call.index >= failed_actions_.size()) failed_actions_.resize(call.index + 1);
    FailedAction& last = failed_actions_[call.index];
    if (last.call != call.number || last.reason != call.failure) last = {call.number, call.failure, call.acting};
}

void Engine::note_failed_check(const Call& call, const std::string& why) {
    if (call.index >= failed_checks_.size()) failed_checks_.resize(call.index + 1);
    failed_checks_[call.index] = {call.number, why};
}

void Engine::explain(const Call& call, uint32_t reason, const std::string& pcap) {
    if (call.failure != GSP_OK) note_failed_action(call);
    const bool about_message = reason == GSP_UNEXPECTED || reason == GSP_BAD_ACK_CSEQ;
    uint32_t arrived = 0;
    if (about_message)
        arrived = message.is_request() ? FailureKey::kRequest + message.method : uint32_t{message.status};
    Failure* const kind = failures.count({reason, failing_step(call, reason), arrived});
    if (!kind) return;
    if (kind->count == 1) {
        kind->reason = status_text(reason);
        if (about_message) kind->arrived = describe_message();
        describe_cause(call, *kind);
    }
    if (!kind->example.ladder.events.empty()) return;
    kind->example = ladder_of(call, pcap);
}

LadderOfCall Engine::ladder_of(const Call& call, std::string pcap) const {
    return {call.number,    call.start_ns, now_ns, std::string(call.call_id.view()), ladders.of(call.index),
            std::move(pcap)};
}

std::string Engine::describe_message() const {
    if (message.is_request()) return std::string(message.method_text);
    return std::to_string(message.status) + " " + std::string(message.reason);
}

void Engine::describe_cause(const Call& call, Failure& failure) {
    switch (failure.key.reason) {
    case GSP_UNEXPECTED:
        failure.acceptable = acceptable_steps(call);
        failure.why = failure.acceptable.empty() ? "no message is acceptable here" : why_unexpected(failure.acceptable);
        break;
    case GSP_BAD_ACK_CSEQ:
        failure.why = "its CSeq is " + std::to_string(message.cseq) + ", that of the INVITE was " +
                      std::to_string(call.invite_cseq);
        break;
    case GSP_RECV_TIMEOUT:
    case GSP_TIMEOUT_TO_END:
        failure.acceptable = acceptable_steps(call);
        failure.why = "none came in time";
        break;
    case GSP_ICE: failure.why = shared.media->ice_fault(call.extra->media); break;
    case GSP_MEDIA_LATE:
    case GSP_MEDIA_CHECK: failure.why = failed_checks_[call.index].why; break;
    case GSP_MAX_RETRANS:
        failure.acceptable = acceptable_steps(call);
        failure.why = "none came, although it was sent " + std::to_string(call.retrans_count + 1) + " times";
        break;
    default: break;
    }
}

namespace {

constexpr std::string_view kCSeq = "\nCSeq:";
constexpr size_t kCSeqSize = kCSeq.size() + LadderEvent::kCSeqBytes;

}  // namespace

// The CSeq stands nearly always where it stood when the step was sent the last time.
void Engine::ladder_sent(const Call& call, LadderKind kind, uint32_t step, std::string_view text) {
    const size_t at = cseq_at_[std::min(step, program.n_all_steps)];
    if (at + kCSeqSize > text.size() || std::memcmp(text.data() + at, kCSeq.data(), kCSeq.size()) != 0) [[unlikely]]
        return ladder_sent_anew(call, kind, step, text);
    if (LadderEvent* const event = ladders.next(call.index)) {
        event->time_ns = now_ns;
        event->step = step;
        event->kind = kind;
        std::memcpy(event->cseq, text.data() + at + kCSeq.size(), LadderEvent::kCSeqBytes);
        event->set_text(text);
    }
}

void Engine::ladder_sent_anew(const Call& call, LadderKind kind, uint32_t step, std::string_view text) {
    const size_t at = text.find(kCSeq);
    if (at == text.npos || at + kCSeqSize > text.size()) return ladder_note(call, kind, step, text);
    cseq_at_[std::min(step, program.n_all_steps)] = at;
    ladder_sent(call, kind, step, text);
}

void Engine::ladder_received(const Call& call, LadderKind kind, uint32_t step) {
    if (LadderEvent* const event = ladders.next(call.index)) {
        event->time_ns = now_ns;
        event->step = step;
        event->kind = kind;
        event->set_cseq(message.cseq);
        event->set_text(message.text());
    }
}

void Engine::ladder_note(const Call& call, LadderKind kind, uint32_t step, std::string_view text) {
    if (LadderEvent* const event = ladders.next(call.index)) {
        *event = {now_ns, step, kind, {}, {}};
        event->set_text(text);
    }
}

}  // namespace gsp::rt
