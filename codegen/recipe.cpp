// SPDX-License-Identifier: Apache-2.0
#include "codegen/recipe.h"

#include <algorithm>
#include <bit>

namespace gsp::codegen {

using ir::Op;
using ir::OpKind;

CseqMethods::CseqMethods(const ir::Step& s) {
    for (uint32_t id : s.cseq_methods) {
        if (id < 64)
            low |= uint64_t{1} << id;
        else
            more.push_back(id);
    }
}

Expects expects(const ir::Program& p, uint32_t step) {
    const ir::Step& s = p.steps[step];
    if (s.regex != ir::kNone || s.txn != ir::kNone) return Expects::AskRuntime;
    if (s.flags & GSP_STEP_REQUEST) return Expects::Method;
    if (s.status == 0) return Expects::Nothing;
    return step == 0 ? Expects::Status : Expects::StatusAndCseq;
}

Jump jump(const ir::Program& p, uint32_t from, uint32_t to) {
    if (to == p.n_steps) return Jump::ToEnd;
    return to <= from ? Jump::Backward : Jump::Forward;
}

VarIndex::VarIndex(const ir::Program& p) {
    for (const ir::Var& v : p.vars) by_slot_.emplace(v.slot, &v);
}

bool VarIndex::holds_no_text(uint32_t slot) const {
    auto it = by_slot_.find(slot);
    if (it == by_slot_.end() || it->second->scope != ir::VarScope::Call) return false;
    return it->second->type == ir::VarType::Num || it->second->type == ir::VarType::Bool;
}

namespace {

class RecipeMaker {
public:
    RecipeMaker(const ir::Program& p, const VarIndex& vars, uint32_t step, FirstConstant* first)
        : p_(p), vars_(vars), step_(step), first_(first) {
        constant(step);
    }

    void window() {
        const std::vector<uint32_t>& steps = p_.steps[step_].window.steps;
        token(steps.size());
        for (uint32_t step : steps) {
            const ir::Step& s = p_.steps[step];
            Expects what = expects(p_, step);
            token(static_cast<uint64_t>(what));
            if (what != Expects::Nothing)
                constant(what == Expects::AskRuntime ? step : what == Expects::Method ? s.method : s.status);
            if (what == Expects::StatusAndCseq) {
                CseqMethods methods(s);
                constant(methods.low);
                token(methods.more.size());
                for (uint32_t id : methods.more) constant(id);
            }
            constant(s.accept);
        }
    }
    void block(uint32_t index) {
        auto [it, fresh] = blocks_.try_emplace(index, blocks_.size());
        token(it->second);
        if (fresh) waiting_.push_back(index);
    }
    Recipe finish() {
        while (!waiting_.empty()) {
            uint32_t index = waiting_.back();
            waiting_.pop_back();
            for (const Op& op : p_.blocks[index].ops) add(op);
        }
        return std::move(out_);
    }
    void token(uint64_t v) {
        while (v >= 0x80) {
            out_.shape += static_cast<char>(v | 0x80);
            v >>= 7;
        }
        out_.shape += static_cast<char>(v);
    }

private:
    void constant(uint64_t v) { out_.constants.push_back(v); }

    void slot(uint32_t s) {
        token(s >> 30);
        token(vars_.holds_no_text(s));
        constant(s);
    }

    void distribution(const ir::Distribution& d) {
        token(d.kind);
        for (double parameter : d.parameters) constant(std::bit_cast<uint64_t>(parameter));
    }

    void arguments(const Op& op) {
        token(op.a);
        token(op.c);
        for (uint32_t i = 0; i < op.c; ++i) constant(p_.args[op.b + i]);
    }

    void add(const Op& op) {
        if (first_) first_->emplace(&op, out_.constants.size());
        token(static_cast<uint64_t>(op.kind));
        if (op.kind == OpKind::call_rt) return arguments(op);
        const uint32_t fields[] = {op.a, op.b, op.c};
        const uint32_t* field = fields;
        for (const char* letter = ir::op_info(op.kind).operands; *letter; ++letter) {
            switch (*letter) {
            case 'n': constant(number(op)); break;
            case 's': slot(*field++); break;
            case 'k':
                if (op.kind == OpKind::enter) token(static_cast<uint64_t>(jump(p_, step_, *field)));
                [[fallthrough]];
            case 't':
            case 'r':
            case 'u':
            case 'e': constant(*field++); break;
            case 'd': distribution(p_.distributions[*field++]); break;
            case 'b': block(*field++); break;
            default: token(*field++);
            }
        }
    }
    // As it is used: a duration in nanoseconds, else the number's bits.
    static uint64_t number(const Op& op) {
        return op.kind == OpKind::wait_for ? static_cast<uint64_t>(op.num * 1e6) : std::bit_cast<uint64_t>(op.num);
    }

    const ir::Program& p_;
    const VarIndex& vars_;
    uint32_t step_;
    FirstConstant* first_;
    Recipe out_;
    std::unordered_map<uint32_t, uint64_t> blocks_;  // in the order in which they are met
    std::vector<uint32_t> waiting_;
};

using Constants = std::vector<uint64_t>;

// Constants that differ among the members are passed at a call; those that differ alike share a slot.
Shape shared(Part part, std::vector<uint32_t> steps, const std::vector<Constants>& members) {
    Shape shape{part, std::move(steps), {}};
    shape.calls.resize(members.size());
    for (size_t i = 0; i < members.front().size(); ++i) {
        Column column{members.front()[i]};
        auto all = [&](auto&& matches) { return std::all_of(members.begin(), members.end(), matches); };
        if (!all([&](const Constants& m) { return m[i] == column.value; })) {
            for (size_t other = 0; other < i && column.slot < 0; ++other)
                if (shape.columns[other].slot >= 0 && all([&](const Constants& m) { return m[i] == m[other]; }))
                    column = shape.columns[other];
            if (column.slot < 0) {
                column.slot = static_cast<int>(shape.calls.front().size());
                for (size_t k = 0; k < members.size(); ++k) shape.calls[k].push_back(members[k][i]);
            }
        }
        shape.columns.push_back(column);
    }
    return shape;
}

Shape alone(Part part, uint32_t step, const Constants& constants) {
    Shape shape{part, {step}, {}};
    for (uint64_t value : constants) shape.columns.push_back({value});
    return shape;
}

}  // namespace

Recipe make_recipe(const ir::Program& p, const VarIndex& vars, uint32_t step, Part part, FirstConstant* first) {
    RecipeMaker maker(p, vars, step, first);
    const ir::Step& s = p.steps[step];
    maker.token(static_cast<uint64_t>(part));
    maker.token(s.kind == GSP_STEP_END);
    if (s.kind == GSP_STEP_END) return maker.finish();
    if (part == Part::Take) {
        maker.block(s.take);
        return maker.finish();
    }
    maker.window();
    maker.block(s.enter);
    maker.token(s.timer != ir::kNone);
    if (s.timer != ir::kNone) maker.block(s.timer);
    return maker.finish();
}

std::vector<Shape> make_shapes(const ir::Program& p, const VarIndex& vars, size_t min_shared) {
    struct Group {
        Part part;
        std::vector<uint32_t> steps;
        std::vector<Constants> members;
    };
    std::vector<Group> groups;
    std::unordered_map<std::string, size_t> known;
    auto add = [&](uint32_t step, Part part) {
        Recipe recipe = make_recipe(p, vars, step, part);
        auto [it, fresh] = known.try_emplace(std::move(recipe.shape), groups.size());
        if (fresh) groups.push_back({part, {}, {}});
        groups[it->second].steps.push_back(step);
        groups[it->second].members.push_back(std::move(recipe.constants));
    };
    for (uint32_t i = 0; i < p.steps.size(); ++i) {
        add(i, Part::Entry);
        if (p.steps[i].take != ir::kNone) add(i, Part::Take);
    }

    std::vector<Shape> shapes;
    for (Group& g : groups) {
        if (min_shared && g.steps.size() >= min_shared)
            shapes.push_back(shared(g.part, std::move(g.steps), g.members));
        else
            for (size_t i = 0; i < g.steps.size(); ++i) shapes.push_back(alone(g.part, g.steps[i], g.members[i]));
    }
    std::stable_sort(shapes.begin(), shapes.end(),
                     [](const Shape& a, const Shape& b) { return a.steps.front() < b.steps.front(); });
    return shapes;
}

}  // namespace gsp::codegen
