// SPDX-License-Identifier: Apache-2.0
// What the calls tell the files of the run. Called only while some file is on: the path of messages tests one flag.
#include "runtime/base/hash.h"
#include "runtime/call/engine.h"

namespace gsp::rt {

namespace {

constexpr int kNoStep = -1;  // SIPp: what the scenario does not send has index -1

// Start line and header fields.
std::string_view head_of(std::string_view bytes) {
    return bytes.substr(0, bytes.find("\r\n\r\n"));
}

// SIPp's numbers of the kinds of elements.
int sipp_type(uint32_t kind) {
    switch (kind) {
    case GSP_STEP_SEND_CMD: return 0;
    case GSP_STEP_RECV_CMD: return 1;
    case GSP_STEP_SEND: return 2;
    case GSP_STEP_RECV: return 3;
    case GSP_STEP_NOP: return 5;
    default: return 4;
    }
}

}  // namespace

void Engine::record_call(const Call& call, uint32_t reason, std::span<const StreamReport> streams,
                         std::string_view pcap) {
    trace.call_record(now_ns, call.number, call.call_id.view(),
                      reason == GSP_OK ? std::string_view() : status_text(reason), now_ns - call.start_ns, streams,
                      pcap, {program.source.ptr, program.source.len});
}

void Engine::debug(const Call& call, const std::string& text) {
    call_debug.note(call.index, clock.epoch_ns() + now_ns, config.trace.rfc3339, text + "\n");
}

void Engine::debug_start(const Call& call) {
    call_debug.begin(call.index);
    debug(call, "Starting call " + std::string(call.call_id.view()));
}

void Engine::debug_step(const Call& call, uint32_t step) {
    debug(call, "Processing message " + std::to_string(step) + " of type " +
                    std::to_string(sipp_type(program.steps[step].kind)) + " for call " +
                    std::string(call.call_id.view()) + " at " + std::to_string(now_ns / kMillisecond) + ".");
}

void Engine::note_step(Call& call, uint32_t step) {
    acts(call, step);
    if (!trace.on(TraceFile::CallDebug) || program.steps[step].kind != GSP_STEP_NOP) return;
    debug_step(call, step);
    debug(call, "Executing NOP at index " + std::to_string(step) + ".");
}

void Engine::debug_pause(const Call& call) {
    debug_step(call, call.step);
    debug(call, "Pausing call until " + std::to_string((now_ns + call.wait_ns) / kMillisecond) + " (is now " +
                    std::to_string(now_ns / kMillisecond) + ").");
}

void Engine::debug_retransmission(const Call& call, uint32_t most) {
    debug(call, "Retransmisison required (" + std::to_string(call.retrans_count + 1) + " retransmissions, max " +
                    std::to_string(most) + ")");  // SIPp's spelling
}

void Engine::debug_last_hash(const Call& call) {
    debug(call, "Set Last Recv Hash: " + std::to_string(call.last_hash) + " (recv index " +
                    std::to_string(call.last_step) + ")");
}

void Engine::debug_cause(const Call& call) {
    debug(call, "Set Retransmission Hash: " + std::to_string(call.cause_hash) + " (recv index " +
                    std::to_string(call.cause_recv_step) + ", send index " + std::to_string(call.cause_step) + ")");
}

void Engine::debug_abort(const Call& call) {
    debug(call, "Aborting call " + std::string(call.call_id.view()) + " (index " + std::to_string(call.step) + ").");
}

void Engine::write_debug(const Call& call) {
    std::string text = call_debug.entry(call.index, call.call_id.view());
    if (config.trace.schema == TraceSchema::Gossipper)
        if (const LadderOfCall ladder = ladder_of(call); !ladder.ladder.events.empty()) text += draw_ladder(ladder);
    trace.text(TraceFile::CallDebug, now_ns, text);
}

void Engine::trace_sent(const Call* call, std::string_view bytes, uint32_t step) {
    trace.message(now_ns, TraceKind::Sent, transport_name, bytes);
    if (trace.on(TraceFile::ShortMessages)) {
        trace.short_message(now_ns, TraceKind::Sent, call ? call->number : 0,
                            call ? call->call_id.view() : message.call_id, head_of(bytes));
    }
    if (call && trace.on(TraceFile::CallDebug)) debug_sent(*call, bytes, step);
}

void Engine::debug_sent(const Call& call, std::string_view bytes, uint32_t step) {
    debug(call, "Sending " + std::string(transport_name) + " message for call " + std::string(call.call_id.view()) +
                    " (index " + (step == GSP_NONE ? std::to_string(kNoStep) : std::to_string(step)) + ", hash " +
                    std::to_string(hash_bytes(bytes, hash_seed)) + "):\n" + std::string(bytes) + "\n");
}

void Engine::trace_taken(const Call* call, std::string_view call_id) {
    trace.short_message(now_ns, TraceKind::Received, call ? call->number : 0, call_id,
                        message.text().substr(0, message.body));
    if (!call || !trace.on(TraceFile::CallDebug)) return;
    debug(*call, "Processing " + std::to_string(message.len) + " byte incoming message for call-ID " +
                     std::string(call_id) + " (hash " + std::to_string(hash_bytes(message.text(), hash_seed)) + "):\n" +
                     std::string(message.text()) + "\n");
}

void Engine::trace_unexpected(const Call& call) {
    trace.message(now_ns, TraceKind::Unexpected, transport_name, message.text());
    if (!message.is_request()) {
        const gsp_text& expected = program.steps[call.step].label;
        trace.unexpected_response(
            now_ns, {call.number, message.status, message.reason, call.call_id.view(), {expected.ptr, expected.len}});
    }
    if (!trace.on(TraceFile::CallDebug)) return;
    debug(call, "Unexpected " + std::string(transport_name) + " message received (index " + std::to_string(call.step) +
                    ", hash " + std::to_string(hash_bytes(message.text(), hash_seed)) + "):\n\n" +
                    std::string(message.text()));
}

void Engine::trace_lost(const Call& call, std::string_view how, uint32_t step, std::string_view bytes) {
    const std::string text = std::string(transport_name).append(how);
    trace.note(now_ns, text + ".");
    if (!trace.on(TraceFile::CallDebug)) return;
    if (step != GSP_NONE) debug_sent(call, bytes, step);
    const std::string in_step = step == GSP_NONE ? "" : "index " + std::to_string(step) + ", ";
    debug(call, text + " (" + in_step + "hash " + std::to_string(hash_bytes(bytes, hash_seed)) + ").");
}

void Engine::trace_ignored(const Call& call, std::string_view kind, uint32_t step) {
    const gsp_text& label = program.steps[step].label;
    const std::string text = "Ignoring " + std::string(kind) + " " + std::string(transport_name) +
                             " message for the transaction of `" + std::string(label.ptr, label.len) + "`";
    const std::string bytes = ":\n\n" + std::string(message.text());
    trace.note(now_ns, text + bytes);
    if (trace.on(TraceFile::CallDebug))
        debug(call, text + " (hash " + std::to_string(hash_bytes(message.text(), hash_seed)) + ")" + bytes);
}

void Engine::trace_command(TraceKind kind, const Call& call, std::string_view text) {
    trace.short_message(now_ns, kind, call.number, call.call_id.view(), text);
    if (kind == TraceKind::ReceivedCommand && trace.on(TraceFile::CallDebug))
        debug(call, "Processing incoming command for call-ID " + std::string(call.call_id.view()) + ":\n" +
                        std::string(text) + "\n");
}

}  // namespace gsp::rt
