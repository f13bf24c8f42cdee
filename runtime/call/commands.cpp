// SPDX-License-Identifier: Apache-2.0
// 3PCC: commands to and from twins. A command is text with a Call-ID line, as the scenario wrote it.
#include <strings.h>

#include "runtime/base/hash.h"
#include "runtime/call/engine.h"
#include "runtime/call/writer.h"
#include "runtime/threepcc/role.h"

namespace gsp::rt {

namespace {

constexpr std::string_view kAbort = "internal-cmd: abort_call";

// The value of the first line `name: …`, any case, blanks around it cut; "" if there is none.
std::string_view line_value(std::string_view text, std::string_view name, std::string_view compact = {}) {
    while (!text.empty()) {
        std::string_view line = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(line.size() + 1, text.size()));
        const size_t colon = line.find(':');
        if (colon == line.npos) continue;
        std::string_view key = line.substr(0, colon);
        while (!key.empty() && key.back() == ' ') key.remove_suffix(1);
        const auto is = [&](std::string_view wanted) {
            return !wanted.empty() && key.size() == wanted.size() &&
                   strncasecmp(key.data(), wanted.data(), key.size()) == 0;
        };
        if (!is(name) && !is(compact)) continue;
        line.remove_prefix(colon + 1);
        while (!line.empty() && (line.front() == ' ' || line.front() == '\t')) line.remove_prefix(1);
        while (!line.empty() && (line.back() == ' ' || line.back() == '\r' || line.back() == '\t'))
            line.remove_suffix(1);
        return line;
    }
    return {};
}

}  // namespace

void Engine::receive_command(std::string_view text) {
    if (trace.messages_on()) trace.message(now_ns, false, "control", text);
    std::string_view call_id = line_value(text, "Call-ID", "i");
    if (size_t slashes = call_id.find("///"); slashes != call_id.npos) call_id.remove_prefix(slashes + 3);
    if (call_id.empty()) {
        ++count(Counter::MalformedMessages);
        if (may_warn()) warn("received a command without a Call-ID line, dropped");
        return;
    }
    const uint64_t hash = hash_bytes(call_id, hash_seed);
    Call* call = find_call(hash, call_id);
    if (!call && takes_calls_of_twin(role) && !refuse_incoming) {
        call = place_call(call_id, run.remote);
        if (!call) return;
    }
    if (!call) {
        ++count(Counter::OutOfCallMsgs);
        if (may_warn()) warn("discarding a command that belongs to no call: " + std::string(call_id));
        return;
    }
    if (text.find(kAbort) != text.npos) return finish(*call, GSP_TWIN_ABORTED);
    take_command(*call, text);
}

void Engine::take_command(Call& call, std::string_view text) {
    const uint32_t step = program.steps[call.step].command;
    const bool from_right_peer =
        step != GSP_NONE && (is_classic(role) || line_value(text, "From") == std::string_view(program.steps[step].peer.ptr, program.steps[step].peer.len));
    if (!from_right_peer) {
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
    const gsp_next next = program.accepts[program.steps[step].accept](this, &call, &event);
    command = {};
    apply(call, next);
}

void Engine::abort_twin(Call& call) {
    if (!bus || !is_classic(role) || call.step == 0) return;
    if (const uint32_t text = program.default_texts[GSP_DEFAULT_abort]; text != GSP_NONE) {
        bus->send({}, render(call, text));
        return;
    }
    char* out = rendered_.get();
    Writer writer(out, out + GSP_MAX_MESSAGE);
    writer << "call-id: " << call.call_id.view() << "\r\n" << kAbort << "\r\n\r\n";
    bus->send({}, {out, static_cast<size_t>(writer.end() - out)});
}

}  // namespace gsp::rt

using namespace gsp::rt;

uint32_t gsp_send_cmd(gsp_worker* w, gsp_call* c, uint32_t step) noexcept {
    Engine& e = engine(w);
    const gsp_step& s = e.program.steps[step];
    e.sent_text = {};
    const std::string_view text = e.render(frame(c), s.text);
    if (e.trace.messages_on()) e.trace.message(e.now_ns, true, "control", text);
    if (!e.bus || !e.bus->send({s.peer.ptr, s.peer.len}, text)) return GSP_CMD_NOT_SENT;
    ++e.stats.steps[step].done;
    return GSP_OK;
}

void gsp_recv_cmd(gsp_worker* w, gsp_call* c, uint32_t step) noexcept {
    Engine& e = engine(w);
    e.sent_text = {};
    ++e.stats.steps[step].done;
    frame(c).flags |= kCallReceived;
}
