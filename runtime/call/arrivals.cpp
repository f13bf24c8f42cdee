// SPDX-License-Identifier: Apache-2.0
#include "runtime/call/arrivals.h"

#include <string>

#include "runtime/base/hash.h"

namespace gsp::rt {

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
    case sip::ParseStatus::KeepAlive: return;
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
    // SIPp: `xyz///id` belongs to call `id`.
    std::string_view call_id = shared_.message.call_id;
    if (size_t slashes = call_id.find("///"); slashes != call_id.npos && !shared_.config.call.whole_call_ids)
        call_id.remove_prefix(slashes + 3);
    uint64_t hash = hash_bytes(call_id, shared_.hash_seed);
    for (Engine* engine : engines_)
        if (Call* call = engine->find_call(hash, call_id)) return engine->deliver(*call);
    receive_unknown(call_id, hash);
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
