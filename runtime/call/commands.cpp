// SPDX-License-Identifier: Apache-2.0
// 3PCC: commands to and from twins. A command is text with a Call-ID line, as the scenario wrote it.
#include "runtime/base/hash.h"
#include "runtime/call/engine.h"
#include "runtime/call/writer.h"
#include "runtime/threepcc/command_text.h"
#include "runtime/threepcc/role.h"

namespace gsp::rt {

void Engine::receive_command(std::string_view text) {
    trace.message(now_ns, TraceKind::Received, "control", text);
    const CommandText read = read_command(text);
    const std::string_view call_id = read.call_id;
    if (call_id.empty()) {
        ++shared.count(Counter::MalformedMessages);
        if (may_warn()) warn("received a command without a Call-ID line, dropped");
        return;
    }
    const uint64_t hash = hash_bytes(call_id, hash_seed);
    Call* call = find_call(hash, call_id);
    if (!call && dead.touch(hash, now_ns)) {
        ++shared.count(Counter::DeadCallMsgs);
        if (may_warn()) warn("discarding a command for the ended call " + std::string(call_id));
        return;
    }
    if (!call && takes_calls_of_twin(role) && !refuse_incoming) {
        call = place_call(call_id, shared.targets.current());
        if (!call) return;
    }
    if (!call) {
        ++shared.count(Counter::OutOfCallMsgs);
        if (may_warn()) warn("discarding a command that belongs to no call: " + std::string(call_id));
        return;
    }
    if (trace.any()) trace_command(TraceKind::ReceivedCommand, *call, text);
    ladder_note(*call, LadderKind::ReceivedCommand, call->step, text);
    if (read.aborts) return finish(*call, GSP_TWIN_ABORTED);
    take_command(*call, text, read.from);
}

void Engine::take_command(Call& call, std::string_view text, std::string_view sender) {
    const uint32_t step = program.steps[call.step].command;
    const auto expected_from = [&](const gsp_text& peer) { return sender == std::string_view(peer.ptr, peer.len); };
    if (step == GSP_NONE || (!is_classic(role) && !expected_from(program.steps[step].peer))) {
        if (may_warn())
            warn("call " + std::string(call.call_id.view()) + ": unexpected command " + describe_step(call.step));
        ++stats.steps[call.step].unexpected;
        return finish(call, GSP_REJECTED);
    }
    command = text;
    while (!command.empty() && (command.back() == '\r' || command.back() == '\n')) command.remove_suffix(1);
    gsp_event event{};
    event.kind = GSP_EV_COMMAND;
    event_ns = now_ns;
    const gsp_next next = run_step(program.accepts[program.steps[step].accept], call, event);
    command = {};
    apply(call, next);
}

void Engine::abort_twin(Call& call) {
    if (!bus || !is_classic(role) || call.step == 0) return;
    if (const uint32_t text = program.default_texts[GSP_DEFAULT_abort]; text != GSP_NONE) {
        bus->send({}, render_of_no_step(call, text));
        return;
    }
    char* out = rendered_.get();
    Writer writer(out, out + GSP_MAX_MESSAGE);
    writer << "call-id: " << call.call_id.view() << "\r\n" << kAbortCommand << "\r\n\r\n";
    bus->send({}, {out, static_cast<size_t>(writer.end() - out)});
}

}  // namespace gsp::rt

using namespace gsp::rt;

uint32_t gsp_send_cmd(gsp_worker* w, gsp_call* c, uint32_t step) noexcept {
    Engine& e = engine(w);
    const gsp_step& s = e.program.steps[step];
    e.sent_text = {};
    const std::string_view text = e.render_of_no_step(frame(c), s.text);
    e.trace.message(e.now_ns, TraceKind::Sent, "control", text);
    if (e.trace.any()) e.trace_command(TraceKind::SentCommand, frame(c), text);
    e.acts(frame(c), step);
    e.ladder_note(frame(c), LadderKind::SentCommand, step, text);
    if (!e.bus || !e.bus->send({s.peer.ptr, s.peer.len}, text)) return GSP_CMD_NOT_SENT;
    ++e.stats.steps[step].done;
    return GSP_OK;
}

void gsp_recv_cmd(gsp_worker* w, gsp_call* c, uint32_t step) noexcept {
    Engine& e = engine(w);
    e.sent_text = {};
    e.acts(frame(c), step);
    ++e.stats.steps[step].done;
    frame(c).flags |= kCallReceived;
}
