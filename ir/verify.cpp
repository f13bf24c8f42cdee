// SPDX-License-Identifier: Apache-2.0
#include "ir/print.h"

namespace gsp::ir {
namespace {

// Empty, or what is wrong with one operand.
std::string check_operand(const Program& p, const Block& block, size_t index, char kind, uint32_t v) {
    auto in = [&](size_t size) { return v < size; };
    switch (kind) {
    case 'v':
        if (v >= index) return "uses a later value";
        return op_info(block.ops[v].kind).result == ResultKind::None ? "uses an operation without a value" : "";
    case 's': return v == GSP_NO_VAR || p.var(v) ? "" : "unknown variable slot";
    case 't': return v == kNone || in(p.texts.size()) ? "" : "text out of range";
    case 'k': return v <= p.steps.size() ? "" : "step out of range";
    case 'b': return in(p.blocks.size()) && !p.blocks[v].ops.empty() ? "" : "no such block";
    case 'r': return in(p.rtds.size()) ? "" : "timer out of range";
    case 'u': return in(p.counters.size()) ? "" : "counter out of range";
    case 'e': return in(p.eregs.size()) ? "" : "ereg out of range";
    case 'd': return in(p.distributions.size()) ? "" : "distribution out of range";
    case 'x': return v < GSP_STATUS_COUNT ? "" : "status out of range";
    default: return "";
    }
}

}  // namespace

std::string verify(const Program& p) {
    for (size_t b = 0; b < p.blocks.size(); ++b) {
        const Block& block = p.blocks[b];
        for (size_t i = 0; i < block.ops.size(); ++i) {
            const Op& op = block.ops[i];
            const OpInfo& info = op_info(op.kind);
            std::string where =
                "block b" + std::to_string(b) + ", operation " + std::to_string(i) + " (" + info.name + "): ";
            bool last = i + 1 == block.ops.size();
            if ((info.result == ResultKind::Term) != last)
                return where + (last ? "the block has no terminator" : "a terminator inside the block");
            const uint32_t values[] = {op.a, op.b, op.c};
            size_t at = 0;
            for (const char* c = info.operands; *c; ++c) {
                if (*c == 'n') continue;
                if (std::string error = check_operand(p, block, i, *c, values[at++]); !error.empty())
                    return where + error;
            }
        }
    }
    return "";
}

}  // namespace gsp::ir
