// SPDX-License-Identifier: Apache-2.0
#include "codegen/module_builder.h"

#include <filesystem>

namespace gsp::codegen {
namespace {

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
      builder_(context) {
    llvm::Type* pointer = builder_.getPtrTy();
    step_type_ = llvm::FunctionType::get(builder_.getInt32Ty(), {pointer, pointer, pointer}, false);
    text_type_ = llvm::FunctionType::get(pointer, {pointer, pointer, pointer, pointer}, false);
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

llvm::Function* ModuleBuilder::define(llvm::FunctionType* type, const std::string& name) {
    auto* f = llvm::Function::Create(type, llvm::Function::InternalLinkage, name, *module_);
    f->setDoesNotThrow();
    f->addFnAttr("frame-pointer", "all");  // profilers walk the stack by it
    return f;
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
    if (!debug_) return {};
    const LineColumn at = p_.file->line_column(range.begin);
    llvm::DILocalScope* scope = f->getSubprogram();
    // An included action in a step of the main file.
    if (llvm::DIFile* file = debug_file(range); file != scope->getFile())
        scope = debug_->createLexicalBlockFile(scope, file);
    return llvm::DILocation::get(context_, at.line, at.column, scope);
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
    for (uint32_t i = 0; i < p_.steps.size(); ++i) {
        const ir::Step& s = p_.steps[i];
        steps_.push_back(define(step_type_, step_name("step", i, s)));
        takes_.push_back(s.take == ir::kNone ? nullptr : define(step_type_, step_name("take", i, s)));
        attach_line(steps_.back(), s.range);
        if (takes_.back()) attach_line(takes_.back(), s.range);
    }
    for (uint32_t i = 0; i < p_.texts.size(); ++i) {
        texts_.push_back(define(text_type_, "text." + std::to_string(i)));
        attach_line(texts_.back(), p_.texts[i].range);
    }
    enter_event_ = new llvm::GlobalVariable(
        *module_, llvm::ArrayType::get(builder_.getInt8Ty(), sizeof(gsp_event)), true,
        llvm::GlobalValue::PrivateLinkage,
        llvm::ConstantAggregateZero::get(llvm::ArrayType::get(builder_.getInt8Ty(), sizeof(gsp_event))), "enter");
    enter_event_->setAlignment(llvm::Align(8));
    static_assert(GSP_EV_ENTER == 0);
}

void ModuleBuilder::emit_step(uint32_t index) {
    const ir::Step& s = p_.steps[index];
    FunctionBuilder f(*this, steps_[index], index);
    if (s.kind == GSP_STEP_END) {
        builder_.CreateRet(builder_.getInt32(GSP_NEXT(GSP_FINISH, GSP_OK)));
        return;
    }
    llvm::BasicBlock *match = f.new_block("match"), *enter = f.block(s.enter);
    builder_.SetCurrentDebugLocation(debug_location(steps_[index], s.range));
    llvm::SwitchInst* what = builder_.CreateSwitch(f.load(f.event, field::gsp_event_kind), enter);
    what->addCase(builder_.getInt32(GSP_EV_MESSAGE), match);
    if (s.timer != ir::kNone) what->addCase(builder_.getInt32(GSP_EV_TIMER), f.block(s.timer));
    builder_.SetInsertPoint(match);
    f.match_window(s.window.steps);
    f.finish();
}

void ModuleBuilder::emit_take(uint32_t index) {
    FunctionBuilder f(*this, takes_[index], index);
    builder_.CreateBr(f.block(p_.steps[index].take));
    f.finish();
}

std::unique_ptr<llvm::Module> ModuleBuilder::build() {
    declare_functions();
    emit_eregs();
    for (uint32_t i = 0; i < p_.steps.size(); ++i) {
        emit_step(i);
        if (takes_[i]) emit_take(i);
    }
    for (uint32_t i = 0; i < p_.texts.size(); ++i) emit_text(i);
    emit_program();
    if (debug_) debug_->finalize();
    return std::move(module_);
}

}  // namespace gsp::codegen
