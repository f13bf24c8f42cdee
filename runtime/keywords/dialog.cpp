// SPDX-License-Identifier: Apache-2.0
// Keywords about the call and its dialog.
#include "runtime/call/engine.h"
#include "runtime/call/writer.h"

using namespace gsp::rt;

char* gsp_kw_call_id(gsp_worker*, gsp_call* c, char* out, char* end, const gsp_arg*) noexcept {
    return (Writer(out, end) << frame(c).call_id.view()).end();
}

char* gsp_kw_call_number(gsp_worker* w, gsp_call* c, char* out, char* end, const gsp_arg*) noexcept {
    return (Writer(out, end) << engine(w).number_text.set(frame(c).number)).end();
}

char* gsp_kw_userid(gsp_worker*, gsp_call* c, char* out, char* end, const gsp_arg*) noexcept {
    return (Writer(out, end) << frame(c).user).end();
}

char* gsp_kw_auto_media_port(gsp_worker* w, gsp_call* c, char* out, char* end, const gsp_arg* arg) noexcept {
    int64_t port = engine(w).run.media_port + static_cast<int64_t>(4 * (frame(c).number - 1) % 10000) + arg->offset;
    return (Writer(out, end) << port).end();
}

char* gsp_kw_cseq(gsp_worker*, gsp_call* c, char* out, char* end, const gsp_arg* arg) noexcept {
    return (Writer(out, end) << (frame(c).cseq + static_cast<uint32_t>(arg->offset))).end();
}

// z9hG4bK-<pid>-<call>-<step>: the same whenever the step is rendered. As SIPp, texts of actions count from the step
// before theirs, commands and messages that the run sends of its own accord from -1.
char* gsp_kw_branch(gsp_worker* w, gsp_call* c, char* out, char* end, const gsp_arg* arg) noexcept {
    int64_t step = arg->step;
    if (engine(w).in_no_step)
        step = -1;
    else if (arg->step == GSP_NONE)
        step = int64_t{c->step} - 1;
    const NumberText& number = engine(w).number_text.set(frame(c).number);
    return (Writer(out, end) << engine(w).branch_prefix << number << '-' << (step + arg->offset)).end();
}

char* gsp_kw_msg_index(gsp_worker*, gsp_call*, char* out, char* end, const gsp_arg* arg) noexcept {
    return (Writer(out, end) << int64_t{static_cast<int32_t>(arg->step)}).end();
}

char* gsp_kw_peer_tag_param(gsp_worker*, gsp_call* c, char* out, char* end, const gsp_arg*) noexcept {
    const PoolText& tag = frame(c).peer_tag;
    if (!tag.len) return out;
    return (Writer(out, end) << ";tag=" << tag.view()).end();
}

char* gsp_kw_routes(gsp_worker*, gsp_call* c, char* out, char* end, const gsp_arg*) noexcept {
    const RouteSet* routes = frame(c).routes();
    if (!routes || !routes->routes.len) return out;
    return (Writer(out, end) << "Route: " << routes->routes.view()).end();
}

char* gsp_kw_next_url(gsp_worker* w, gsp_call* c, char* out, char* end, const gsp_arg* arg) noexcept {
    const RouteSet* routes = frame(c).routes();
    if (!routes) return gsp_kw_last_request_uri(w, c, out, end, arg);
    return (Writer(out, end) << routes->target.view()).end();
}
