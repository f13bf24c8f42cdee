// SPDX-License-Identifier: Apache-2.0
// From a message to the step function of its call: duplicates, late messages, and what nobody expected.
#include <algorithm>
#include <charconv>
#include <cstring>

#include "runtime/base/hash.h"
#include "runtime/call/branch.h"
#include "runtime/call/engine.h"

namespace gsp::rt {

using sip::Header;

bool Engine::auto_answered(uint32_t method) const {
    return config.call.auto_answer && (method == sip::Method_INFO || method == sip::Method_NOTIFY ||
                                       method == sip::Method_OPTIONS || method == sip::Method_UPDATE);
}

namespace {

constexpr std::string_view kTag = ";tag=";

// Whether a To value is a URI in <> and this tag, nothing else.
bool ends_with_tag(std::string_view to, std::string_view tag) {
    constexpr std::string_view kBefore = ">;tag=";
    if (tag.empty() || to.size() < kBefore.size() + tag.size()) return false;
    const char* const at = to.data() + to.size() - tag.size();
    return std::memcmp(at - kBefore.size(), kBefore.data(), kBefore.size()) == 0 &&
           std::memcmp(at, tag.data(), tag.size()) == 0;
}

// The tag of a To value; the usual spelling is found without taking all parameters apart.
std::string_view tag_of(std::string_view to) {
    const void* const bracket = memrchr(to.data(), '>', to.size());
    std::string_view parameters =
        bracket ? to.substr(static_cast<size_t>(static_cast<const char*>(bracket) + 1 - to.data())) : to;
    if (parameters.find(';') == parameters.npos) return {};
    if (parameters.compare(0, kTag.size(), kTag) != 0) return sip::parameter(to, "tag");
    parameters.remove_prefix(kTag.size());
    for (const char end : {';', ' ', '\t'}) parameters = parameters.substr(0, parameters.find(end));
    return parameters;
}

}  // namespace

// SIPp: that of any response, whether a step takes it or not.
void Engine::note_peer_tag(Call& call) {
    const std::string_view to = message.value_of(Header::To);
    if (ends_with_tag(to, call.peer_tag.view())) return;  // as in nearly all responses
    if (std::string_view tag = tag_of(to); !tag.empty()) call.peer_tag.set(strings, tag);
}

void Engine::take_incoming(std::string_view call_id, uint64_t hash) {
    ++started;
    ++count(Counter::IncomingCall);
    Call& call = new_call(shared.take_number(), call_id, hash, peer_of(shared.message_from), 0);
    call.flags |= kCallIncoming;
    if (!run.send_to.family) put_on(call, shared.message_conn);
    const uint32_t frame_index = call.index;
    enter(call, 0);  // up to its first recv
    const Call& same = calls.at(frame_index);
    if ((same.flags & kCallLive) && same.number == shared.last_number) deliver(call);
}

void Engine::place_for_message(std::string_view call_id) {
    if (Call* call = place_call(call_id, peer_of(run.remote.family ? shared.targets.current() : shared.message_from)))
        deliver(*call);
}

gsp_event Engine::make_event() const {
    auto method_id = [this](uint32_t known, std::string_view name) -> uint32_t {
        if (known != sip::MethodNone || name.empty()) return known;
        for (uint32_t i = 0; i < program.n_methods; ++i)
            if (std::string_view(program.methods[i].ptr, program.methods[i].len) == name)
                return GSP_METHOD_FIRST_OWN + i;
        return GSP_METHOD_UNKNOWN;
    };
    gsp_event event{};
    event.kind = GSP_EV_MESSAGE;
    event.flags = message.is_request() ? GSP_EVF_REQUEST : GSP_EVF_RESPONSE;
    event.status = message.status;
    if (message.is_request()) event.method = method_id(message.method, message.method_text);
    event.cseq_method = method_id(message.cseq_method, message.cseq_method_text);
    event.msg = &message;
    return event;
}

bool Engine::stands_at_pause(const Call& call) const {
    const uint32_t kind = program.steps[call.step].kind;
    return call.wait.armed() && (kind == GSP_STEP_PAUSE || kind == GSP_STEP_TIMEWAIT);
}

// The order of these checks is SIPp's.
void Engine::deliver(Call& call) {
    const StepLock whole(shared.state);
    dead.expect(call.hash);
    event_ns = now_ns;
    sent_text = {};
    if (trace.any()) trace_taken(&call, call.call_id.view());
    if (call.conn != shared.message_conn) follow_peer(call);
    if (config.call.pauses_ignore_messages && stands_at_pause(call))
        return ladder_received(call, LadderKind::Ignored, call.step);
    gsp_event event = make_event();
    if (event.method == sip::Method_ACK && config.behaviour.check_ack_cseq && message.cseq != call.invite_cseq) {
        if (may_warn()) {
            warn("call " + std::string(call.call_id.view()) + ": the CSeq of an ACK is " +
                 std::to_string(message.cseq) + ", that of the INVITE was " + std::to_string(call.invite_cseq));
        }
        ladder_received(call, LadderKind::Unexpected, call.step);
        return finish(call, GSP_BAD_ACK_CSEQ);
    }
    if (!message.find(Header::To)) {
        ladder_received(call, LadderKind::Unexpected, call.step);
        return abort_unexpected(call);
    }
    if (retransmits) {
        shared.message_hash = hash_of_message() | 1;  // 0 is "none"
        if (take_duplicate(call)) return;
    }
    if (plays) take_sdp(call);
    if (event.method == sip::Method_ACK) call.flags |= kCallEstablished;
    if (event.method == sip::Method_INVITE) call.invite_cseq = message.cseq;
    if (!message.is_request()) note_peer_tag(call);

    gsp_next next = run_step(program.entry[call.step], call, event);
    if (GSP_NEXT_KIND(next) == GSP_UNMATCHED) next = take_late(call, event);
    if (GSP_NEXT_KIND(next) == GSP_UNMATCHED) return unexpected(call, event);
    apply(call, next);
}

uint64_t Engine::hash_of_message() const {
    if (!config.retrans.loose_repeats) return hash_bytes(message.text(), hash_seed);
    uint64_t hash = hash_seed;
    for (const Header id : {Header::To, Header::From, Header::CallId, Header::CSeq})
        hash = hash_bytes(message.value_of(id), hash);
    if (message.is_request()) return hash;
    hash = hash_bytes(message.text().substr(0, message.text().find('\n')), hash);
    return hash_bytes(message.body_text(), hash);
}

// A message that the last send answered is answered again by that step; one that is still unanswered is dropped.
bool Engine::take_duplicate(Call& call) {
    bool answered = shared.message_hash == call.cause_hash;
    if (!answered && shared.message_hash != call.last_hash) return false;
    if (lost(call.last_step)) {
        ladder_received(call, LadderKind::ReceivedLost, call.last_step);
        if (trace.any()) trace_lost(call, " message (retrans) lost (recv)", GSP_NONE, message.text());
        return true;
    }
    const uint32_t taken_by = answered ? call.cause_recv_step : call.last_step;
    ++stats.steps[taken_by].retrans;
    ladder_received(call, LadderKind::ReceivedAgain, taken_by);
    if (answered) resend_step(call, call.cause_step);
    return true;
}

bool Engine::has_status_of(uint32_t step, uint32_t status) {
    const gsp_step& s = program.steps[step];
    if (s.regex == GSP_NONE) return s.status == status;
    char digits[12];
    const char* const end = std::to_chars(digits, digits + sizeof digits, status).ptr;
    return regexes.matches(s.regex, {digits, static_cast<size_t>(end - digits)});
}

bool Engine::expects(Call& call, uint32_t step, const gsp_event& event) {
    const gsp_step& s = program.steps[step];
    if (s.kind != GSP_STEP_RECV) return false;
    const bool wants_request = (s.flags & GSP_STEP_REQUEST) != 0;
    if (wants_request != ((event.flags & GSP_EVF_REQUEST) != 0)) return false;
    if (wants_request)
        return s.regex == GSP_NONE ? s.method == event.method : regexes.matches(s.regex, message.method_text);
    if (!has_status_of(step, event.status)) return false;
    if (s.txn != GSP_NONE) return txn(call, s.txn).branch_hash == branch_hash(message.value_of(Header::Via));
    if (step == 0) return true;
    if (event.cseq_method < GSP_METHOD_FIRST_OWN) return (s.cseq_methods >> event.cseq_method & 1) != 0;
    const uint32_t* end = s.more_cseq_methods + s.n_more_cseq_methods;
    return std::find(s.more_cseq_methods, end, event.cseq_method) != end;
}

// SIPp's backward search, beyond what the step at hand accepts itself.
gsp_next Engine::take_late(Call& call, const gsp_event& event) {
    for (uint32_t i = program.n_late; i-- > 0;) {
        const gsp_late& row = program.late[i];
        if (row.step >= call.step || !expects(call, row.step, event)) continue;
        if (row.kind == GSP_LATE_ACCEPT) return run_step(program.accepts[program.steps[row.step].accept], call, event);
        if (row.kind == GSP_LATE_RESEND && event.cseq_method != sip::Method_INVITE) continue;
        gsp_next next = take_late_response(call, row, event);
        if (GSP_NEXT_KIND(next) != GSP_UNMATCHED) return next;
    }
    return GSP_NEXT(GSP_UNMATCHED, 0);
}

gsp_next Engine::take_late_response(Call& call, const gsp_late& row, const gsp_event& event) {
    const gsp_next stay = GSP_NEXT(GSP_STAY, 0);
    if (row.kind == GSP_LATE_TXN && event.status < 200) {
        ladder_received(call, LadderKind::Ignored, row.step);
        if (trace.any()) trace_ignored(call, "provisional", row.step);
        return stay;
    }
    const bool acknowledged = row.kind != GSP_LATE_TXN || row.resend < call.step;
    if (row.resend != GSP_NONE && acknowledged) {
        ladder_received(call, LadderKind::ReceivedAgain, row.step);
        transmit(call, row.resend, LadderKind::SentAgain);  // SIPp: not counted
        return stay;
    }
    const bool repeated = txn(call, program.steps[row.step].txn).final_hash == (hash_of_message() | 1);
    if (!repeated) return GSP_NEXT(GSP_UNMATCHED, 0);
    ladder_received(call, LadderKind::ReceivedAgain, row.step);
    if (trace.any()) trace_ignored(call, "final", row.step);
    if (may_warn()) warn("call " + std::string(call.call_id.view()) + ": a repeated final response is ignored");
    return stay;
}

// SIPp: with a label `_unexp.main` in the scenario, what nobody expects is handled there; $_unexp.retaddr, if it is
// used, says where to go back to, and that one is being handled.
bool Engine::enter_unexpected(Call& call, const gsp_event& event) {
    if (program.unexpected_step == GSP_NONE) return false;
    if (program.unexpected_return != GSP_NO_VAR) {
        const gsp_value& back = variable(call, program.unexpected_return);
        if (back.tag == GSP_NUM && back.num != 0) return false;
        gsp_var_set_num(this, &call, program.unexpected_return, call.step);
    }
    if (program.unexpected_pause != GSP_NO_VAR) {
        const bool pausing = stands_at_pause(call);
        gsp_var_set_num(this, &call, program.unexpected_pause,
                        pausing ? static_cast<double>(call.wait.due_ns) / static_cast<double>(kMillisecond) : 0);
    }
    waits.disarm(call.wait);
    const uint32_t frame_index = call.index;
    const uint64_t number = call.number;
    if (program.unexpected_step >= program.n_steps) return finish(call, GSP_OK), true;
    enter(call, program.unexpected_step);  // up to its first recv, which takes the message
    if (!(calls.at(frame_index).flags & kCallLive) || calls.at(frame_index).number != number) return true;
    gsp_next next = run_step(program.entry[call.step], call, event);
    if (GSP_NEXT_KIND(next) == GSP_UNMATCHED)
        unexpected(call, event);
    else
        apply(call, next);
    return true;
}

// Requests that are answered although the scenario does not expect them. False: not one of them.
bool Engine::answer_unexpected(Call& call, const gsp_event& event) {
    if (!(event.flags & GSP_EVF_REQUEST)) return false;
    if (event.method == sip::Method_BYE || event.method == sip::Method_CANCEL) {
        ++stats.steps[call.step].unexpected;
        if (trace.any()) trace_unexpected(call);
        warn_unexpected(call);
        if (!config.behaviour.abort_unexpected) return true;
        const bool debugs = trace.on(TraceFile::CallDebug);
        if (debugs) debug_abort(call);
        if (config.behaviour.bye && !answer_default_text(call)) answer_ok(&call);
        if (debugs) write_debug(call);
        const std::span<const StreamReport> streams = judge_media(call, GSP_UNEXPECTED);
        const std::string pcap = save_packets(call);
        if (explains) explain(call, GSP_UNEXPECTED, pcap);
        if (trace.on(TraceFile::CallRecords)) record_call(call, GSP_UNEXPECTED, streams, pcap);
        abort_twin(call);
        ++count(Counter::FailedCall);
        count_status(GSP_UNEXPECTED);
        destroy(call);  // no dead call
        return true;
    }
    if (event.method == sip::Method_PING && !config.behaviour.ping_reply) return true;
    if (event.method != sip::Method_PING && !auto_answered(event.method)) return false;
    ++count(Counter::AutoAnswered);
    if (!answer_default_text(call)) answer_ok(&call);
    return true;
}

void Engine::unexpected(Call& call, const gsp_event& event) {
    if (enter_unexpected(call, event)) return;
    ladder_received(call, LadderKind::Unexpected, call.step);
    if (!answer_unexpected(call, event)) abort_unexpected(call);
}

void Engine::abort_unexpected(Call& call) {
    ++stats.steps[call.step].unexpected;
    if (trace.any()) trace_unexpected(call);
    warn_unexpected(call);
    if (!config.behaviour.abort_unexpected) return;
    keeper.keep(message, strings, call.last);
    call.flags |= kCallReceived;
    abort_twin(call);
    finish(call, GSP_UNEXPECTED);
}

}  // namespace gsp::rt
