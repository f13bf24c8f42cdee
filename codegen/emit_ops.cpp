// SPDX-License-Identifier: Apache-2.0
// The operations of ir/ops.def as LLVM instructions.
#include <llvm/IR/Intrinsics.h>

#include <bit>

#include "codegen/module_builder.h"

namespace gsp::codegen {

using ir::Op;
using ir::OpKind;

FunctionBuilder::FunctionBuilder(ModuleBuilder& m, llvm::Function* f, const Shape& shape)
    : m_(m),
      ir(m.builder_),
      function_(f),
      shape_(shape),
      step_(shape.steps.front()),
      worker(f->getArg(0)),
      call(f->getArg(1)),
      event(f->getArg(2)),
      constants(f->getArg(3)) {
    make_recipe(m.p_, m.vars_, step_, shape.part, &first_);
    ir.SetInsertPoint(new_block("entry"));
}

void FunctionBuilder::emit_entry() {
    const ir::Step& s = m_.p_.steps[step_];
    if (s.kind == GSP_STEP_END) return return_next(GSP_FINISH, u32(GSP_OK));
    llvm::BasicBlock *match = new_block("match"), *enter = block(s.enter);
    ir.SetCurrentDebugLocation(m_.debug_location(function_, s.range));
    llvm::SwitchInst* what = ir.CreateSwitch(load(event, field::gsp_event_kind), enter);
    what->addCase(ir.getInt32(GSP_EV_MESSAGE), match);
    if (s.timer != ir::kNone) what->addCase(ir.getInt32(GSP_EV_TIMER), block(s.timer));
    ir.SetInsertPoint(match);
    match_window();
    finish();
}

void FunctionBuilder::emit_take() {
    ir.CreateBr(block(m_.p_.steps[step_].take));
    finish();
}

llvm::Value* FunctionBuilder::constant(size_t index, llvm::Type* as) {
    const Column& column = shape_.columns[index];
    if (column.slot >= 0)
        return ir.CreateLoad(
            as, ir.CreateConstInBoundsGEP1_64(ir.getInt64Ty(), constants, static_cast<uint64_t>(column.slot)));
    if (as->isDoubleTy()) return m_.f64(std::bit_cast<double>(column.value));
    return llvm::ConstantInt::get(as, column.value);
}

llvm::BasicBlock* FunctionBuilder::new_block(const char* name) {
    return llvm::BasicBlock::Create(m_.context_, name, function_);
}

// ---- memory --------------------

llvm::Type* FunctionBuilder::type(const Field& f) {
    switch (f.type) {
    case Field::u64: return ir.getInt64Ty();
    case Field::f64: return ir.getDoubleTy();
    case Field::ptr: return ir.getPtrTy();
    default: return ir.getInt32Ty();
    }
}
llvm::Value* FunctionBuilder::at(llvm::Value* base, const Field& f) {
    return ir.CreateConstInBoundsGEP1_64(ir.getInt8Ty(), base, f.offset);
}
llvm::Value* FunctionBuilder::load(llvm::Value* base, const Field& f) {
    return ir.CreateLoad(type(f), at(base, f), f.name);
}
void FunctionBuilder::store(llvm::Value* base, const Field& f, llvm::Value* v) {
    ir.CreateStore(v, at(base, f));
}

llvm::Value* FunctionBuilder::call_runtime(std::string_view name, std::initializer_list<llvm::Value*> more) {
    llvm::SmallVector<llvm::Value*, 8> args{worker, call};
    args.append(more.begin(), more.end());
    return ir.CreateCall(m_.runtime(name), args);
}

// ---- variables --------------------

// Address of a gsp_value.
llvm::Value* FunctionBuilder::variable(const Op& op) {
    llvm::Value* base = call;
    uint64_t first = GSP_FRAME_HEADER;
    if (uint32_t scope = op.a & GSP_SCOPE_MASK; scope != GSP_SCOPE_CALL) {
        base =
            scope == GSP_SCOPE_GLOBAL ? load(worker, field::gsp_worker_globals) : load(call, field::gsp_call_user_vars);
        first = 0;
    }
    llvm::Value* index = ir.CreateZExt(ir.CreateAnd(u32_of(op), u32(~GSP_SCOPE_MASK)), ir.getInt64Ty());
    return ir.CreateGEP(ir.getInt8Ty(), base,
                        ir.CreateAdd(ir.CreateMul(index, ir.getInt64(sizeof(gsp_value))), ir.getInt64(first)));
}

llvm::Value* FunctionBuilder::load_number(const Op& op) {
    llvm::Value* v = variable(op);
    llvm::Value* is_number = ir.CreateICmpEQ(load(v, field::gsp_value_tag), u32(GSP_NUM));
    return ir.CreateSelect(is_number, load(v, field::gsp_value_num), m_.f64(0));
}

llvm::Value* FunctionBuilder::is_set(const Op& op) {
    llvm::Value* v = variable(op);
    llvm::Value* tag = load(v, field::gsp_value_tag);
    llvm::Value* text = ir.CreateICmpUGE(tag, u32(GSP_STR));
    llvm::Value* number =
        ir.CreateAnd(ir.CreateICmpNE(tag, u32(GSP_UNSET)), ir.CreateFCmpUNE(load(v, field::gsp_value_num), m_.f64(0)));
    return ir.CreateSelect(text, ir.getTrue(), number);
}

void FunctionBuilder::store_number(const Op& op, uint32_t tag, llvm::Value* number) {
    if (m_.vars_.holds_no_text(op.a)) {
        llvm::Value* v = variable(op);
        store(v, field::gsp_value_tag, u32(tag));
        store(v, field::gsp_value_num, number);
    } else if (tag == GSP_NUM) {
        call_runtime("gsp_var_set_num", {u32_of(op), number});
    } else {
        call_runtime("gsp_var_set_bool", {u32_of(op), ir.CreateFPToUI(number, ir.getInt32Ty())});
    }
}

llvm::Value* FunctionBuilder::divide(const Op& op) {
    llvm::Value *a = values_[op.a], *b = values_[op.b];
    llvm::BasicBlock *zero = new_block("zero"), *divide = new_block("divide"), *done = new_block("divided");
    ir.CreateCondBr(ir.CreateFCmpOEQ(b, m_.f64(0)), zero, divide);
    ir.SetInsertPoint(zero);
    call_runtime("gsp_warn_divide", {u32_at(0)});
    ir.CreateBr(done);
    ir.SetInsertPoint(divide);
    llvm::Value* quotient = ir.CreateFDiv(a, b);
    ir.CreateBr(done);
    ir.SetInsertPoint(done);
    llvm::PHINode* result = ir.CreatePHI(ir.getDoubleTy(), 2);
    result->addIncoming(a, zero);
    result->addIncoming(quotient, divide);
    return result;
}

// ---- actions --------------------

llvm::Value* FunctionBuilder::call_action(const Op& op) {
    const ir::ActionRow& row = ir::action_row(op.a);
    llvm::SmallVector<llvm::Value*, 8> args{worker, call, event};
    for (uint32_t i = 0; i < op.c; ++i)
        args.push_back(constant(first_.at(&op) + i, row.params[i] == 'd' ? ir.getDoubleTy() : ir.getInt32Ty()));
    return ir.CreateCall(m_.runtime(row.function), args);
}

void FunctionBuilder::wait_milliseconds(llvm::Value* ms) {
    llvm::Value* ns = ir.CreateFMul(ms, m_.f64(1e6));
    store(call, field::gsp_call_wait_ns,
          ir.CreateIntrinsic(llvm::Intrinsic::fptoui_sat, {ir.getInt64Ty(), ir.getDoubleTy()}, {ns}));
}

// Statuses count as true when something failed.
llvm::Value* FunctionBuilder::condition(uint32_t value) {
    llvm::Value* v = values_[value];
    return v->getType()->isIntegerTy(1) ? v : ir.CreateICmpNE(v, u32(0));
}

void FunctionBuilder::emit(const Op& op) {
    llvm::Value* result = nullptr;
    switch (op.kind) {
    case OpKind::const_num: result = f64_of(op); break;
    case OpKind::const_bool: result = ir.getInt1(op.a != 0); break;
    case OpKind::load_num: result = load_number(op); break;
    case OpKind::is_set: result = is_set(op); break;
    case OpKind::add: result = ir.CreateFAdd(values_[op.a], values_[op.b]); break;
    case OpKind::sub: result = ir.CreateFSub(values_[op.a], values_[op.b]); break;
    case OpKind::mul: result = ir.CreateFMul(values_[op.a], values_[op.b]); break;
    case OpKind::div: result = divide(op); break;
    case OpKind::cmp: {
        constexpr llvm::CmpInst::Predicate kPredicates[] = {llvm::CmpInst::FCMP_OEQ, llvm::CmpInst::FCMP_UNE,
                                                            llvm::CmpInst::FCMP_OGT, llvm::CmpInst::FCMP_OLT,
                                                            llvm::CmpInst::FCMP_OGE, llvm::CmpInst::FCMP_OLE};
        result = ir.CreateFCmp(kPredicates[op.c], values_[op.a], values_[op.b]);
        break;
    }
    case OpKind::not_: result = ir.CreateNot(values_[op.a]); break;
    case OpKind::chance:
        result = ir.CreateICmpNE(ir.CreateCall(m_.runtime("gsp_chance"), {worker, f64_of(op)}), u32(0));
        break;
    case OpKind::sample:
        result = ir.CreateCall(m_.runtime("gsp_sample"), {worker, u32(m_.p_.distributions[op.a].kind), f64_of(op, 0),
                                                          f64_of(op, 1), f64_of(op, 2)});
        break;
    case OpKind::store_num: store_number(op, GSP_NUM, values_[op.b]); break;
    case OpKind::store_bool: store_number(op, GSP_BOOL, ir.CreateUIToFP(values_[op.b], ir.getDoubleTy())); break;
    case OpKind::call_rt: result = call_action(op); break;
    case OpKind::ereg: {
        llvm::Value* offset = ir.CreateMul(constant(first_.at(&op), ir.getInt64Ty()), ir.getInt64(sizeof(gsp_ereg)));
        result =
            call_runtime("gsp_act_ereg", {event, ir.CreateGEP(ir.getInt8Ty(), m_.operand_at(m_.eregs_at_), offset)});
        break;
    }
    case OpKind::strcmp: result = call_runtime("gsp_act_strcmp", {u32_of(op), u32_of(op, 1), u32_of(op, 2)}); break;
    case OpKind::gettimeofday: call_runtime("gsp_act_gettimeofday", {u32_of(op), u32_of(op, 1)}); break;
    case OpKind::exec: result = call_runtime("gsp_act_exec", {u32(op.a), u32_of(op)}); break;
    case OpKind::rtp_echo: ir.CreateCall(m_.runtime("gsp_act_rtp_echo"), {worker, values_[op.a]}); break;
    case OpKind::stop: ir.CreateCall(m_.runtime("gsp_act_stop"), {worker, u32(op.a)}); break;
    case OpKind::fail: store(call, field::gsp_call_failure, u32(op.a)); break;
    case OpKind::step_done: call_runtime("gsp_step_done", {u32_of(op)}); break;
    case OpKind::rtd_start: call_runtime("gsp_rtd_start", {u32_of(op)}); break;
    case OpKind::rtd_stop: call_runtime("gsp_rtd_stop", {u32_of(op), u32(op.b)}); break;
    case OpKind::count: ir.CreateCall(m_.runtime("gsp_count"), {worker, u32_of(op)}); break;
    case OpKind::retrans_armed:
        result = ir.CreateICmpNE(ir.CreateAnd(load(call, field::gsp_call_flags), u32(GSP_CALL_RETRANS_ARMED)), u32(0));
        break;
    case OpKind::send: result = call_runtime("gsp_send", {u32_of(op)}); break;
    case OpKind::recv_begin:
        result = ir.CreateICmpNE(call_runtime("gsp_recv_begin", {event, u32_of(op)}), u32(0));
        break;
    case OpKind::recv_commit: call_runtime("gsp_recv_commit", {event, u32_of(op)}); break;
    case OpKind::recv_timeout: call_runtime("gsp_recv_timeout", {u32_of(op)}); break;
    case OpKind::ice_wait: result = call_runtime("gsp_ice_wait", {u32_of(op), u32(op.b)}); break;
    case OpKind::send_cmd: result = call_runtime("gsp_send_cmd", {u32_of(op)}); break;
    case OpKind::recv_cmd: call_runtime("gsp_recv_cmd", {u32_of(op)}); break;
    case OpKind::wait_for: store(call, field::gsp_call_wait_ns, constant(first_.at(&op), ir.getInt64Ty())); break;
    case OpKind::wait_pause: store(call, field::gsp_call_wait_ns, load(worker, field::gsp_worker_pause_ns)); break;
    case OpKind::wait_recv:
        store(call, field::gsp_call_wait_ns, load(worker, field::gsp_worker_recv_timeout_ns));
        break;
    case OpKind::wait_var: wait_milliseconds(load_number(op)); break;
    case OpKind::wait_value: wait_milliseconds(values_[op.a]); break;
    case OpKind::pause_until: call_runtime("gsp_pause_until", {values_[op.a]}); break;
    case OpKind::pause_resume: call_runtime("gsp_pause_resume", {}); break;
    default: terminate(op);
    }
    values_.push_back(result);
}

// ---- control --------------------

llvm::BasicBlock* FunctionBuilder::block(uint32_t index) {
    auto [it, fresh] = blocks_.try_emplace(index);
    if (fresh) {
        it->second = llvm::BasicBlock::Create(m_.context_, m_.p_.blocks[index].name, function_);
        waiting_.push_back(index);
    }
    return it->second;
}

void FunctionBuilder::finish() {
    while (!waiting_.empty()) {
        uint32_t index = waiting_.back();
        waiting_.pop_back();
        ir.SetInsertPoint(blocks_[index]);
        values_.clear();
        for (const Op& op : m_.p_.blocks[index].ops) {
            ir.SetCurrentDebugLocation(m_.debug_location(function_, op.loc));
            emit(op);
        }
    }
    ir.SetCurrentDebugLocation({});
}

void FunctionBuilder::return_next(uint32_t kind, llvm::Value* payload) {
    ir.CreateRet(ir.CreateOr(ir.CreateShl(payload, 8), u32(kind)));
}

// Goes on in the step or reception whose index is a constant: by name if it is always the same one, else by the table.
void FunctionBuilder::call_code(size_t index, const std::vector<ModuleBuilder::Code>& codes, size_t table_at,
                                llvm::Value* ev) {
    llvm::Value *function, *with;
    if (const Column& column = shape_.columns[index]; column.slot < 0) {
        const ModuleBuilder::Code& code = codes[column.value];
        function = code.function;
        with = code.constants_at ? m_.operand_at(code.constants_at) : llvm::ConstantPointerNull::get(ir.getPtrTy());
    } else {
        llvm::Value* offset = ir.CreateMul(constant(index, ir.getInt64Ty()), ir.getInt64(sizeof(gsp_entry)));
        llvm::Value* row = ir.CreateGEP(ir.getInt8Ty(), m_.operand_at(table_at), offset);
        function = load(row, field::gsp_entry_function);
        with = load(row, field::gsp_entry_constants);
    }
    llvm::CallInst* result = ir.CreateCall(m_.step_type_, function, {worker, call, ev, with});
    result->setTailCallKind(llvm::CallInst::TCK_MustTail);  // loops of steps must not grow the stack
    ir.CreateRet(result);
}

void FunctionBuilder::enter(const Op& op) {
    const Jump where = jump(m_.p_, step_, op.a);
    if (where == Jump::ToEnd) return return_next(GSP_FINISH, u32(GSP_OK));
    if (where == Jump::Backward) {
        llvm::BasicBlock *out_of_fuel = new_block("out of fuel"), *go = new_block("go");
        llvm::Value* fuel = ir.CreateSub(load(worker, field::gsp_worker_fuel), u32(1));
        store(worker, field::gsp_worker_fuel, fuel);
        ir.CreateCondBr(ir.CreateICmpSLT(fuel, u32(0)), out_of_fuel, go);
        ir.SetInsertPoint(out_of_fuel);
        return_next(GSP_YIELD, u32_of(op));
        ir.SetInsertPoint(go);
    }
    call_code(first_.at(&op), m_.entries_, m_.entries_at_, m_.operand_at(m_.enter_event_at_));
}

void FunctionBuilder::terminate(const Op& op) {
    switch (op.kind) {
    case OpKind::br: ir.CreateBr(block(op.a)); break;
    case OpKind::br_if: ir.CreateCondBr(condition(op.a), block(op.b), block(op.c)); break;
    case OpKind::enter: enter(op); break;
    case OpKind::enter_var: {
        llvm::Value* step =
            ir.CreateIntrinsic(llvm::Intrinsic::fptoui_sat, {ir.getInt32Ty(), ir.getDoubleTy()}, {values_[op.a]});
        // 24 bits are the payload: anything above is out of range in any program.
        step = ir.CreateBinaryIntrinsic(llvm::Intrinsic::umin, step, u32(0xffffff));
        return_next(GSP_GOTO, step);
        break;
    }
    case OpKind::wait_message: return_next(GSP_WAIT_MESSAGE, u32_of(op)); break;
    case OpKind::wait_time: {
        llvm::BasicBlock* wait = new_block("wait");
        ir.CreateCondBr(ir.CreateICmpEQ(load(call, field::gsp_call_wait_ns), ir.getInt64(0)), block(op.b), wait);
        ir.SetInsertPoint(wait);
        return_next(GSP_WAIT_TIME, u32_of(op));
        break;
    }
    case OpKind::wait_tx: return_next(GSP_WAIT_TX, u32_of(op)); break;
    case OpKind::stay: return_next(GSP_STAY, u32(0)); break;
    case OpKind::finish: return_next(GSP_FINISH, u32(op.a)); break;
    case OpKind::finish_if: {
        llvm::BasicBlock* failed = new_block("failed");
        ir.CreateCondBr(condition(op.a), failed, block(op.b));
        ir.SetInsertPoint(failed);
        return_next(GSP_FINISH, values_[op.a]);
        break;
    }
    case OpKind::fail_if: {
        llvm::BasicBlock* failed = new_block("failed");
        ir.CreateCondBr(condition(op.a), failed, block(op.c));
        ir.SetInsertPoint(failed);
        store(call, field::gsp_call_failure, values_[op.a]);
        ir.CreateBr(block(op.b));
        break;
    }
    default: llvm_unreachable("no such operation");
    }
}

// ---- matching --------------------

void FunctionBuilder::branch_if_expected(uint32_t step, llvm::BasicBlock* yes, llvm::BasicBlock* no) {
    const Expects what = expects(m_.p_, step);
    if (what == Expects::Nothing) {
        ir.CreateBr(no);
        return;
    }
    llvm::Value* expected = u32_at(next_constant_++);
    if (what == Expects::AskRuntime) {
        ir.CreateCondBr(ir.CreateICmpNE(call_runtime("gsp_recv_matches", {event, expected}), u32(0)), yes, no);
        return;
    }
    const Field& first = what == Expects::Method ? field::gsp_event_method : field::gsp_event_status;
    llvm::Value* same = ir.CreateICmpEQ(load(event, first), expected);
    if (what != Expects::StatusAndCseq) {
        ir.CreateCondBr(same, yes, no);
        return;
    }
    llvm::BasicBlock* check_cseq = new_block("cseq");
    ir.CreateCondBr(same, check_cseq, no);
    ir.SetInsertPoint(check_cseq);
    llvm::Value* method = load(event, field::gsp_event_cseq_method);
    llvm::Value* set = constant(next_constant_++, ir.getInt64Ty());
    llvm::Value* more = ir.getFalse();
    for (size_t n = CseqMethods(m_.p_.steps[step]).more.size(); n > 0; --n)
        more = ir.CreateOr(more, ir.CreateICmpEQ(method, u32_at(next_constant_++)));
    llvm::Value* bit = ir.CreateLShr(set, ir.CreateZExt(ir.CreateAnd(method, u32(63)), ir.getInt64Ty()));
    llvm::Value* in_set = ir.CreateAnd(ir.CreateTrunc(bit, ir.getInt1Ty()), ir.CreateICmpULT(method, u32(64)));
    ir.CreateCondBr(ir.CreateOr(in_set, more), yes, no);
}

void FunctionBuilder::match_window() {
    for (uint32_t step : m_.p_.steps[step_].window.steps) {
        llvm::BasicBlock *take = new_block("take"), *other = new_block("other");
        branch_if_expected(step, take, other);
        ir.SetInsertPoint(take);
        call_code(next_constant_++, m_.takes_, m_.takes_at_, event);
        ir.SetInsertPoint(other);
    }
    return_next(GSP_UNMATCHED, u32(0));
}

}  // namespace gsp::codegen
