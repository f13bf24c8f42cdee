// SPDX-License-Identifier: Apache-2.0
#include "codegen/data_builder.h"

#include <llvm/IR/Constants.h>

#include <algorithm>

namespace gsp::codegen {

size_t DataBuilder::reserve(size_t size) {
    size_t at = (bytes_.size() + 7) & ~size_t{7};
    bytes_.resize(at + size);
    return at;
}

size_t DataBuilder::text(std::string_view text) {
    auto [it, fresh] = texts_.try_emplace(std::string(text), bytes_.size());
    if (fresh) bytes_.append(text).push_back('\0');
    return it->second;
}

// The type of the data is known before its content, so pointers into itself can be made.
llvm::GlobalVariable* DataBuilder::finish(llvm::Module& module, const char* name,
                                          llvm::GlobalValue::LinkageTypes linkage) {
    llvm::LLVMContext& context = module.getContext();
    llvm::Type *byte = llvm::Type::getInt8Ty(context), *pointer = llvm::PointerType::getUnqual(context);
    std::sort(pointers_.begin(), pointers_.end(), [](const Pointer& a, const Pointer& b) { return a.at < b.at; });
    std::vector<llvm::Type*> types;
    size_t at = 0;
    auto bytes_to = [&](size_t end) {
        if (end > at) types.push_back(llvm::ArrayType::get(byte, end - at));
    };
    for (const Pointer& p : pointers_) {
        bytes_to(p.at);
        types.push_back(pointer);
        at = p.at + sizeof(void*);
    }
    bytes_to(bytes_.size());
    auto* type = llvm::StructType::get(context, types, /*isPacked=*/true);
    auto* global = new llvm::GlobalVariable(module, type, true, linkage, nullptr, name);
    global->setAlignment(llvm::Align(16));

    std::vector<llvm::Constant*> values;
    auto put_bytes = [&](size_t from, size_t end) {
        if (end > from)
            values.push_back(
                llvm::ConstantDataArray::getString(context, llvm::StringRef(bytes_).slice(from, end), false));
    };
    at = 0;
    for (const Pointer& p : pointers_) {
        put_bytes(at, p.at);
        llvm::Constant* base = p.to.base ? p.to.base : global;
        values.push_back(p.to.offset
                             ? llvm::ConstantExpr::getInBoundsGetElementPtr(
                                   byte, base, llvm::ConstantInt::get(llvm::Type::getInt64Ty(context), p.to.offset))
                             : base);
        at = p.at + sizeof(void*);
    }
    put_bytes(at, bytes_.size());
    global->setInitializer(llvm::ConstantStruct::get(type, values));
    return global;
}

}  // namespace gsp::codegen
