// SPDX-License-Identifier: Apache-2.0
// Programs made by hand for tests of the runtime alone: a list of steps in C++ becomes a gsp_program whose step
// functions follow docs/abi.md the way generated code does. A program must stay where it is while a worker runs it.
#pragma once
#include <deque>
#include <functional>
#include <string>
#include <vector>

#include "runtime/abi/gsp_abi.h"

namespace gsp::test {

using Action = std::function<uint32_t(gsp_worker*, gsp_call*, const gsp_event*)>;

struct HandStep {
    gsp_step step{};
    std::string label;
    std::string text;          // send, send_cmd: with [keywords]
    std::string peer;          // send_cmd: dest, recv_cmd: src
    uint64_t timeout_ns = 0;   // recv; pause: its duration
    uint32_t next = GSP_NONE;  // step to go to instead of the one behind
    uint32_t on_timeout = GSP_NONE;
    uint32_t rtd_start = GSP_NONE, rtd_stop = GSP_NONE;
    Action action;

    HandStep& optional() { return step.flags |= GSP_STEP_OPTIONAL, *this; }
    HandStep& retrans(uint32_t ms) { return step.retrans_ms = ms, *this; }
    HandStep& timeout(uint64_t ns) { return timeout_ns = ns, *this; }
    HandStep& go_on_timeout(uint32_t to) { return on_timeout = step.on_timeout = to, *this; }
    HandStep& go_to(uint32_t to) { return next = to, *this; }
    HandStep& rrs() { return step.flags |= GSP_STEP_RRS, *this; }
    HandStep& lost(double percent) { return step.lost = percent, *this; }
    HandStep& starts(uint32_t rtd) { return rtd_start = rtd, *this; }
    HandStep& stops(uint32_t rtd) { return rtd_stop = rtd, *this; }
    HandStep& does(Action f) { return action = std::move(f), *this; }
};

HandStep send(std::string text);  // method or status from its first line
HandStep recv_request(const std::string& method);
HandStep recv_response(uint32_t status);
HandStep pause(uint64_t ns);
HandStep nop(Action);
HandStep send_cmd(std::string text, std::string dest = {});
HandStep recv_cmd(std::string src = {});

class HandProgram : public gsp_program {
public:
    HandProgram(bool client, std::vector<HandStep>);
    HandProgram(const HandProgram&) = delete;
    HandProgram& operator=(const HandProgram&) = delete;

    const HandStep& hand_step(uint32_t i) const { return hand_steps_[i]; }
    uint32_t add_text(const std::string&);  // for actions; returns its index
    void set_vars(uint32_t call, uint32_t user, uint32_t global) {
        n_call_vars = call, n_user_vars = user, n_global_vars = global;
    }
    void set_rtds(uint32_t n) { n_rtds = n; }
    void add_late(uint32_t step, uint32_t resend);
    void add_regex(const std::string& pattern, uint32_t groups, bool posix = false);
    void add_global(const std::string& variable, uint32_t index);
    void finish();  // after the last add_…; the constructor has called it once

private:
    uint32_t add(const std::string& text, uint32_t step);
    void add_keyword(const std::string& word, uint32_t step);  // to the text at hand
    void add_piece(const std::string& literal, const std::string& keyword);

    std::vector<HandStep> hand_steps_;
    std::vector<gsp_step> steps_;
    std::vector<uint64_t> indices_;
    std::vector<gsp_entry> entries_, accepts_;
    std::vector<gsp_template> texts_;
    std::vector<gsp_segment> segments_;
    std::vector<gsp_keyword_fn> keywords_;
    std::vector<gsp_piece> pieces_;
    std::vector<gsp_late> late_;
    std::vector<gsp_regex> regexes_;
    std::vector<gsp_rtd> rtds_;
    std::vector<gsp_var> vars_;
    uint64_t kept_[2] = {~uint64_t{0}, ~uint64_t{0}};
    std::deque<std::string> strings_;  // everything that a gsp_text points to
};

// The two built-in scenarios, as short programs.
std::vector<HandStep> uac_steps(uint64_t hold_ns = 0);
std::vector<HandStep> uas_steps(uint64_t timewait_ns);

}  // namespace gsp::test
