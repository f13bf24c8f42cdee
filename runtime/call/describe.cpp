// SPDX-License-Identifier: Apache-2.0
// What the calls of a scenario are doing, in words: for `dump tasks` and `dump variables`.
#include <cstdio>

#include "runtime/call/engine.h"

namespace gsp::rt {

namespace {

std::string value_text(const gsp_value& value) {
    switch (value.tag) {
    case GSP_NUM: {
        char text[40];
        std::snprintf(text, sizeof text, "%g", value.num);
        return text;
    }
    case GSP_BOOL: return value.num != 0 ? "true" : "false";
    case GSP_UNSET: return "(not set)";
    default: return "'" + std::string(value.str, value.len) + "'";
    }
}

}  // namespace

std::string Engine::describe_call(const Call& call) const {
    std::string text = "call " + std::string(call.call_id.view()) + " " + describe_step(call.step);
    const auto in_ms = [this](uint64_t due_ns) {
        return std::to_string((due_ns > now_ns ? due_ns - now_ns : 0) / kMillisecond) + " ms";
    };
    if (call.wait.armed()) text += ", waits for " + in_ms(call.wait.due_ns) + " at most";
    if (call.retrans.armed())
        text += ", retransmission " + std::to_string(call.retrans_count + 1) + " in " + in_ms(call.retrans.due_ns);
    return text;
}

void Engine::describe_variables(const Say& say) {
    for (uint32_t i = 0; i < program.n_vars; ++i) {
        const gsp_var& var = program.vars[i];
        const uint32_t scope = var.slot & GSP_SCOPE_MASK, slot = var.slot & ~GSP_SCOPE_MASK;
        const std::string name = "$" + std::string(var.name.ptr, var.name.len) + " ";
        if (scope == GSP_SCOPE_GLOBAL) say("global " + name + value_text(globals[slot]));
        for (uint32_t k = 0; k < calls.size() && scope != GSP_SCOPE_GLOBAL; ++k) {
            Call& call = calls.at(k);
            if (!(call.flags & kCallLive)) continue;
            say("call " + std::string(call.call_id.view()) + " " + name + value_text(variable(call, var.slot)));
        }
    }
}

void Engine::describe_calls(const Say& say) {
    for (uint32_t i = 0; i < calls.size(); ++i)
        if (calls.at(i).flags & kCallLive) say(describe_call(calls.at(i)));
}

}  // namespace gsp::rt
