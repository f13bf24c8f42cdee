// SPDX-License-Identifier: Apache-2.0
// Why a call has failed, for --explain-failures: its kind is counted, and the first of each kind described.
#include <algorithm>
#include <cstring>

#include "runtime/call/engine.h"
#include "runtime/call/kept_message.h"

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
    default: return reason == call.failure ? failed_actions_[call.index].step : call.acting;
    }
}

// The step that acted last has left a failure, or one before it, which is known then.
void Engine::note_failed_action(const Call& call) {
    if (call.index >= failed_actions_.size()) failed_actions_.resize(call.index + 1);
    FailedAction& last = failed_actions_[call.index];
    if (last.call != call.number || last.reason != call.failure) last = {call.number, call.failure, call.acting};
}

void Engine::explain(const Call& call, uint32_t reason) {
    if (call.failure != GSP_OK) note_failed_action(call);
    const bool about_message = reason == GSP_UNEXPECTED || reason == GSP_BAD_ACK_CSEQ;
    uint32_t arrived = 0;
    if (about_message)
        arrived = message.is_request() ? FailureKey::kRequest + make_event().method : uint32_t{message.status};
    Failure* const kind = failures.count({reason, failing_step(call, reason), arrived});
    if (!kind) return;
    if (kind->count == 1) {
        kind->reason = status_text(reason);
        if (about_message) kind->arrived = describe_message();
        describe_cause(call, *kind);
    }
    if (!kind->example.ladder.events.empty()) return;
    kind->example = ladder_of(call);
}

LadderOfCall Engine::ladder_of(const Call& call) const {
    return {call.number, call.start_ns, now_ns, std::string(call.call_id.view()), ladders.of(call.index)};
}

std::string Engine::describe_message() const {
    if (message.is_request()) return std::string(message.method_text);
    return std::to_string(message.status) + " " + std::string(message.reason);
}

void Engine::describe_cause(const Call& call, Failure& failure) {
    switch (failure.key.reason) {
    case GSP_UNEXPECTED:
        failure.acceptable = acceptable_steps(call);
        if (!failure.acceptable.empty()) failure.why = why_unexpected(failure.acceptable, make_event());
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
    case GSP_MAX_RETRANS:
        failure.acceptable = acceptable_steps(call);
        failure.why = "none came, although it was sent " + std::to_string(call.retrans_count + 1) + " times";
        break;
    default: break;
    }
}

// The number of the CSeq of a message that was rendered here; 0: not found. `at`: where it stood in the text before,
// which is nearly always where it stands now.
uint32_t Engine::cseq_of(std::string_view text, size_t& at) {
    constexpr char kName[] = "\nCSeq:";
    constexpr size_t kLength = sizeof kName - 1;
    if (at + kLength > text.size() || std::memcmp(text.data() + at, kName, kLength) != 0) at = text.find(kName);
    if (at > text.size()) return 0;
    const char* digit = text.data() + at + kLength;
    const char* const end = text.data() + text.size();
    while (digit < end && *digit == ' ') ++digit;
    uint32_t number = 0;
    for (; digit < end && *digit >= '0' && *digit <= '9'; ++digit)
        number = number * 10 + static_cast<uint32_t>(*digit - '0');
    return number;
}

void Engine::ladder_sent(const Call& call, LadderKind kind, uint32_t step, std::string_view text) {
    LadderEvent* const event = ladders.next(call.index);
    if (!event) return;
    size_t somewhere = 0;
    event->time_ns = now_ns;
    event->step = step;
    event->cseq = cseq_of(text, step == GSP_NONE ? somewhere : cseq_at_[step]);
    event->kind = kind;
    event->set_text(text);
}

void Engine::ladder_received(const Call& call, LadderKind kind, uint32_t step) {
    LadderEvent* const event = ladders.next(call.index);
    if (!event) return;
    event->time_ns = now_ns;
    event->step = step;
    event->cseq = message.cseq;
    event->kind = kind;
    event->set_text(message.text());
}

void Engine::ladder_note(const Call& call, LadderKind kind, uint32_t step, std::string_view text) {
    if (LadderEvent* const event = ladders.next(call.index)) {
        *event = {now_ns, step, 0, kind, {}};
        event->set_text(text);
    }
}

}  // namespace gsp::rt
