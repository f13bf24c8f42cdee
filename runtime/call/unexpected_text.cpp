// SPDX-License-Identifier: Apache-2.0
// What to tell about a message that nobody expects: what was acceptable instead, where that stands in the scenario, and
// why this message is none of it.
#include <algorithm>

#include "runtime/call/engine.h"
#include "runtime/call/source_line.h"

namespace gsp::rt {

using sip::Header;

// The steps that could take a message now, in SIPp's order of search.
std::vector<uint32_t> Engine::acceptable_steps(const Call& call) const {
    const auto is_recv = [this](uint32_t i) { return program.steps[i].kind == GSP_STEP_RECV; };
    const auto is_optional = [this](uint32_t i) { return (program.steps[i].flags & GSP_STEP_OPTIONAL) != 0; };
    std::vector<uint32_t> steps;
    uint32_t i = call.step;
    while (i < program.n_steps && is_recv(i) && is_optional(i)) steps.push_back(i++);
    if (i < program.n_steps && is_recv(i)) steps.push_back(i);
    for (i = call.step; i > 0 && is_recv(i - 1) && is_optional(i - 1); --i) steps.push_back(i - 1);
    for (uint32_t row = program.n_late; row-- > 0;) {
        const gsp_late& late = program.late[row];
        if (late.kind == GSP_LATE_ACCEPT && late.step < i) steps.push_back(late.step);
    }
    return steps;
}

namespace {

std::string title(const gsp_step& s) {
    return "`" + std::string(s.label.ptr, s.label.len) + "` (" + source_line(s.line, s.file) + ")";
}

}  // namespace

std::string Engine::why_unexpected(const std::vector<uint32_t>& acceptable) {
    if (!message.find(Header::To)) return "it has no To header";
    const bool is_request = message.is_request();
    const auto of_this_kind = [&](uint32_t i) {
        return ((program.steps[i].flags & GSP_STEP_REQUEST) != 0) == is_request;
    };
    if (std::none_of(acceptable.begin(), acceptable.end(), of_this_kind))
        return is_request ? "it is a request" : "it is a response";
    if (is_request) return "none has the method " + std::string(message.method_text);
    for (const uint32_t i : acceptable) {
        if (!of_this_kind(i) || !has_status_of(i, message.status)) continue;
        const gsp_step& s = program.steps[i];
        if (s.txn != GSP_NONE) return title(s) + " belongs to a transaction with another branch";
        return title(s) + " answers none of the requests before it: the method of the CSeq is `" +
               std::string(message.cseq_method_text) + "`";
    }
    return "none has the status " + std::to_string(message.status);
}

void Engine::warn_unexpected(const Call& call) {
    if (!may_warn()) return;
    std::string_view text = message.text();
    std::string_view first_line = text.substr(0, std::min(text.find('\r'), text.find('\n')));
    std::string warning = "call " + std::string(call.call_id.view()) + ": unexpected message " +
                          describe_step(call.step) + ": " + std::string(first_line) + "; ";
    const std::vector<uint32_t> acceptable = acceptable_steps(call);
    if (acceptable.empty()) return warn(warning + "no message is acceptable here");
    std::string between = "acceptable are ";
    for (const uint32_t i : acceptable) {
        warning += between + title(program.steps[i]);
        between = ", ";
    }
    warn(warning + ": " + why_unexpected(acceptable));
}

}  // namespace gsp::rt
