// SPDX-License-Identifier: Apache-2.0
// The actions that write text for people, and those that stop the run.
#include <string>

#include "runtime/call/engine.h"

using namespace gsp::rt;

uint32_t gsp_act_log(gsp_worker* w, gsp_call* c, const gsp_event*, uint32_t message) noexcept {
    Engine& e = engine(w);
    if (e.trace.on(TraceFile::Logs)) e.trace.log(e.now_ns, e.render(frame(c), message));
    return GSP_OK;
}

uint32_t gsp_act_warning(gsp_worker* w, gsp_call* c, const gsp_event*, uint32_t message) noexcept {
    Engine& e = engine(w);
    if (e.may_warn()) e.warn(e.render(frame(c), message));
    return GSP_OK;
}

void gsp_act_stop(gsp_worker* w, uint32_t now) noexcept {
    Shared& run = engine(w).shared;
    (now ? run.stop_at_once : run.stop_softly) = true;
}

void gsp_warn_divide(gsp_worker* w, gsp_call* c, uint32_t step) noexcept {
    Engine& e = engine(w);
    if (e.may_warn())
        e.warn("call " + std::string(frame(c).call_id.view()) + ": division by zero " + e.describe_step(step));
}
