// SPDX-License-Identifier: Apache-2.0
// [fieldN] and the actions on injection files.
#include <charconv>
#include <string>

#include "runtime/call/engine.h"

using namespace gsp::rt;

namespace {

// As SIPp reads it: a number with decimals, as `[$n]` prints it; nothing at all, as `[$n]` prints 0, is 0.
bool read_line_number(std::string_view text, int64_t& line) {
    while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
    double number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (!text.empty() && (error != std::errc() || end != text.data() + text.size())) return false;
    line = number >= 0 && number < InjectionLines::kNoLine ? static_cast<int64_t>(number) : -1;
    return true;
}

// The file of an action, whose name may hold keywords. nullptr: the run was told.
InjectionLines* file_of(Engine& e, Call& call, uint32_t file, const char* action) {
    char room[256];
    const std::string_view name = e.render(call, file, room);
    const uint32_t found = e.injection.find(name);
    if (found != InjectionFiles::kNoFile) return &e.injection[found];
    e.fail_run(std::string(action) + " " + e.describe_step(call.acting) + ": there is no injection file `" +
               std::string(name) + "` (-inf)");
    return nullptr;
}

}  // namespace

char* gsp_kw_field(gsp_worker* w, gsp_call* c, char* out, char* end, const gsp_arg* arg) noexcept {
    enum { kFile, kLine };
    Engine& e = engine(w);
    Call& call = frame(c);
    const uint32_t file = e.injection_files[arg->args[kFile]];
    int64_t line = e.lines(call)[file];
    if (line == InjectionLines::kNoLine) line = -1;
    if (arg->args[kLine] != GSP_NONE) {
        char room[64];
        const std::string_view text = e.render(call, arg->args[kLine], room);
        if (!read_line_number(text, line)) {
            e.fail_run("[field" + std::to_string(arg->index) + "] " + e.describe_step(c->step) + ": `" +
                       std::string(text) + "` is not the number of a line");
            return out;
        }
    }
    FieldState state = FieldState::Found;
    char* const after = e.injection[file].put_field(line, arg->index, out, end, state, e.shared.line_hints[file]);
    if (state == FieldState::NoField && e.may_warn())
        e.warn("call " + std::string(call.call_id.view()) + ": line " + std::to_string(line) + " of " +
               e.injection[file].file().path() + " has no field " + std::to_string(arg->index));
    if (!after) return nullptr;
    const std::string_view value{out, static_cast<size_t>(after - out)};
    if (!value.starts_with("[authentication")) return after;
    e.field_authentication.assign(value);  // SIPp: the one keyword that means something in a field
    return e.leave_authentication(nullptr, out, end);
}

// The line with this key, -1: none.
uint32_t gsp_act_lookup(gsp_worker* w, gsp_call* c, const gsp_event*, uint32_t assign_to, uint32_t file,
                        uint32_t key) noexcept {
    Engine& e = engine(w);
    const InjectionLines* lines = file_of(e, frame(c), file, "lookup");
    if (!lines) return GSP_BAD_ACTION;
    if (!lines->has_index()) {
        e.fail_run("lookup " + e.describe_step(frame(c).acting) + ": " + lines->file().path() +
                   " has no index (-infindex)");
        return GSP_BAD_ACTION;
    }
    gsp_var_set_num(w, c, assign_to, static_cast<double>(lines->lookup(e.render(frame(c), key))));
    return GSP_OK;
}

uint32_t gsp_act_insert(gsp_worker* w, gsp_call* c, const gsp_event*, uint32_t file, uint32_t value) noexcept {
    Engine& e = engine(w);
    InjectionLines* lines = file_of(e, frame(c), file, "insert");
    if (!lines) return GSP_BAD_ACTION;
    if (lines->insert(e.render(frame(c), value)) != InjectionLines::kNoLine) return GSP_OK;
    e.fail_run("insert " + e.describe_step(frame(c).acting) + ": " + lines->file().path() + " cannot be changed");
    return GSP_BAD_ACTION;
}

uint32_t gsp_act_replace(gsp_worker* w, gsp_call* c, const gsp_event*, uint32_t file, uint32_t line,
                         uint32_t value) noexcept {
    Engine& e = engine(w);
    InjectionLines* lines = file_of(e, frame(c), file, "replace");
    if (!lines) return GSP_BAD_ACTION;
    char room[64];
    const std::string_view text = e.render(frame(c), line, room);
    int64_t number = -1;
    if (read_line_number(text, number) && lines->replace(number, e.render(frame(c), value))) return GSP_OK;
    e.fail_run("replace " + e.describe_step(frame(c).acting) + ": " + lines->file().path() + " has no line `" +
               std::string(text) + "` that can be changed");
    return GSP_BAD_ACTION;
}
