// SPDX-License-Identifier: Apache-2.0
// The messages that the runtime sends of its own accord: ACK, CANCEL and BYE when a call is aborted, 200 to requests
// that no step expects. Header order as in SIPp. Unlike SIPp's, a BYE or ACK after a request of the peer has From and
// To the right way round.
#include <utility>

#include "runtime/call/engine.h"
#include "runtime/call/writer.h"

namespace gsp::rt {

using sip::Header;

namespace {

constexpr std::string_view kCrlf = "\r\n";
constexpr int64_t kNoStep = -1;  // SIPp: the number in the branch of a request that no step sends

struct DialogEnds {
    std::string_view local, remote;  // values for From and To of a request that we send
};

DialogEnds ends_of(const KeptMessage& last) {
    DialogEnds ends{last.first(Header::From), last.first(Header::To)};
    if (last.is_request()) std::swap(ends.local, ends.remote);
    return ends;
}

std::string_view uri_in_brackets(std::string_view value) {
    size_t open = value.find('<');
    if (open == value.npos) return {};
    value.remove_prefix(open + 1);
    return value.substr(0, value.find('>'));
}

void write_contact(Engine& e, const Call& call, Writer& out) {
    out << "Contact: <sip:sipp@" << e.host_port_of(call) << ";transport=" << e.transport_name << ">" << kCrlf;
}

// No line for what the last message lacked.
void write_ends(Writer& out, const DialogEnds& ends) {
    if (!ends.local.empty()) out << "From: " << ends.local << kCrlf;
    if (!ends.remote.empty()) out << "To: " << ends.remote << kCrlf;
}

// Via, From and To as they were in the last message.
void write_copied_ends(Writer& out, const KeptMessage& last) {
    std::string_view before = "Via: ";
    last.each(Header::Via, {}, [&](std::string_view value) {
        out << before << value;
        before = ", ";
    });
    if (before != "Via: ") out << kCrlf;
    write_ends(out, ends_of(last));
}

void write_ack(Engine& e, const Call& call, Writer& out) {
    KeptMessage last(call.last.view());
    out << "ACK " << uri_in_brackets(ends_of(last).remote) << " SIP/2.0" << kCrlf;
    write_copied_ends(out, last);
    out << "Call-ID: " << call.call_id.view() << kCrlf << "CSeq: " << last.cseq() << " ACK" << kCrlf;
    write_contact(e, call, out);
    out << "Max-Forwards: 70" << kCrlf << "Subject: Performance Test" << kCrlf << "Content-Length: 0" << kCrlf << kCrlf;
}

void write_cancel(Engine& e, const Call& call, Writer& out) {
    KeptMessage last(call.last.view());
    out << "CANCEL " << uri_in_brackets(ends_of(last).remote) << " SIP/2.0" << kCrlf;
    write_copied_ends(out, last);
    out << "Call-ID: " << call.call_id.view() << kCrlf << "CSeq: " << last.cseq() << " CANCEL" << kCrlf
        << "Max-Forwards: 70" << kCrlf;
    write_contact(e, call, out);
    out << "Content-Length: 0" << kCrlf << kCrlf;
}

void write_bye(Engine& e, const Call& call, Writer& out) {
    KeptMessage last(call.last.view());
    DialogEnds ends = ends_of(last);
    out << "BYE " << (call.routes() ? call.routes()->target.view() : uri_in_brackets(ends.remote)) << " SIP/2.0"
        << kCrlf;
    out << "Via: SIP/2.0/" << e.transport_name << ' ' << e.host_port_of(call) << ";branch=" << e.branch_prefix
        << call.number << '-' << kNoStep << kCrlf;
    if (call.routes() && call.routes()->routes.len) out << "Route: " << call.routes()->routes.view() << kCrlf;
    write_ends(out, ends);
    out << "Call-ID: " << call.call_id.view() << kCrlf << "CSeq: " << uint64_t{last.cseq()} + 1 << " BYE" << kCrlf
        << "Max-Forwards: 70" << kCrlf;
    write_contact(e, call, out);
    out << "Content-Length: 0" << kCrlf << kCrlf;
}

// Hands a message to the network: default messages ignore loss and are never sent twice.
template <class F>
void send_default(Engine& e, Call* call, F&& write) {
    if (call ? !e.may_send(*call) : e.tx.full()) return e.default_not_sent();
    char* start = e.tx.reserve();
    Writer out(start, start + GSP_MAX_MESSAGE);
    write(out);
    if (!out.end()) return;
    const std::string_view text(start, static_cast<size_t>(out.end() - start));
    if (call) e.ladder_sent(*call, LadderKind::SentDefault, GSP_NONE, text);
    if (e.trace.any()) e.trace_sent(call, text, GSP_NONE);
    ++e.shared.count(Counter::MessagesSent);
    if (call)
        e.tx.commit(out.end(), call->peer, call->index, call->conn);
    else
        e.tx.commit(out.end(), e.peer_of(e.shared.message_from), TxPacket::kNoCall, e.shared.message_conn);
}

}  // namespace

void Engine::default_not_sent() {
    ++shared.count(Counter::SendErrors);
    const std::string text = "a message that the run sends of its own accord finds no room in the socket";
    if (config.call.unsent_default_is_fatal) return fail_run(text);
    if (may_warn()) warn(text);
}

// The scenario's <DefaultMessage> in place of ours.
bool Engine::send_default_text(Call& call, gsp_default_message which) {
    const uint32_t text = program.default_texts[which];
    if (text == GSP_NONE) return false;
    // SIPp: the ACK to a final response is numbered as the step before, all others as no step.
    const bool of_step = which == GSP_DEFAULT_ack && KeptMessage(call.last.view()).status() >= 400;
    send_default(*this, &call,
                 [&](Writer& out) { out << (of_step ? render(call, text) : render_of_no_step(call, text)); });
    return true;
}

// … 200: made from the message at hand, which is not one that the call has taken.
bool Engine::answer_default_text(Call& call) {
    if (program.default_texts[GSP_DEFAULT_ok] == GSP_NONE) return false;
    PoolText last = std::exchange(call.last, {});
    keeper.keep(message, strings, call.last);
    send_default_text(call, GSP_DEFAULT_ok);
    call.last.clear(strings);
    call.last = last;
    return true;
}

void Engine::abort_dialog(Call& call) {
    if (!config.behaviour.bye || !shared.places_calls || call.step == 0 || !(call.flags & kCallReceived) ||
        !call.last.len)
        return;
    auto send = [&](gsp_default_message which, void (*write)(Engine&, const Call&, Writer&)) {
        if (send_default_text(call, which)) return;
        send_default(*this, &call, [&](Writer& out) { write(*this, call, out); });
    };
    bool inviting = !(call.flags & kCallEstablished) && (call.flags & kCallLastSentInvite);
    if (!inviting) return send(GSP_DEFAULT_bye, write_bye);
    if (KeptMessage(call.last.view()).status() >= 400) return send(GSP_DEFAULT_ack, write_ack);
    if (!(call.flags & kCallAckPending)) return send(GSP_DEFAULT_cancel, write_cancel);
    send(GSP_DEFAULT_ack, write_ack);
    send(GSP_DEFAULT_bye, write_bye);
}

void Engine::answer_ok(Call* call) {
    send_default(*this, call, [&](Writer& out) {
        out << "SIP/2.0 200 OK" << kCrlf;
        for (Header id : {Header::Via, Header::From, Header::To, Header::CallId, Header::CSeq}) {
            for (uint32_t i = 0; i < message.n_headers; ++i) {
                if (message.headers[i].id == id)
                    out << sip::header_name(id) << ": " << message.value(message.headers[i]) << kCrlf;
            }
        }
        out << "Contact: <sip:" << (call ? host_port_of(*call) : host_port) << ";transport=" << transport_name << ">"
            << kCrlf << "Content-Length: 0" << kCrlf << kCrlf;
    });
}

}  // namespace gsp::rt
