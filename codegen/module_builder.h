// SPDX-License-Identifier: Apache-2.0
// ir::Program → llvm::Module: a function for each step, each accepted message and each text, and the constant tables of
// gsp_program. Internal to codegen/.
#pragma once
#include <llvm/IR/DIBuilder.h>
#include <llvm/IR/IRBuilder.h>
#include <llvm/IR/Module.h>
#include <llvm/Target/TargetMachine.h>

#include <map>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "codegen/rt_decls.h"
#include "ir/program.h"

namespace gsp::codegen {

struct ModuleOptions {
    bool debug_info = true;
    std::string cpu, producer;
};

class ModuleBuilder {
public:
    ModuleBuilder(const ir::Program&, llvm::LLVMContext&, const ModuleOptions&);
    void set_target(const llvm::TargetMachine&);  // before build()
    std::unique_ptr<llvm::Module> build();

private:
    friend class FunctionBuilder;

    // functions
    void declare_functions();
    llvm::Function* define(llvm::FunctionType*, const std::string& name);
    void attach_line(llvm::Function*, SourceRange);
    llvm::DIFile* debug_file(SourceRange);
    llvm::DebugLoc debug_location(llvm::Function*, SourceRange);  // none without debug information
    void emit_step(uint32_t index);
    void emit_take(uint32_t index);
    void emit_text(uint32_t index);
    llvm::Function* runtime(std::string_view name);  // declares it and notes the import

    // constants (emit_tables.cpp)
    void emit_program();
    struct Member {
        size_t offset;
        llvm::Constant* value;
    };
    llvm::Constant* structure(size_t size, std::vector<Member> members);
    llvm::Constant* text(std::string_view);   // gsp_text
    llvm::Constant* bytes(std::string_view);  // pointer to NUL-terminated bytes, or null for an empty text
    llvm::Constant* table(const char* name, const std::vector<llvm::Constant*>& rows);  // pointer to an array, or null
    llvm::Constant* words(std::span<const uint32_t> list) {
        return llvm::ConstantDataArray::get(context_, llvm::ArrayRef<uint32_t>(list.data(), list.size()));
    }
    llvm::Constant* numbers(const char* name, const std::vector<uint32_t>&);
    llvm::Constant* u32(uint64_t v) { return builder_.getInt32(static_cast<uint32_t>(v)); }
    llvm::Constant* u64(uint64_t v) { return builder_.getInt64(v); }
    llvm::Constant* f64(double v) { return llvm::ConstantFP::get(builder_.getDoubleTy(), v); }
    llvm::Constant* included_file(SourceRange);  // gsp_text; empty for the main file
    llvm::Constant* step_row(const ir::Step&);
    llvm::Constant* ereg_row(const ir::Ereg&);
    void emit_eregs();
    llvm::Constant* imports();

    const ir::Program& p_;
    llvm::LLVMContext& context_;
    const ModuleOptions& options_;
    std::unique_ptr<llvm::Module> module_;
    llvm::IRBuilder<> builder_;
    std::unique_ptr<llvm::DIBuilder> debug_;
    llvm::DICompileUnit* unit_ = nullptr;
    std::map<std::string, llvm::DIFile*, std::less<>> debug_files_;  // by name of the source file

    llvm::FunctionType *step_type_, *text_type_;
    std::vector<llvm::Function*> steps_, takes_, texts_;  // takes_: by step, null if it is no recv
    llvm::GlobalVariable* enter_event_ = nullptr;
    llvm::GlobalVariable* eregs_ = nullptr;
    std::set<std::string> imports_;
    std::map<std::string, llvm::Constant*, std::less<>> strings_;
};

// The body of one step function: emits blocks of the IR and what they mean.
class FunctionBuilder {
public:
    FunctionBuilder(ModuleBuilder&, llvm::Function*, uint32_t step);
    // Emits the block and all that it leads to; returns its LLVM block.
    llvm::BasicBlock* block(uint32_t index);
    void match_window(
        const std::vector<uint32_t>& steps);  // at the insertion point: take the message or return UNMATCHED
    llvm::Value* load(llvm::Value* base, const Field&);
    llvm::BasicBlock* new_block(const char* name);
    void finish();  // emits blocks that are still waiting

    llvm::Value *worker, *call, *event;
    llvm::IRBuilder<>& ir;

private:
    void emit(const ir::Op&);
    void terminate(const ir::Op&);
    void enter(uint32_t step);
    void tail_call(llvm::Function*, llvm::Value* event);
    void branch_if_expected(uint32_t step, llvm::BasicBlock* yes, llvm::BasicBlock* no);
    void return_next(uint32_t kind, uint32_t payload) { ir.CreateRet(ir.getInt32(GSP_NEXT(kind, payload))); }
    void store(llvm::Value* base, const Field&, llvm::Value*);
    llvm::Value* at(llvm::Value* base, const Field&);
    llvm::Value* variable(uint32_t slot);
    llvm::Value* load_number(uint32_t slot);
    llvm::Value* is_set(uint32_t slot);
    void store_number(uint32_t slot, uint32_t tag, llvm::Value* number);
    llvm::Value* divide(const ir::Op&);
    llvm::Value* call_action(const ir::Op&);
    llvm::Value* call_runtime(std::string_view name,
                              std::initializer_list<llvm::Value*> more);  // (worker, call, more…)
    llvm::Value* condition(uint32_t value);
    void wait_milliseconds(llvm::Value*);  // how long the next wait lasts
    llvm::Value* u32(uint32_t v) { return ir.getInt32(v); }
    llvm::Type* type(const Field&);

    ModuleBuilder& m_;
    llvm::Function* function_;
    uint32_t step_;
    std::map<uint32_t, llvm::BasicBlock*> blocks_;
    std::vector<uint32_t> waiting_;
    std::vector<llvm::Value*> values_;  // of the block being emitted, by operation
};

}  // namespace gsp::codegen
