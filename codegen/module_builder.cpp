// SPDX-License-Identifier: Apache-2.0
#include "codegen/module_builder.h"

#include <filesystem>

namespace gsp::codegen {
namespace {

constexpr size_t kMinShared = 8;  // fewer steps of one shape keep functions with lines of their own

constexpr const char* kStepNames[] = {"send", "recv", "pause", "nop", "timewait", "sendCmd", "recvCmd", "end"};

std::string step_name(const char* what, uint32_t index, const ir::Step& s) {
    return std::string(what) + "." + std::to_string(index) + "." + kStepNames[s.kind] +
           (s.label.empty() ? "" : "." + s.label);
}

}  // namespace

ModuleBuilder::ModuleBuilder(const ir::Program& p, llvm::LLVMContext& context, const ModuleOptions& options)
    : p_(p),
      context_(context),
      options_(options),
      module_(std::make_unique<llvm::Module>("scenario", context)),
      builder_(context),
      vars_(p) {
    llvm::Type* pointer = builder_.getPtrTy();
    step_type_ = llvm::FunctionType::get(builder_.getInt32Ty(), {pointer, pointer, pointer, pointer}, false);
    module_->setSourceFileName(p.source);
    if (options.debug_info) {
        debug_ = std::make_unique<llvm::DIBuilder>(*module_);
        unit_ = debug_->createCompileUnit(llvm::dwarf::DW_LANG_C, debug_file({}), options.producer, true, "", 0);
        module_->addModuleFlag(llvm::Module::Warning, "Debug Info Version", llvm::DEBUG_METADATA_VERSION);
        module_->addModuleFlag(llvm::Module::Warning, "Dwarf Version", 4);
    }
}

void ModuleBuilder::set_target(const llvm::TargetMachine& target) {
    module_->setDataLayout(target.createDataLayout());
    module_->setTargetTriple(target.getTargetTriple().str());
    module_->setPICLevel(llvm::PICLevel::BigPIC);
}

llvm::DIFile* ModuleBuilder::debug_file(SourceRange range) {
    const std::string& name = p_.file->name(range.begin);
    llvm::DIFile*& file = debug_files_[name];
    if (!file) {
        const std::filesystem::path path = std::filesystem::absolute(name);
        file = debug_->createFile(path.filename().string(), path.parent_path().string());
    }
    return file;
}

void ModuleBuilder::attach_line(llvm::Function* f, SourceRange range) {
    if (!debug_) return;
    unsigned line = p_.file->line_column(range.begin).line;
    auto* type = debug_->createSubroutineType(debug_->getOrCreateTypeArray({}));
    llvm::DIFile* file = debug_file(range);
    f->setSubprogram(debug_->createFunction(file, f->getName(), "", file, line, type, line, llvm::DINode::FlagZero,
                                            llvm::DISubprogram::SPFlagDefinition));
}

llvm::DebugLoc ModuleBuilder::debug_location(llvm::Function* f, SourceRange range) {
    llvm::DILocalScope* scope = f->getSubprogram();
    if (!scope) return {};
    const LineColumn at = p_.file->line_column(range.begin);
    // An included action in a step of the main file.
    if (llvm::DIFile* file = debug_file(range); file != scope->getFile())
        scope = debug_->createLexicalBlockFile(scope, file);
    return llvm::DILocation::get(context_, at.line, at.column, scope);
}

llvm::Constant* ModuleBuilder::operand_at(size_t offset) {
    return llvm::ConstantExpr::getInBoundsGetElementPtr(builder_.getInt8Ty(), operands_global_,
                                                        builder_.getInt64(offset));
}

llvm::Function* ModuleBuilder::runtime(std::string_view name) {
    if (llvm::Function* known = module_->getFunction(name)) return known;
    const RuntimeFunction* row = find_runtime_function(name);
    if (!row) llvm_unreachable("the runtime has no such function");
    imports_.emplace(name);
    auto* f = llvm::Function::Create(function_type(context_, *row), llvm::Function::ExternalLinkage, name, *module_);
    f->setDoesNotThrow();
    return f;
}

void ModuleBuilder::declare_functions() {
    entries_.resize(p_.steps.size());
    takes_.resize(p_.accepts.size());
    for (const Shape& shape : shapes_) {
        const uint32_t first = shape.steps.front();
        const bool shared = shape.steps.size() > 1;
        std::string name = step_name(shape.part == Part::Entry ? "step" : "take", first, p_.steps[first]);
        if (shared) name += ".x" + std::to_string(shape.steps.size());
        auto* f = llvm::Function::Create(step_type_, llvm::Function::InternalLinkage, name, *module_);
        f->setDoesNotThrow();
        f->addFnAttr("frame-pointer", "all");  // profilers walk the stack by it
        if (!shared) attach_line(f, p_.steps[first].range);
        functions_.push_back(f);
        for (size_t i = 0; i < shape.steps.size(); ++i) {
            const uint32_t step = shape.steps[i];
            Code& code = shape.part == Part::Entry ? entries_[step] : takes_[p_.steps[step].accept];
            code.function = f;
            if (shared) code.constants_at = operands_.numbers(shape.calls[i]);
        }
    }
}

std::unique_ptr<llvm::Module> ModuleBuilder::build() {
    shapes_ = make_shapes(p_, vars_, options_.share_functions ? kMinShared : 0);
    emit_operands();
    for (size_t i = 0; i < shapes_.size(); ++i) {
        FunctionBuilder f(*this, functions_[i], shapes_[i]);
        if (shapes_[i].part == Part::Entry)
            f.emit_entry();
        else
            f.emit_take();
    }
    emit_program();
    if (debug_) debug_->finalize();
    return std::move(module_);
}

}  // namespace gsp::codegen
