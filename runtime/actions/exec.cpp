// SPDX-License-Identifier: Apache-2.0
// <exec>: commands of the system's shell, and media.
#include <string>

#include "runtime/base/start_program.h"
#include "runtime/call/engine.h"
#include "runtime/media/media.h"
#include "runtime/media/rtp_check.h"

using namespace gsp::rt;

namespace {

uint32_t run_command(Engine& e, Call& call, uint32_t text) {
    const std::string command(e.render(call, text));
    const int error = start_program({"/bin/sh", "-c", command});
    if (error && e.may_warn())
        e.warn(
            system_error("call " + std::string(call.call_id.view()) + ": cannot start `" + command + "`", error).text);
    return GSP_OK;
}

uint32_t check_media(Engine& e, Call& call, uint32_t text) {
    StreamReport streams;
    Result<RtpExpectation> asked = parse_rtp_expectation(e.render(call, text));
    return asked ? e.check_media(call, *asked, streams) : e.bad_check(call, asked.error().text);
}

}  // namespace

uint32_t gsp_act_exec(gsp_worker* w, gsp_call* c, uint32_t exec, uint32_t text) noexcept {
    Engine& e = engine(w);
    if (exec == GSP_EXEC_command) return run_command(e, frame(c), text);
    if (exec == GSP_EXEC_rtpcheck) return check_media(e, frame(c), text);
    if (exec == GSP_EXEC_ice) return e.order_ice(frame(c), e.render(frame(c), text));
    return e.plays ? e.play(frame(c), exec, e.render(frame(c), text)) : uint32_t{GSP_OK};
}

void gsp_act_rtp_echo(gsp_worker* w, double on) noexcept {
    if (Media* const media = engine(w).shared.media) media->set_echo(on != 0);
}

uint32_t gsp_act_rtpcheck(gsp_worker* w, gsp_call* c, const gsp_event*, uint32_t direction, uint32_t media,
                          uint32_t min_packets, uint32_t max_loss, uint32_t max_jitter, uint32_t max_gap,
                          uint32_t min_mos, uint32_t codec, uint32_t digits, uint32_t timeout, uint32_t packets_to,
                          uint32_t loss_to, uint32_t jitter_to, uint32_t mos_to, uint32_t digits_to) noexcept {
    constexpr const char* kNames[] = {
#define RTP_CHECK(name, kind, words) #name,
#include "runtime/abi/rtp_check.def"
    };
    const uint32_t texts[] = {direction, media,   min_packets, max_loss, max_jitter,
                              max_gap,   min_mos, codec,       digits,   timeout};
    static_assert(std::size(kNames) == std::size(texts));
    Engine& e = engine(w);
    Call& call = frame(c);
    RtpExpectation asked;
    for (size_t i = 0; i < std::size(texts); ++i) {
        if (texts[i] == GSP_NONE) continue;
        if (auto set = asked.set(kNames[i], e.render(call, texts[i])); !set) return e.bad_check(call, set.error().text);
    }
    StreamReport streams;
    const uint32_t status = e.check_media(call, asked, streams);
    const auto put = [&](uint32_t variable, double value) {
        if (variable != GSP_NO_VAR) gsp_var_set_num(w, c, variable, value);
    };
    put(packets_to, static_cast<double>(streams[StreamValue::PacketsReceived]));
    put(loss_to, 100 * streams.loss_share());
    put(jitter_to, static_cast<double>(streams[StreamValue::JitterMax]) / static_cast<double>(kMillisecond));
    put(mos_to, streams.mos);
    if (digits_to != GSP_NO_VAR) e.set_text(e.variable(call, digits_to), GSP_STR, streams.heard.text());
    return status;
}
