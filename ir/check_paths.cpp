// SPDX-License-Identifier: Apache-2.0
// Variables along the paths of a scenario: read where nothing that sets them can have been executed, set and never
// read.
#include <algorithm>

#include "ir/lowering.h"

namespace gsp::ir {
namespace {

// Which steps may follow which. Rather too many: a message may be taken by any step of the window at hand.
class StepGraph {
public:
    explicit StepGraph(const Program& p) : p_(p), next_(p.steps.size()) {
        for (uint32_t i = 0; i < p.steps.size(); ++i) {
            const Step& s = p.steps[i];
            for (uint32_t root : {s.enter, s.timer, s.take}) walk(root, i);
            for (uint32_t k : s.window.steps) add(i, k);
            add(i, s.command);
            add(i, s.on_timeout);
            add(i, p.unexpected_step);
        }
    }
    bool jumps_anywhere() const { return anywhere_; }

    // Steps that can be executed after `from`.
    std::vector<bool> after(uint32_t from) const {
        std::vector<bool> reached(next_.size());
        std::vector<uint32_t> work = next_[from];
        while (!work.empty()) {
            const uint32_t step = work.back();
            work.pop_back();
            if (reached[step]) continue;
            reached[step] = true;
            work.insert(work.end(), next_[step].begin(), next_[step].end());
        }
        return reached;
    }

private:
    void add(uint32_t from, uint32_t to) {
        if (to < p_.steps.size() && to != p_.n_steps) next_[from].push_back(to);
    }
    void walk(uint32_t root, uint32_t step) {
        std::vector<uint32_t> work{root}, seen;
        while (!work.empty()) {
            const uint32_t b = work.back();
            work.pop_back();
            if (b == kNone || std::find(seen.begin(), seen.end(), b) != seen.end()) continue;
            seen.push_back(b);
            for (const Op& op : p_.blocks[b].ops) {
                if (op.kind == OpKind::enter) add(step, op.a);
                anywhere_ |= op.kind == OpKind::enter_var;
                const char* operands = op_info(op.kind).operands;
                const uint32_t values[] = {op.a, op.b, op.c};
                for (int i = 0; operands[i] && i < 3; ++i)
                    if (operands[i] == 'b') work.push_back(values[i]);
            }
        }
    }

    const Program& p_;
    std::vector<std::vector<uint32_t>> next_;
    bool anywhere_ = false;
};

bool is_checked(const Var& v) {
    return v.scope == VarScope::Call && v.name != "_" && !v.name.starts_with("_unexp.");
}

}  // namespace

void check_paths(const Program& p, const std::vector<VarUse>& uses, Diag& diag) {
    for (const Var& v : p.vars)
        if (is_checked(v) && v.writes > 0 && v.reads == 0 && !v.referenced && v.mentions > 1)
            diag.emit(D::NeverRead, v.first, {v.name});

    const StepGraph graph(p);
    if (graph.jumps_anywhere()) return;
    for (uint32_t index = 0; index < p.vars.size(); ++index) {
        const Var& v = p.vars[index];
        if (!is_checked(v) || v.writes == 0 || v.reads == 0) continue;
        std::vector<bool> set(p.steps.size());  // some step that sets it can have been executed before this one
        for (const VarUse& use : uses) {
            if (use.variable != index || !use.writes || use.step == kNone) continue;
            const std::vector<bool> after = graph.after(use.step);
            for (size_t i = 0; i < set.size(); ++i) set[i] = set[i] || after[i];
        }
        std::vector<bool> set_here(p.steps.size());
        for (const VarUse& use : uses) {  // in the order of lowering, which within a step is that of execution
            if (use.variable != index || use.step == kNone) continue;
            if (use.writes) {
                set_here[use.step] = true;
            } else if (!set[use.step] && !set_here[use.step]) {
                diag.emit(D::UnsetOnPath, use.range, {v.name});
                break;
            }
        }
    }
}

}  // namespace gsp::ir
