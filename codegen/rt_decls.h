// SPDX-License-Identifier: Apache-2.0
// The runtime's functions and the frame's fields as LLVM sees them, taken from runtime/abi: no second list.
#pragma once
#include <llvm/IR/DerivedTypes.h>

#include <cstddef>
#include <span>
#include <string_view>

#include "runtime/abi/signature.h"

namespace gsp::codegen {

struct RuntimeFunction {
    const char* name;
    const char* letters;  // abi::Prototype: result, then parameters
    uint64_t signature;
};
std::span<const RuntimeFunction> runtime_functions();
const RuntimeFunction* find_runtime_function(std::string_view name);

llvm::FunctionType* function_type(llvm::LLVMContext&, const RuntimeFunction&);

// A field of frame.def.
struct Field {
    const char* name;
    unsigned offset;
    enum Type { u32, u64, i32, f64, ptr } type;
};
namespace field {
#define FIELD(s, m, t) inline constexpr Field s##_##m{#s "." #m, offsetof(s, m), Field::t};
#include "runtime/abi/frame.def"
}  // namespace field

}  // namespace gsp::codegen
