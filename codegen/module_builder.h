// SPDX-License-Identifier: Apache-2.0
// ir::Program → llvm::Module: functions of steps and of accepted messages, and the constant tables of gsp_program.
// Internal to codegen/.
#pragma once
#include <llvm/IR/DIBuilder.h>
#include <llvm/IR/IRBuilder.h>
#include <llvm/IR/Module.h>
#include <llvm/Target/TargetMachine.h>

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "codegen/data_builder.h"
#include "codegen/recipe.h"
#include "codegen/rt_decls.h"
#include "ir/program.h"

namespace gsp::codegen {

struct ModuleOptions {
    bool debug_info = true;
    bool share_functions = true;  // among steps that differ only in numbers
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
    void attach_line(llvm::Function*, SourceRange);
    llvm::DIFile* debug_file(SourceRange);
    llvm::DebugLoc debug_location(llvm::Function*, SourceRange);  // none if the function has no lines
    void emit_function(const Shape&, llvm::Function*);
    llvm::Function* runtime(std::string_view name);  // declares it and notes the import

    // constants (emit_tables.cpp)
    void emit_program();
    void emit_operands();
    void emit_steps(Table<gsp_program>&, gsp_program&);
    void emit_texts(Table<gsp_program>&, gsp_program&);
    void emit_names(Table<gsp_program>&, gsp_program&);
    std::string_view included_file(SourceRange) const;
    llvm::Constant* operand_at(size_t offset);  // pointer into operands_
    llvm::Constant* f64(double v) { return llvm::ConstantFP::get(builder_.getDoubleTy(), v); }

    const ir::Program& p_;
    llvm::LLVMContext& context_;
    const ModuleOptions& options_;
    std::unique_ptr<llvm::Module> module_;
    llvm::IRBuilder<> builder_;
    std::unique_ptr<llvm::DIBuilder> debug_;
    llvm::DICompileUnit* unit_ = nullptr;
    std::map<std::string, llvm::DIFile*, std::less<>> debug_files_;  // by name of the source file

    // What code refers to of a step or a taken message.
    struct Code {
        llvm::Function* function = nullptr;
        size_t constants_at = 0;  // in operands_; 0: it is called with none
    };
    llvm::FunctionType* step_type_;
    VarIndex vars_;
    std::vector<Shape> shapes_;
    std::vector<llvm::Function*> functions_;  // by shape
    std::vector<Code> entries_, takes_;       // by step; takes_: by accept index
    DataBuilder operands_, data_;             // what code refers to; what the runtime reads
    llvm::GlobalVariable* operands_global_ = nullptr;
    size_t enter_event_at_ = 0, eregs_at_ = 0, entries_at_ = 0, takes_at_ = 0;  // in operands_
    std::set<std::string> imports_;
};

// The body of one step function: emits blocks of the IR and what they mean.
class FunctionBuilder {
public:
    FunctionBuilder(ModuleBuilder&, llvm::Function*, const Shape&);
    void emit_entry();
    void emit_take();

private:
    llvm::BasicBlock* block(uint32_t index);  // its LLVM block; emitted by finish()
    llvm::BasicBlock* new_block(const char* name);
    void finish();
    void match_window();  // take the message or return UNMATCHED
    void emit(const ir::Op&);
    void terminate(const ir::Op&);
    void enter(const ir::Op&);
    void call_code(size_t constant, const std::vector<ModuleBuilder::Code>&, size_t table_at, llvm::Value* event);
    void branch_if_expected(uint32_t step, llvm::BasicBlock* yes, llvm::BasicBlock* no);
    void return_next(uint32_t kind, llvm::Value* payload);

    // Constants of the recipe: immediate, or loaded from what the function is called with.
    llvm::Value* constant(size_t index, llvm::Type*);
    llvm::Value* u32_at(size_t index) { return constant(index, ir.getInt32Ty()); }
    llvm::Value* u32_of(const ir::Op& op, size_t n = 0) { return u32_at(first_.at(&op) + n); }
    llvm::Value* f64_of(const ir::Op& op, size_t n = 0) { return constant(first_.at(&op) + n, ir.getDoubleTy()); }

    llvm::Value* load(llvm::Value* base, const Field&);
    void store(llvm::Value* base, const Field&, llvm::Value*);
    llvm::Value* at(llvm::Value* base, const Field&);
    llvm::Value* variable(const ir::Op&);  // the one that its operand `a` names
    llvm::Value* load_number(const ir::Op&);
    llvm::Value* is_set(const ir::Op&);
    void store_number(const ir::Op&, uint32_t tag, llvm::Value* number);
    llvm::Value* divide(const ir::Op&);
    llvm::Value* call_action(const ir::Op&);
    llvm::Value* call_runtime(std::string_view name,
                              std::initializer_list<llvm::Value*> more);  // (worker, call, more…)
    llvm::Value* condition(uint32_t value);
    void wait_milliseconds(llvm::Value*);  // how long the next wait lasts
    llvm::Value* u32(uint32_t v) { return ir.getInt32(v); }
    llvm::Type* type(const Field&);

    ModuleBuilder& m_;
    llvm::IRBuilder<>& ir;
    llvm::Function* function_;
    const Shape& shape_;
    const uint32_t step_;  // the first that it serves
    FirstConstant first_;
    size_t next_constant_ = 1;  // of the window
    llvm::Value *worker, *call, *event, *constants;
    std::map<uint32_t, llvm::BasicBlock*> blocks_;
    std::vector<uint32_t> waiting_;
    std::vector<llvm::Value*> values_;  // of the block being emitted, by operation
};

}  // namespace gsp::codegen
