// SPDX-License-Identifier: Apache-2.0
// What the function of a step is made of, split into its shape and its constants. Functions of equal shape differ only
// in numbers, so that one can serve many steps (docs/decisions/0011-shared-functions.md). Internal to codegen/.
#pragma once
#include <string>
#include <unordered_map>
#include <vector>

#include "ir/program.h"

namespace gsp::codegen {

// The ids that CSeq of a response may name: those below 64 as bits (bit 0: no method, always allowed), and the others.
struct CseqMethods {
    explicit CseqMethods(const ir::Step&);
    uint64_t low = 1;
    std::vector<uint32_t> more;
};

// What a reception compares a message with.
enum class Expects : uint8_t { Nothing, Method, Status, StatusAndCseq, AskRuntime };
Expects expects(const ir::Program&, uint32_t step);

enum class Jump : uint8_t { ToEnd, Backward, Forward };
Jump jump(const ir::Program&, uint32_t from, uint32_t to);

class VarIndex {
public:
    explicit VarIndex(const ir::Program&);
    // A number can be stored without asking the runtime: the slot never holds text.
    bool holds_no_text(uint32_t slot) const;

private:
    std::unordered_map<uint32_t, const ir::Var*> by_slot_;
};

enum class Part : uint8_t { Entry, Take };  // the entry of a step; taking a message for it

struct Recipe {
    std::string shape;
    // The index of the step; for each step of the window what it expects and its accept index; then those of
    // operations.
    std::vector<uint64_t> constants;
};
// Where the constants of each operation begin.
using FirstConstant = std::unordered_map<const ir::Op*, size_t>;
Recipe make_recipe(const ir::Program&, const VarIndex&, uint32_t step, Part, FirstConstant* = nullptr);

// Where one constant of a function comes from.
struct Column {
    uint64_t value = 0;  // `slot` < 0: the constant itself
    int slot = -1;       // else: index into what the function is called with
};

// A function: the steps that it serves and its constants. `calls[i]` is what it is called with for `steps[i]`.
struct Shape {
    Part part;
    std::vector<uint32_t> steps;
    std::vector<Column> columns;
    std::vector<std::vector<uint64_t>> calls{};
};

// All functions of a program. Steps share one if at least `min_shared` have the same shape; 0: none do.
std::vector<Shape> make_shapes(const ir::Program&, const VarIndex&, size_t min_shared);

}  // namespace gsp::codegen
