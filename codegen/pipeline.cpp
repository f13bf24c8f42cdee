// SPDX-License-Identifier: Apache-2.0
#include "codegen/pipeline.h"

#include <llvm/Analysis/TargetTransformInfo.h>
#include <llvm/Config/llvm-config.h>
#include <llvm/IR/LegacyPassManager.h>
#include <llvm/IR/Verifier.h>
#include <llvm/MC/TargetRegistry.h>
#include <llvm/Passes/PassBuilder.h>
#include <llvm/Support/TargetSelect.h>
#include <llvm/Support/raw_ostream.h>
#include <llvm/TargetParser/Host.h>
#include <llvm/TargetParser/SubtargetFeature.h>
#include <llvm/Transforms/Scalar/EarlyCSE.h>
#include <llvm/Transforms/Scalar/SimplifyCFG.h>

#include <mutex>

#include "codegen/module_builder.h"

namespace gsp::codegen {
namespace {

struct Cpu {
    std::string name, features;
};

Cpu target_cpu(bool native) {
    if (!native) return {"x86-64", ""};
    llvm::SubtargetFeatures features;
    for (const auto& [name, has] : llvm::sys::getHostCPUFeatures()) features.AddFeature(name, has);
    return {llvm::sys::getHostCPUName().str(), features.getString()};
}

void initialize_target() {
    static std::once_flag once;
    std::call_once(once, [] {
        llvm::InitializeNativeTarget();
        llvm::InitializeNativeTargetAsmPrinter();
        llvm::InitializeNativeTargetAsmParser();
    });
}

std::unique_ptr<llvm::TargetMachine> make_target(const Options& options, std::string& error) {
    initialize_target();
    std::string triple = llvm::sys::getDefaultTargetTriple();
    const llvm::Target* target = llvm::TargetRegistry::lookupTarget(triple, error);
    if (!target) return nullptr;
    constexpr llvm::CodeGenOptLevel kLevels[] = {llvm::CodeGenOptLevel::None, llvm::CodeGenOptLevel::None,
                                                 llvm::CodeGenOptLevel::Default, llvm::CodeGenOptLevel::Aggressive};
    Cpu cpu = target_cpu(options.native_cpu);
    llvm::TargetOptions target_options;
    target_options.EnableFastISel = options.opt_level <= 1;
    return std::unique_ptr<llvm::TargetMachine>(
        target->createTargetMachine(triple, cpu.name, cpu.features, target_options, llvm::Reloc::PIC_,
                                    llvm::CodeModel::Small, kLevels[std::clamp(options.opt_level, 0, 3)]));
}

// Level 1 is for the JIT: what it runs are short copies and calls, so cheap clean-ups and fast instruction selection
// serve it best (docs/decisions). Levels 2 and 3 are LLVM's own.
void optimize(llvm::Module& module, llvm::TargetMachine& target, int level) {
    if (level == 0) return;
    llvm::LoopAnalysisManager loops;
    llvm::FunctionAnalysisManager functions;
    llvm::CGSCCAnalysisManager sccs;
    llvm::ModuleAnalysisManager modules;
    llvm::PassBuilder passes(&target);
    passes.registerModuleAnalyses(modules);
    passes.registerCGSCCAnalyses(sccs);
    passes.registerFunctionAnalyses(functions);
    passes.registerLoopAnalyses(loops);
    passes.crossRegisterProxies(loops, functions, sccs, modules);
    if (level == 1) {
        llvm::FunctionPassManager cheap;
        cheap.addPass(llvm::EarlyCSEPass());
        cheap.addPass(llvm::SimplifyCFGPass());
        llvm::ModulePassManager all;
        all.addPass(llvm::createModuleToFunctionPassAdaptor(std::move(cheap)));
        all.run(module, modules);
        return;
    }
    passes.buildPerModuleDefaultPipeline(level == 2 ? llvm::OptimizationLevel::O2 : llvm::OptimizationLevel::O3)
        .run(module, modules);
}

}  // namespace

std::string version_text() {
    return "LLVM " LLVM_VERSION_STRING;
}

std::string cpu_text(bool native) {
    Cpu cpu = target_cpu(native);
    return cpu.name + " " + cpu.features;
}

Compiled compile(const ir::Program& program, const Options& options) {
    Compiled out;
    out.target = make_target(options, out.error);
    if (!out.target) return out;
    out.context = std::make_unique<llvm::LLVMContext>();
    ModuleOptions module_options{options.debug_info, options.opt_level > 0, out.target->getTargetCPU().str(),
                                 "gossipc " GSP_VERSION ", " + version_text()};
    ModuleBuilder builder(program, *out.context, module_options);
    builder.set_target(*out.target);
    out.module = builder.build();
    llvm::raw_string_ostream errors(out.error);
    if (llvm::verifyModule(*out.module, &errors)) {
        out.error = "internal error: invalid module: " + out.error;
        return out;
    }
    out.error.clear();
    optimize(*out.module, *out.target, options.opt_level);
    return out;
}

llvm::SmallVector<char, 0> emit_file(Compiled& compiled, llvm::CodeGenFileType type) {
    llvm::SmallVector<char, 0> bytes;
    llvm::raw_svector_ostream stream(bytes);
    llvm::legacy::PassManager passes;
    if (compiled.target->addPassesToEmitFile(passes, stream, nullptr, type)) {
        compiled.error = "the target cannot emit this kind of file";
        return {};
    }
    passes.run(*compiled.module);
    return bytes;
}

}  // namespace gsp::codegen
