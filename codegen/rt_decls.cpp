// SPDX-License-Identifier: Apache-2.0
#include "codegen/rt_decls.h"

namespace gsp::codegen {
namespace {

constexpr RuntimeFunction kFunctions[] = {
#define GSP_ANY_FN(name) {#name, abi::Prototype<decltype(name)>::letters, abi::signature<decltype(name)>()},
#include "runtime/abi/all_functions.def"
};

llvm::Type* type_of(llvm::LLVMContext& context, char letter) {
    switch (letter) {
    case 'v': return llvm::Type::getVoidTy(context);
    case 'p': return llvm::PointerType::getUnqual(context);
    case 'd': return llvm::Type::getDoubleTy(context);
    case 'l': return llvm::Type::getInt64Ty(context);
    default: return llvm::Type::getInt32Ty(context);
    }
}

}  // namespace

std::span<const RuntimeFunction> runtime_functions() {
    return kFunctions;
}

const RuntimeFunction* find_runtime_function(std::string_view name) {
    for (const RuntimeFunction& f : kFunctions)
        if (name == f.name) return &f;
    return nullptr;
}

llvm::FunctionType* function_type(llvm::LLVMContext& context, const RuntimeFunction& f) {
    llvm::SmallVector<llvm::Type*, 8> params;
    for (const char* letter = f.letters + 1; *letter; ++letter) params.push_back(type_of(context, *letter));
    return llvm::FunctionType::get(type_of(context, f.letters[0]), params, false);
}

}  // namespace gsp::codegen
