// SPDX-License-Identifier: Apache-2.0
// Checks of the flow: steps that nothing leads to, optional receptions with nothing mandatory behind them.
#include "ir/lowering.h"

namespace gsp::ir {
namespace {

const char* step_name(const Step& s) {
    switch (s.kind) {
    case GSP_STEP_SEND: return "send";
    case GSP_STEP_RECV: return "recv";
    case GSP_STEP_PAUSE: return "pause";
    case GSP_STEP_NOP: return "nop";
    case GSP_STEP_TIMEWAIT: return "timewait";
    case GSP_STEP_SEND_CMD: return "sendCmd";
    case GSP_STEP_RECV_CMD: return "recvCmd";
    case GSP_STEP_END: return "end";
    }
    return "";
}

class Reach {
public:
    explicit Reach(const Program& p) : p_(p), step_(p.steps.size()), block_(p.blocks.size()) {}

    // False when a computed jump makes every step reachable.
    bool run() {
        if (p_.n_steps) enter(0);
        enter(p_.n_steps + 1);  // <init>
        if (p_.unexpected_step != kNone) enter(p_.unexpected_step);
        while (!work_.empty()) {
            uint32_t i = work_.back();
            work_.pop_back();
            const Step& s = p_.steps[i];
            walk(s.enter);
            walk(s.timer);
            if (s.kind == GSP_STEP_SEND && s.on_timeout != kNone) enter(s.on_timeout);
            for (uint32_t k : s.window.steps) {
                step_[k] = true;  // it can be received here, though nothing may lead to it
                walk(p_.steps[k].take);
            }
            if (s.command != kNone) {
                step_[s.command] = true;
                walk(p_.steps[s.command].take);
            }
        }
        return !anywhere_;
    }
    bool reached(uint32_t step) const { return step_[step]; }

private:
    void enter(uint32_t step) {
        if (step >= p_.steps.size() || entered_.contains(step)) return;
        entered_.insert(step);
        step_[step] = true;
        work_.push_back(step);
    }
    void walk(uint32_t block) {
        std::vector<uint32_t> blocks{block};
        while (!blocks.empty()) {
            uint32_t b = blocks.back();
            blocks.pop_back();
            if (b == kNone || block_[b] || p_.blocks[b].ops.empty()) continue;
            block_[b] = true;
            for (const Op& op : p_.blocks[b].ops) {
                if (op.kind == OpKind::enter) enter(op.a);
                if (op.kind == OpKind::enter_var) anywhere_ = true;
                const char* operands = op_info(op.kind).operands;
                const uint32_t values[] = {op.a, op.b, op.c};
                for (int i = 0; operands[i] && i < 3; ++i)
                    if (operands[i] == 'b') blocks.push_back(values[i]);
            }
        }
    }

    const Program& p_;
    std::vector<bool> step_, block_;
    std::set<uint32_t> entered_;
    std::vector<uint32_t> work_;
    bool anywhere_ = false;
};

}  // namespace

void check_flow(const Program& p, Diag& diag) {
    for (size_t i = 0; i + 1 < p.n_steps; ++i) {
        if (!(p.steps[i].flags & GSP_STEP_OPTIONAL)) continue;
        if (gsp_step_kind next = p.steps[i + 1].kind; next != GSP_STEP_RECV && next != GSP_STEP_RECV_CMD)
            diag.emit(D::OptionalAtEnd, p.steps[i].range, {step_name(p.steps[i + 1])});
    }
    Reach reach(p);
    if (!reach.run()) return;
    for (uint32_t i = 0; i < p.steps.size(); ++i)
        if (i != p.n_steps && !reach.reached(i)) diag.emit(D::UnreachableStep, p.steps[i].range);
}

}  // namespace gsp::ir
