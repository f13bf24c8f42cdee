// SPDX-License-Identifier: Apache-2.0
// Variables of calls, users and the whole run, and the actions that work on them.
#include <cstdlib>
#include <cstring>
#include <string>

#include "runtime/call/engine.h"

namespace gsp::rt {

gsp_value& Engine::variable(Call& call, uint32_t slot) {
    uint32_t index_in_scope = slot & ~GSP_SCOPE_MASK;
    switch (slot & GSP_SCOPE_MASK) {
    case GSP_SCOPE_GLOBAL: return globals[index_in_scope];
    case GSP_SCOPE_USER: return call.user_vars[index_in_scope];
    default: return call.vars()[index_in_scope];
    }
}

StringPool& Engine::pool_of(const gsp_value& value) {
    return of_workers->has(value) ? of_workers->strings : strings;
}

void Engine::release(gsp_value& value) {
    if (value.tag >= GSP_STR && value.len) pool_of(value).free(value.str, value.len);
    value = gsp_value{};
}

void Engine::set_text(gsp_value& value, uint32_t tag, std::string_view text) {
    char* copy = pool_of(value).copy(text);  // first, as `text` may lie in the old value
    release(value);
    value.tag = tag;
    value.len = static_cast<uint32_t>(text.size());
    value.str = copy;
}

std::string_view Engine::render(Call& call, uint32_t text) {
    return render(call, text, {rendered_.get(), GSP_MAX_MESSAGE});
}

std::string_view Engine::render_of_no_step(Call& call, uint32_t text) {
    in_no_step = true;
    const std::string_view rendered = render(call, text);
    in_no_step = false;
    return rendered;
}

std::string_view Engine::render(Call& call, uint32_t text, std::span<char> room) {
    char* out = room.data();
    char* end = render(call, text, out, out + room.size());
    if (end) return {out, static_cast<size_t>(end - out)};
    if (may_warn()) {
        warn("call " + std::string(call.call_id.view()) + ": the text of an action " + describe_step(call.step) +
             " is longer than " + std::to_string(room.size()) + " bytes");
    }
    return {};
}

}  // namespace gsp::rt

using namespace gsp::rt;

namespace {

std::string_view text_of(const gsp_value& value) {
    return value.tag >= GSP_STR ? std::string_view(value.str, value.len) : std::string_view();
}

}  // namespace

void gsp_var_set_num(gsp_worker* w, gsp_call* c, uint32_t slot, double number) noexcept {
    Engine& e = engine(w);
    gsp_value& value = e.variable(frame(c), slot);
    e.release(value);
    value.tag = GSP_NUM;
    value.num = number;
}

void gsp_var_set_bool(gsp_worker* w, gsp_call* c, uint32_t slot, uint32_t truth) noexcept {
    gsp_var_set_num(w, c, slot, truth ? 1 : 0);
    engine(w).variable(frame(c), slot).tag = GSP_BOOL;
}

uint32_t gsp_act_assignstr(gsp_worker* w, gsp_call* c, const gsp_event*, uint32_t assign_to, uint32_t text) noexcept {
    Engine& e = engine(w);
    e.set_text(e.variable(frame(c), assign_to), GSP_STR, e.render(frame(c), text));
    return GSP_OK;
}

// The whole text must be a number; else a warning, and the target keeps its value.
uint32_t gsp_act_todouble(gsp_worker* w, gsp_call* c, const gsp_event*, uint32_t assign_to,
                          uint32_t variable) noexcept {
    Engine& e = engine(w);
    const gsp_value& from = e.variable(frame(c), variable);
    if (from.tag == GSP_NUM || from.tag == GSP_BOOL) {
        gsp_var_set_num(w, c, assign_to, from.num);
        return GSP_OK;
    }
    char digits[128];  // longer than any number that means something
    std::string_view text = text_of(from);
    if (!text.empty() && text.size() < sizeof digits) {
        std::memcpy(digits, text.data(), text.size());
        digits[text.size()] = 0;
        char* end;
        double number = std::strtod(digits, &end);
        if (end == digits + text.size()) {
            gsp_var_set_num(w, c, assign_to, number);
            return GSP_OK;
        }
    }
    if (e.may_warn()) {
        e.warn("call " + std::string(frame(c).call_id.view()) + ": `" + std::string(text.substr(0, 60)) +
               "` is not a number " + e.describe_step(frame(c).step));
    }
    return GSP_OK;
}

double gsp_act_strcmp(gsp_worker* w, gsp_call* c, uint32_t variable, uint32_t text, uint32_t variable2) noexcept {
    Engine& e = engine(w);
    std::string_view right = text != GSP_NONE ? e.render(frame(c), text) : text_of(e.variable(frame(c), variable2));
    int order = text_of(e.variable(frame(c), variable)).compare(right);
    return order < 0 ? -1 : order > 0 ? 1 : 0;
}

void gsp_act_gettimeofday(gsp_worker* w, gsp_call* c, uint32_t seconds, uint32_t microseconds) noexcept {
    uint64_t us = (engine(w).clock.epoch_ns() + w->now_ns) / 1000;
    gsp_var_set_num(w, c, seconds, static_cast<double>(us / 1'000'000));
    gsp_var_set_num(w, c, microseconds, static_cast<double>(us % 1'000'000));
}
