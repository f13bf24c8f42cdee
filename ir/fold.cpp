// SPDX-License-Identifier: Apache-2.0
// Cheap simplifications in our own IR, so that code generation has less to do: numbers known within a block, constant
// arithmetic and conditions, last messages that nothing reads, blocks that nothing reaches.
#include <cmath>
#include <map>
#include <optional>

#include "ir/lowering.h"

namespace gsp::ir {
namespace {

bool compare(double a, double b, Compare how) {
    switch (how) {
    case Compare::Equal: return a == b;
    case Compare::NotEqual: return a != b;
    case Compare::Greater: return a > b;
    case Compare::Less: return a < b;
    case Compare::GreaterEqual: return a >= b;
    case Compare::LessEqual: return a <= b;
    }
    return false;
}

class BlockFolder {
public:
    explicit BlockFolder(Block& block) : ops_(block.ops), known_(block.ops.size()) {}

    void run() {
        for (size_t i = 0; i < ops_.size(); ++i) fold(ops_[i], known_[i]);
    }

private:
    using Known = std::optional<double>;

    static void become_number(Op& op, double value) { op = {OpKind::const_num, 0, 0, 0, value, op.loc}; }

    void fold(Op& op, Known& known) {
        switch (op.kind) {
        case OpKind::const_num: known = op.num; break;
        case OpKind::const_bool: known = op.a; break;
        case OpKind::load_num:
            if (auto it = stored_.find(op.a); it != stored_.end()) become_number(op, *(known = it->second));
            break;
        case OpKind::store_num:
            stored_.erase(op.a);
            if (known_[op.b]) stored_[op.a] = *known_[op.b];
            break;
        case OpKind::store_bool: stored_[op.a] = 0; break;  // as a number a truth value is 0
        case OpKind::add:
        case OpKind::sub:
        case OpKind::mul:
        case OpKind::div: fold_arithmetic(op, known); break;
        case OpKind::cmp:
            if (known_[op.a] && known_[op.b])
                become_bool(op, known, compare(*known_[op.a], *known_[op.b], static_cast<Compare>(op.c)));
            break;
        case OpKind::not_:
            if (known_[op.a]) become_bool(op, known, !*known_[op.a]);
            break;
        case OpKind::chance:
            if (op.num <= 0 || op.num >= 1) become_bool(op, known, op.num >= 1);
            break;
        case OpKind::br_if:
            if (known_[op.a]) op = {OpKind::br, *known_[op.a] != 0 ? op.b : op.c, 0, 0, 0, op.loc};
            break;
        case OpKind::call_rt:
        case OpKind::ereg:
        case OpKind::gettimeofday: stored_.clear(); break;  // they set variables
        default: break;
        }
    }

    void become_bool(Op& op, Known& known, bool value) {
        op = {OpKind::const_bool, value, 0, 0, 0, op.loc};
        known = value;
    }

    void fold_arithmetic(Op& op, Known& known) {
        if (!known_[op.a] || !known_[op.b]) return;
        double a = *known_[op.a], b = *known_[op.b];
        if (op.kind == OpKind::div && b == 0) return;
        known = op.kind == OpKind::add   ? a + b
                : op.kind == OpKind::sub ? a - b
                : op.kind == OpKind::mul ? a * b
                                         : a / b;
        become_number(op, *known);
    }

    std::vector<Op>& ops_;
    std::vector<Known> known_;
    std::map<uint32_t, double> stored_;  // call variables whose number is known here
};

// A message that ends the call need not be kept: nothing reads it any more.
void drop_last_commits(Program& p) {
    for (Block& block : p.blocks) {
        size_t n = block.ops.size();
        if (n < 2 || block.ops[n - 1].kind != OpKind::enter || block.ops[n - 1].a != p.n_steps) continue;
        if (block.ops[n - 2].kind == OpKind::recv_commit) block.ops.erase(block.ops.end() - 2);
    }
}

// Empties blocks that no step leads to.
void drop_unreachable_blocks(Program& p) {
    std::vector<bool> reached(p.blocks.size());
    std::vector<uint32_t> work;
    for (const Step& s : p.steps)
        for (uint32_t b : {s.enter, s.timer, s.take})
            if (b != kNone) work.push_back(b);
    while (!work.empty()) {
        uint32_t b = work.back();
        work.pop_back();
        if (reached[b]) continue;
        reached[b] = true;
        for (const Op& op : p.blocks[b].ops) {
            const uint32_t values[] = {op.a, op.b, op.c};
            const char* operands = op_info(op.kind).operands;
            for (int i = 0; operands[i] && i < 3; ++i)
                if (operands[i] == 'b') work.push_back(values[i]);
        }
    }
    for (size_t i = 0; i < reached.size(); ++i)
        if (!reached[i]) p.blocks[i].ops.clear();
}

}  // namespace

void fold(Program& p) {
    for (Block& block : p.blocks) BlockFolder(block).run();
    drop_last_commits(p);
    drop_unreachable_blocks(p);
}

}  // namespace gsp::ir
