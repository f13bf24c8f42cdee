// SPDX-License-Identifier: Apache-2.0
// <ereg>: regular expressions on a message, a part of it, or a variable.
#include <strings.h>

#include <algorithm>
#include <string>

#include "runtime/call/engine.h"
#include "runtime/call/source_line.h"

using namespace gsp::rt;

namespace {

constexpr size_t kMaxHeaderText = 2048;

struct Subject {
    std::string_view text;
    bool found = true;
};

bool starts_with(std::string_view text, std::string_view prefix, bool any_case) {
    if (text.size() < prefix.size()) return false;
    return any_case ? strncasecmp(text.data(), prefix.data(), prefix.size()) == 0
                    : text.compare(0, prefix.size(), prefix) == 0;
}

size_t find_text(std::string_view text, std::string_view wanted, size_t from, bool any_case) {
    if (!any_case) return text.find(wanted, from);
    for (size_t i = from; i + wanted.size() <= text.size(); ++i)
        if (starts_with(text.substr(i), wanted, true)) return i;
    return text.npos;
}

// SIPp takes `header` literally, anywhere in the message unless start_line is set; what follows, up to the end of the
// line, is searched.
Subject header_text(std::string_view message, const gsp_ereg& ereg) {
    std::string_view header{ereg.header.ptr, ereg.header.len};
    bool any_case = (ereg.flags & GSP_EREG_CASE_INDEP) != 0, line_start = (ereg.flags & GSP_EREG_START_LINE) != 0;
    uint32_t left = std::max(ereg.occurrence, 1u);
    for (size_t at = 0; (at = find_text(message, header, at, any_case)) != message.npos;
         at += std::max<size_t>(header.size(), 1)) {
        if (line_start && at != 0 && message[at - 1] != '\n') continue;
        if (--left) continue;
        std::string_view rest = message.substr(at + header.size());
        return {rest.substr(0, std::min(rest.find_first_of("\r\n"), kMaxHeaderText))};
    }
    return {{}, false};
}

Subject body_text(std::string_view message) {
    size_t end = message.find("\r\n\r\n");
    if (end == message.npos) return {{}, false};
    return {message.substr(end + 4)};
}

Subject subject_of(Engine& e, Call& call, const gsp_event* event, const gsp_ereg& ereg) {
    if (ereg.where == GSP_IN_VAR) {
        const gsp_value& value = e.variable(call, ereg.variable);
        if (value.tag >= GSP_STR) return {{value.str, value.len}};
        return {{}};
    }
    // Actions of a send see the message that was just sent, those of a recv the received one.
    std::string_view message = e.sent_text;
    if (event && event->kind == GSP_EV_COMMAND) message = e.command;
    if (event && event->kind == GSP_EV_MESSAGE && !message.data()) message = e.message.text();
    if (ereg.where == GSP_IN_HDR) return header_text(message, ereg);
    if (ereg.where == GSP_IN_BODY) return body_text(message);
    return {message};
}

void warn(Engine& e, const Call& call, std::string_view what, const gsp_ereg& ereg) {
    if (!e.may_warn()) return;
    const gsp_regex& regex = e.program.regexes[ereg.regex];
    e.warn("call " + std::string(call.call_id.view()) + ": the regular expression `" +
           std::string(regex.pattern.ptr, regex.pattern.len) + "` (" + source_line(regex.line, regex.file) + ") " +
           std::string(what));
}

uint32_t match_and_assign(Engine& e, Call& call, std::string_view subject, const gsp_ereg& ereg) {
    Regexes::Match match;
    e.regexes.match(ereg.regex, subject, match);
    if (match.gave_up) warn(e, call, "takes too many steps", ereg);
    if (!match.matched) {
        if (!(ereg.flags & GSP_EREG_CHECK)) return GSP_OK;
        warn(e, call, "does not match", ereg);
        return GSP_REGEX_NO_MATCH;
    }
    uint32_t n = std::min(ereg.n_assign, Regexes::kMaxGroups);
    for (uint32_t i = 0; i < n; ++i)
        if (match.groups[i].data()) e.set_text(e.variable(call, ereg.assign[i]), GSP_MATCH, match.groups[i]);
    if (!(ereg.flags & GSP_EREG_CHECK_INVERSE)) return GSP_OK;
    warn(e, call, "matches and should not", ereg);
    return GSP_REGEX_MATCH;
}

}  // namespace

uint32_t gsp_act_ereg(gsp_worker* w, gsp_call* c, const gsp_event* event, const gsp_ereg* ereg) noexcept {
    Engine& e = engine(w);
    Call& call = frame(c);
    Subject subject = subject_of(e, call, event, *ereg);
    if (!subject.found && (ereg->flags & GSP_EREG_CHECK)) {
        warn(e, call, "is to be searched in a part that the message does not have", *ereg);
        return GSP_HEADER_NOT_FOUND;
    }
    gsp_value copy{};  // of a variable: it may be one of those that are written below
    if (ereg->where == GSP_IN_VAR) {
        e.set_text(copy, GSP_STR, subject.text);
        subject.text = {copy.str, copy.len};
    }
    uint32_t status = match_and_assign(e, call, subject.text, *ereg);
    e.release(copy);
    return status;
}
