// SPDX-License-Identifier: Apache-2.0
// From a datagram to the step function of its call: finding the call, duplicates, late messages, and what nobody
// expected.
#include <algorithm>

#include "runtime/base/hash.h"
#include "runtime/call/engine.h"

namespace gsp::rt {

using sip::Header;

void Engine::receive(const RxPacket& packet) {
    std::string_view bytes{packet.data, packet.len};
    if (trace.messages_on()) trace.message(now_ns, false, transport_name, bytes);
    switch (sip::parse(bytes, message)) {
    case sip::ParseStatus::KeepAlive: return;
    case sip::ParseStatus::NotSip:
    case sip::ParseStatus::NoCallId:
        ++count(Counter::MalformedMessages);
        if (may_warn())
            warn("received bytes that are not a SIP message with a Call-ID, dropped: " +
                 std::string(bytes.substr(0, 60)));
        return;
    case sip::ParseStatus::Ok: break;
    }
    ++count(Counter::MessagesReceived);
    message_from = packet.from;
    message_ns = packet.arrival_ns;
    event_ns = now_ns;
    // SIPp: `xyz///id` belongs to call `id`.
    std::string_view call_id = message.call_id;
    if (size_t slashes = call_id.find("///"); slashes != call_id.npos) call_id.remove_prefix(slashes + 3);
    uint64_t hash = hash_bytes(call_id, hash_seed);
    if (Call* call = find_call(hash, call_id)) return deliver(*call);
    receive_unknown(call_id, hash);
}

bool Engine::auto_answered(uint32_t method) const {
    return config.call.auto_answer && (method == sip::Method_INFO || method == sip::Method_NOTIFY ||
                                       method == sip::Method_OPTIONS || method == sip::Method_UPDATE);
}

void Engine::receive_unknown(std::string_view call_id, uint64_t hash) {
    std::string_view first_line = message.text().substr(0, message.text().find('\r'));
    if (dead.touch(hash, now_ns)) {
        ++count(Counter::DeadCallMsgs);
        if (may_warn())
            warn("discarding a message for the ended call " + std::string(call_id) + ": " + std::string(first_line));
        return;
    }
    if (!client() && !refuse_incoming) {
        ++started;
        ++count(Counter::IncomingCall);
        Call& call = new_call(call_id, hash, message_from, 0);
        call.flags |= kCallIncoming;
        uint32_t index_of_call = call.index;
        enter(call, 0);  // up to its first recv
        if ((calls.at(index_of_call).flags & kCallLive) && calls.at(index_of_call).number == started) deliver(call);
        return;
    }
    if (client() && message.is_request() && auto_answered(message.method)) {
        ++count(Counter::AutoAnswered);
        return answer_ok(message_from, TxPacket::kNoCall);
    }
    ++count(Counter::OutOfCallMsgs);
    if (may_warn()) warn("discarding a message that belongs to no call: " + std::string(first_line));
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

// The order of these checks is SIPp's.
void Engine::deliver(Call& call) {
    gsp_event event = make_event();
    if (event.method == sip::Method_ACK && config.behaviour.check_ack_cseq && message.cseq != call.invite_cseq) {
        if (may_warn()) {
            warn("call " + std::string(call.call_id.view()) + ": the CSeq of an ACK is " +
                 std::to_string(message.cseq) + ", that of the INVITE was " + std::to_string(call.invite_cseq));
        }
        return finish(call, GSP_BAD_ACK_CSEQ);
    }
    if (!message.find(Header::To)) return unexpected(call, event);
    if (config.retrans.enabled) {
        message_hash = hash_bytes(message.text(), hash_seed) | 1;  // 0 is "none"
        if (take_duplicate(call)) return;
    }
    if (event.method == sip::Method_ACK) call.flags |= kCallEstablished;
    if (event.method == sip::Method_INVITE) call.invite_cseq = message.cseq;

    gsp_next next = program.entry[call.step](this, &call, &event);
    if (GSP_NEXT_KIND(next) == GSP_UNMATCHED) next = take_late(call, event);
    if (GSP_NEXT_KIND(next) == GSP_UNMATCHED) return unexpected(call, event);
    apply(call, next);
}

// A message that the last send answered is answered again by that step; one that is still unanswered is dropped.
bool Engine::take_duplicate(Call& call) {
    bool answered = message_hash == call.cause_hash;
    if (!answered && message_hash != call.last_hash) return false;
    if (lost(call.last_step)) return true;
    ++stats.steps[answered ? call.cause_recv_step : call.last_step].retrans;
    if (answered) resend_step(call, call.cause_step);
    return true;
}

bool Engine::expects(uint32_t step, const gsp_event& event) const {
    const gsp_step& s = program.steps[step];
    if (s.kind != GSP_STEP_RECV) return false;
    bool wants_request = (s.flags & GSP_STEP_REQUEST) != 0;
    if (wants_request != ((event.flags & GSP_EVF_REQUEST) != 0)) return false;
    if (wants_request) return s.method == event.method;
    if (s.status != event.status) return false;
    if (step == 0) return true;
    if (event.cseq_method < GSP_METHOD_FIRST_OWN) return (s.cseq_methods >> event.cseq_method & 1) != 0;
    const uint32_t* end = s.more_cseq_methods + s.n_more_cseq_methods;
    return std::find(s.more_cseq_methods, end, event.cseq_method) != end;
}

// SIPp's backward search, beyond what the step at hand accepts itself.
gsp_next Engine::take_late(Call& call, const gsp_event& event) {
    for (uint32_t i = program.n_late; i-- > 0;) {
        const gsp_late& row = program.late[i];
        if (row.step >= call.step || !expects(row.step, event)) continue;
        if (row.resend == GSP_NONE) return program.accepts[program.steps[row.step].accept](this, &call, &event);
        ++stats.steps[row.step].retrans;
        resend_step(call, row.resend);
        return GSP_NEXT(GSP_STAY, 0);
    }
    return GSP_NEXT(GSP_UNMATCHED, 0);
}

void Engine::warn_unexpected(const Call& call) {
    if (!may_warn()) return;
    std::string_view text = message.text();
    std::string_view first_line = text.substr(0, std::min(text.find('\r'), text.find('\n')));
    warn("call " + std::string(call.call_id.view()) + ": unexpected message " + describe_step(call.step) + ": " +
         std::string(first_line));
}

// Requests that are answered although the scenario does not expect them. False: not one of them.
bool Engine::answer_unexpected(Call& call, const gsp_event& event) {
    if (!(event.flags & GSP_EVF_REQUEST)) return false;
    if (event.method == sip::Method_BYE || event.method == sip::Method_CANCEL) {
        ++stats.steps[call.step].unexpected;
        warn_unexpected(call);
        if (!config.behaviour.abort_unexpected) return true;
        if (config.behaviour.bye) answer_ok(call.peer, call.index);
        ++count(Counter::FailedCall);
        count_status(GSP_UNEXPECTED);
        destroy(call);  // no dead call
        return true;
    }
    if (event.method == sip::Method_PING && !config.behaviour.ping_reply) return true;
    if (event.method != sip::Method_PING && !auto_answered(event.method)) return false;
    ++count(Counter::AutoAnswered);
    answer_ok(call.peer, call.index);
    return true;
}

void Engine::unexpected(Call& call, const gsp_event& event) {
    if (answer_unexpected(call, event)) return;
    ++stats.steps[call.step].unexpected;
    warn_unexpected(call);
    if (!config.behaviour.abort_unexpected) return;
    keeper.keep(message, strings, call.last);
    call.flags |= kCallReceived;
    finish(call, GSP_UNEXPECTED);
}

}  // namespace gsp::rt
