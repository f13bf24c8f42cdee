// SPDX-License-Identifier: Apache-2.0
// ir::Program → optimised LLVM module → text or object bytes. Internal to codegen/.
#pragma once
#include <llvm/ADT/SmallVector.h>
#include <llvm/IR/LLVMContext.h>
#include <llvm/IR/Module.h>
#include <llvm/Target/TargetMachine.h>

#include <memory>
#include <string>

#include "codegen/codegen.h"

namespace gsp::codegen {

struct Compiled {
    std::unique_ptr<llvm::LLVMContext> context;
    std::unique_ptr<llvm::Module> module;
    std::unique_ptr<llvm::TargetMachine> target;
    std::string error;  // empty: the rest is there
};

// Builds, verifies and optimises the module.
Compiled compile(const ir::Program&, const Options&);
llvm::SmallVector<char, 0> emit_file(Compiled&, llvm::CodeGenFileType);

std::string version_text();         // "LLVM 19.1.7"
std::string cpu_text(bool native);  // CPU name and features, as passed to the target

}  // namespace gsp::codegen
