// SPDX-License-Identifier: Apache-2.0
#include "runtime/call/arrivals.h"

#include <charconv>
#include <string>

#include "runtime/base/hash.h"
#include "runtime/sip/call_id.h"

namespace gsp::rt {

namespace {

// Whether this Via has the [branch] of a step of the call.
bool is_of(const Engine& engine, const Call& call, std::string_view via) {
    std::string_view branch = sip::parameter(via, "branch");
    if (!branch.starts_with(engine.branch_prefix.view())) return false;
    branch.remove_prefix(engine.branch_prefix.len);
    const char* const end = branch.data() + branch.size();
    uint64_t number = 0;
    const char* const after = std::from_chars(branch.data(), end, number).ptr;
    return after != end && *after == '-' && number == call.number;
}

// That of the sender of a request; proxies put theirs before it.
std::string_view last_via(const sip::Message& message) {
    for (uint32_t i = message.n_headers; i-- > 0;) {
        if (message.headers[i].id != sip::Header::Via) continue;
        const std::string_view vias = message.value(message.headers[i]);
        return vias.substr(vias.rfind(',') + 1);
    }
    return {};
}

}  // namespace

Arrivals::Arrivals(Shared& shared, const std::vector<Engine*>& engines)
    : shared_(shared), engines_(engines), main_(*engines.front()) {}

Engine* Arrivals::of(Part part) const {
    for (Engine* engine : engines_)
        if (engine->part == part) return engine;
    return nullptr;
}

void Arrivals::receive(const RxPacket& packet) {
    std::string_view bytes{packet.data, packet.len};
    if (shared_.trace.any()) shared_.trace.message(shared_.now_ns, TraceKind::Received, main_.transport_name, bytes);
    switch (sip::parse(bytes, shared_.message)) {
    case sip::ParseStatus::KeepAlive: ++shared_.count(Counter::KeepAlives); return;
    case sip::ParseStatus::NotSip:
    case sip::ParseStatus::NoCallId:
        ++shared_.count(Counter::MalformedMessages);
        if (shared_.may_warn())
            shared_.warn("received bytes that are not a SIP message with a Call-ID, dropped: " +
                         std::string(bytes.substr(0, 60)));
        return;
    case sip::ParseStatus::Ok: break;
    }
    ++shared_.count(Counter::MessagesReceived);
    shared_.message_from = packet.from;
    shared_.message_conn = packet.conn;
    shared_.message_ns = packet.arrival_ns;
    const std::string_view call_id = sip::call_of(shared_.message.call_id, shared_.config.call.whole_call_ids);
    uint64_t hash = hash_bytes(call_id, shared_.hash_seed);
    for (Engine* engine : engines_) {
        Call* const call = engine->find_call(hash, call_id);
        if (!call) continue;
        if (engines_.size() == 1 || !engine->creates_calls() || !receive_as_callee(*call, call_id, hash))
            engine->deliver(*call);
        return;
    }
    receive_unknown(call_id, hash);
}

// false: the message is for the caller.
bool Arrivals::receive_as_callee(const Call& caller, std::string_view call_id, uint64_t hash) {
    Engine* const rx = of(Part::Rx);
    if (!rx) return false;
    const sip::Message& message = shared_.message;
    Call* const callee = rx->find_call(hash, call_id);
    if (!callee) {
        if (!message.is_request() || !is_of(main_, caller, last_via(message))) return false;
        receive_unknown(call_id, hash);
        return true;
    }
    // A request is for the one that did not send it, a response for the one that sent the request.
    const bool sent_by_callee =
        is_of(*rx, *callee, message.is_request() ? last_via(message) : message.value_of(sip::Header::Via));
    if (sent_by_callee == message.is_request()) return false;
    rx->deliver(*callee);
    return true;
}

void Arrivals::receive_unknown(std::string_view call_id, uint64_t hash) {
    const std::string_view text = shared_.message.text();
    const auto warn = [&](const std::string& what) {
        if (shared_.may_warn()) shared_.warn(what + ": " + std::string(text.substr(0, text.find('\r'))));
    };
    if (shared_.dead.touch(hash, shared_.now_ns)) {
        if (shared_.trace.any()) main_.trace_taken(nullptr, call_id);
        ++shared_.count(Counter::DeadCallMsgs);
        return warn("discarding a message for the ended call " + std::string(call_id));
    }
    if (takes_calls_of_twin(main_.role) && !main_.refuse_incoming) return main_.place_for_message(call_id);
    if (!main_.creates_calls() && !main_.refuse_incoming) return main_.take_incoming(call_id, hash);
    if (Engine* rx = of(Part::Rx)) return rx->take_incoming(call_id, hash);
    const bool is_request = shared_.message.is_request();
    if (Engine* out_of_call = of(Part::OutOfCall); out_of_call && is_request) {
        ++shared_.count(Counter::AutoAnswered);
        warn("a request that belongs to no call goes to the out-of-call scenario");
        return out_of_call->take_incoming(call_id, hash);
    }
    if (shared_.trace.any()) main_.trace_taken(nullptr, call_id);
    if (main_.creates_calls() && is_request && main_.auto_answered(shared_.message.method)) {
        ++shared_.count(Counter::AutoAnswered);
        return main_.answer_ok(nullptr);
    }
    ++shared_.count(Counter::OutOfCallMsgs);
    if (main_.refuse_incoming && !main_.creates_calls())
        shared_.trace.note(shared_.now_ns, "Discarded message for new calls while quitting");
    warn("discarding a message that belongs to no call");
}

}  // namespace gsp::rt
