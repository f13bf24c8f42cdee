// SPDX-License-Identifier: Apache-2.0
// Checks of variables and response-time timers over the finished program.
#include "ir/lowering.h"

namespace gsp::ir {

void check_variables(const Program& p, Diag& diag) {
    for (const Var& v : p.vars) {
        if (v.mentions == 1 && v.name != "_" && !v.name.starts_with("_unexp."))
            diag.emit(D::VariableUsedOnce, v.first, {v.name});
        // -set can set a global one.
        else if (v.reads > 0 && v.writes == 0 && v.scope != VarScope::Global && !v.name.starts_with("_unexp."))
            diag.emit(D::NeverSet, v.first_read, {v.name});
    }
    for (const Block& b : p.blocks)
        for (const Op& op : b.ops) {
            if (op.kind != OpKind::load_num && op.kind != OpKind::wait_var) continue;
            const Var* v = p.var(op.a);
            if (v && v->writes && (v->type == VarType::Str || v->type == VarType::Match))
                diag.emit(D::TextAsNumber, op.loc, {v->name}).note("`todouble` makes a number of it", op.loc);
        }
}

void check_timers(const Program& p, Diag& diag) {
    std::vector<bool> stopped(p.rtds.size());
    for (const Step& s : p.steps)
        if (s.rtd_stop != kNone) stopped[s.rtd_stop] = true;
    for (const Step& s : p.steps)
        if (s.rtd_start != kNone && !stopped[s.rtd_start]) {
            diag.emit(D::TimerNeverStopped, s.range, {p.rtds[s.rtd_start].name});
            stopped[s.rtd_start] = true;  // say it once
        }
}

}  // namespace gsp::ir
