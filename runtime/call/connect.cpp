// SPDX-License-Identifier: Apache-2.0
// Calls and the connections they are on: opened when a call first sends, given up when it ends, and what becomes of the
// calls of one that is lost.
#include <algorithm>

#include "runtime/call/engine.h"

namespace gsp::rt {

void Engine::put_on(Call& call, ConnId conn) {
    call.conn = conn;
    if (conn != kMainConn && conn != kNoConn) conn_calls.add(conn, call.index);
}

// -t ui: the local address of a call stands in its line of the first injection file.
bool Engine::find_source(Call& call, Address& from) {
    if (config.net.mode.sockets != Sockets::PerIp) return true;
    char text[256];
    FieldState state = FieldState::NoLine;
    const uint32_t line = lines(call)[0];
    const char* end = line == InjectionLines::kNoLine
                          ? nullptr
                          : injection[0].put_field(line, config.net.ip_field, text, text + sizeof text, state,
                                                   shared.line_hints[0]);
    const Address* address =
        end && state == FieldState::Found ? find_host({text, static_cast<size_t>(end - text)}) : nullptr;
    if (address) return from = *address, true;
    if (may_warn())
        warn("call " + std::string(call.call_id.view()) + ": field " + std::to_string(config.net.ip_field) + " of " +
             injection[0].file().path() + " is no local address");
    return false;
}

bool Engine::connect(Call& call) {
    Address from{};
    if (!find_source(call, from)) return false;
    if (tx.has_to_close()) tx.flush();  // so that -max_socket counts only what is needed
    Result<ConnId> conn = shared.transport.open(call.peer, from);
    if (conn) return put_on(call, *conn), true;
    if (may_warn()) warn("call " + std::string(call.call_id.view()) + ": " + conn.error().text);
    return false;
}

void Engine::disconnect(Call& call) {
    if (call.conn == kMainConn || call.conn == kNoConn) return;
    conn_calls.remove(call.conn, call.index);
    if (config.net.mode.sockets == Sockets::PerCall)
        tx.close(call.conn);
    else
        shared.transport.close(call.conn);
    call.conn = kNoConn;
}

// A call whose connection is gone goes on over the one on which its peer comes back.
void Engine::follow_peer(Call& call) {
    if (call.conn == shared.message_conn || call.conn == kNoConn || shared.transport.alive(call.conn)) return;
    disconnect(call);
    put_on(call, shared.message_conn);
}

uint32_t Engine::on_disconnect(const Disconnect& end) {
    conn_calls.list(end.conn, lost_calls_);
    uint32_t failed = 0;
    for (const uint32_t i : lost_calls_) {
        Call& call = calls.at(i);
        if (!end.ends_calls || !(call.flags & kCallLive)) continue;
        const bool waits_only = program.steps[call.step].kind == GSP_STEP_TIMEWAIT;  // for late messages
        failed += !waits_only;
        finish(call, waits_only ? GSP_OK : end.refused ? GSP_NOT_CONNECTED : GSP_DISCONNECTED);
    }
    return failed;
}

Address Engine::local_of(const Call& call) const {
    if (!run.many_locals || call.conn == kNoConn) return run.local;
    Address local = shared.transport.local(call.conn);
    if (is_wildcard(local)) std::copy(std::begin(run.local.ip), std::end(run.local.ip), std::begin(local.ip));
    return local;
}

std::string Engine::host_port_of(const Call& call) const {
    return run.many_locals ? endpoint_text(local_of(call)) : host_port;
}

}  // namespace gsp::rt
