// SPDX-License-Identifier: Apache-2.0
// The operations of ir/ops.def as LLVM instructions.
#include <llvm/IR/Intrinsics.h>

#include <bit>

#include "codegen/module_builder.h"

namespace gsp::codegen {

using ir::Op;
using ir::OpKind;

FunctionBuilder::FunctionBuilder(ModuleBuilder& m, llvm::Function* f, uint32_t step)
    : worker(f->getArg(0)), call(f->getArg(1)), event(f->getArg(2)), ir(m.builder_), m_(m), function_(f), step_(step) {
    ir.SetInsertPoint(new_block("entry"));
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
llvm::Value* FunctionBuilder::variable(uint32_t slot) {
    uint64_t offset = (slot & ~GSP_SCOPE_MASK) * sizeof(gsp_value);
    switch (slot & GSP_SCOPE_MASK) {
    case GSP_SCOPE_GLOBAL:
        return ir.CreateConstGEP1_64(ir.getInt8Ty(), load(worker, field::gsp_worker_globals), offset);
    case GSP_SCOPE_USER: return ir.CreateConstGEP1_64(ir.getInt8Ty(), load(call, field::gsp_call_user_vars), offset);
    default: return ir.CreateConstGEP1_64(ir.getInt8Ty(), call, GSP_FRAME_HEADER + offset);
    }
}

llvm::Value* FunctionBuilder::load_number(uint32_t slot) {
    llvm::Value* v = variable(slot);
    llvm::Value* is_number = ir.CreateICmpEQ(load(v, field::gsp_value_tag), u32(GSP_NUM));
    return ir.CreateSelect(is_number, load(v, field::gsp_value_num), m_.f64(0));
}

llvm::Value* FunctionBuilder::is_set(uint32_t slot) {
    llvm::Value* v = variable(slot);
    llvm::Value* tag = load(v, field::gsp_value_tag);
    llvm::Value* text = ir.CreateICmpUGE(tag, u32(GSP_STR));
    llvm::Value* number =
        ir.CreateAnd(ir.CreateICmpNE(tag, u32(GSP_UNSET)), ir.CreateFCmpUNE(load(v, field::gsp_value_num), m_.f64(0)));
    return ir.CreateSelect(text, ir.getTrue(), number);
}

void FunctionBuilder::store_number(uint32_t slot, uint32_t tag, llvm::Value* number) {
    const ir::Var* var = m_.p_.var(slot);
    if (var && (var->type == ir::VarType::Num || var->type == ir::VarType::Bool) && var->scope == ir::VarScope::Call) {
        llvm::Value* v = variable(slot);  // never holds text: nothing to release
        store(v, field::gsp_value_tag, u32(tag));
        store(v, field::gsp_value_num, number);
    } else if (tag == GSP_NUM) {
        call_runtime("gsp_var_set_num", {u32(slot), number});
    } else {
        call_runtime("gsp_var_set_bool", {u32(slot), ir.CreateFPToUI(number, ir.getInt32Ty())});
    }
}

llvm::Value* FunctionBuilder::divide(const Op& op) {
    llvm::Value *a = values_[op.a], *b = values_[op.b];
    llvm::BasicBlock *zero = new_block("zero"), *divide = new_block("divide"), *done = new_block("divided");
    ir.CreateCondBr(ir.CreateFCmpOEQ(b, m_.f64(0)), zero, divide);
    ir.SetInsertPoint(zero);
    call_runtime("gsp_warn_divide", {u32(step_)});
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
    for (uint32_t i = 0; i < op.c; ++i) {
        uint64_t v = m_.p_.args[op.b + i];
        args.push_back(row.params[i] == 'd' ? static_cast<llvm::Value*>(m_.f64(std::bit_cast<double>(v)))
                                            : u32(static_cast<uint32_t>(v)));
    }
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
    case OpKind::const_num: result = m_.f64(op.num); break;
    case OpKind::const_bool: result = ir.getInt1(op.a != 0); break;
    case OpKind::load_num: result = load_number(op.a); break;
    case OpKind::is_set: result = is_set(op.a); break;
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
        result = ir.CreateICmpNE(ir.CreateCall(m_.runtime("gsp_chance"), {worker, m_.f64(op.num)}), u32(0));
        break;
    case OpKind::sample: {
        const ir::Distribution& d = m_.p_.distributions[op.a];
        result = ir.CreateCall(m_.runtime("gsp_sample"), {worker, u32(d.kind), m_.f64(d.parameters[0]),
                                                          m_.f64(d.parameters[1]), m_.f64(d.parameters[2])});
        break;
    }
    case OpKind::store_num: store_number(op.a, GSP_NUM, values_[op.b]); break;
    case OpKind::store_bool: store_number(op.a, GSP_BOOL, ir.CreateUIToFP(values_[op.b], ir.getDoubleTy())); break;
    case OpKind::call_rt: result = call_action(op); break;
    case OpKind::ereg:
        result = call_runtime(
            "gsp_act_ereg", {event, ir.CreateConstInBoundsGEP1_64(ir.getInt8Ty(), m_.eregs_, op.a * sizeof(gsp_ereg))});
        break;
    case OpKind::strcmp: result = call_runtime("gsp_act_strcmp", {u32(op.a), u32(op.b), u32(op.c)}); break;
    case OpKind::gettimeofday: call_runtime("gsp_act_gettimeofday", {u32(op.a), u32(op.b)}); break;
    case OpKind::exec: result = call_runtime("gsp_act_exec", {u32(op.a), u32(op.b)}); break;
    case OpKind::rtp_echo: ir.CreateCall(m_.runtime("gsp_act_rtp_echo"), {worker, values_[op.a]}); break;
    case OpKind::stop: ir.CreateCall(m_.runtime("gsp_act_stop"), {worker, u32(op.a)}); break;
    case OpKind::fail: store(call, field::gsp_call_failure, u32(op.a)); break;
    case OpKind::step_done: call_runtime("gsp_step_done", {u32(op.a)}); break;
    case OpKind::rtd_start: call_runtime("gsp_rtd_start", {u32(op.a)}); break;
    case OpKind::rtd_stop: call_runtime("gsp_rtd_stop", {u32(op.a), u32(op.b)}); break;
    case OpKind::count: ir.CreateCall(m_.runtime("gsp_count"), {worker, u32(op.a)}); break;
    case OpKind::retrans_armed:
        result = ir.CreateICmpNE(ir.CreateAnd(load(call, field::gsp_call_flags), u32(GSP_CALL_RETRANS_ARMED)), u32(0));
        break;
    case OpKind::send: result = call_runtime("gsp_send", {u32(op.a)}); break;
    case OpKind::recv_begin:
        result = ir.CreateICmpNE(call_runtime("gsp_recv_begin", {event, u32(op.a)}), u32(0));
        break;
    case OpKind::recv_commit: call_runtime("gsp_recv_commit", {event, u32(op.a)}); break;
    case OpKind::recv_timeout: call_runtime("gsp_recv_timeout", {u32(op.a)}); break;
    case OpKind::send_cmd: result = call_runtime("gsp_send_cmd", {u32(op.a)}); break;
    case OpKind::recv_cmd: call_runtime("gsp_recv_cmd", {u32(op.a)}); break;
    case OpKind::wait_for:
        store(call, field::gsp_call_wait_ns, ir.getInt64(static_cast<uint64_t>(op.num * 1e6)));
        break;
    case OpKind::wait_pause: store(call, field::gsp_call_wait_ns, load(worker, field::gsp_worker_pause_ns)); break;
    case OpKind::wait_recv:
        store(call, field::gsp_call_wait_ns, load(worker, field::gsp_worker_recv_timeout_ns));
        break;
    case OpKind::wait_var: wait_milliseconds(load_number(op.a)); break;
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

void FunctionBuilder::tail_call(llvm::Function* f, llvm::Value* ev) {
    llvm::CallInst* result = ir.CreateCall(f, {worker, call, ev});
    result->setTailCallKind(llvm::CallInst::TCK_MustTail);  // loops of steps must not grow the stack
    ir.CreateRet(result);
}

void FunctionBuilder::enter(uint32_t step) {
    if (step == m_.p_.n_steps) return return_next(GSP_FINISH, GSP_OK);
    if (step <= step_) {
        llvm::BasicBlock *out_of_fuel = new_block("out of fuel"), *go = new_block("go");
        llvm::Value* fuel = ir.CreateSub(load(worker, field::gsp_worker_fuel), u32(1));
        store(worker, field::gsp_worker_fuel, fuel);
        ir.CreateCondBr(ir.CreateICmpSLT(fuel, u32(0)), out_of_fuel, go);
        ir.SetInsertPoint(out_of_fuel);
        return_next(GSP_YIELD, step);
        ir.SetInsertPoint(go);
    }
    tail_call(m_.steps_[step], m_.enter_event_);
}

void FunctionBuilder::terminate(const Op& op) {
    switch (op.kind) {
    case OpKind::br: ir.CreateBr(block(op.a)); break;
    case OpKind::br_if: ir.CreateCondBr(condition(op.a), block(op.b), block(op.c)); break;
    case OpKind::enter: enter(op.a); break;
    case OpKind::enter_var: {
        llvm::Value* step =
            ir.CreateIntrinsic(llvm::Intrinsic::fptoui_sat, {ir.getInt32Ty(), ir.getDoubleTy()}, {values_[op.a]});
        // 24 bits are the payload: anything above is out of range in any program.
        step = ir.CreateBinaryIntrinsic(llvm::Intrinsic::umin, step, u32(0xffffff));
        ir.CreateRet(ir.CreateOr(ir.CreateShl(step, 8), u32(GSP_GOTO)));
        break;
    }
    case OpKind::wait_message: return_next(GSP_WAIT_MESSAGE, op.a); break;
    case OpKind::wait_time: {
        llvm::BasicBlock* wait = new_block("wait");
        ir.CreateCondBr(ir.CreateICmpEQ(load(call, field::gsp_call_wait_ns), ir.getInt64(0)), block(op.b), wait);
        ir.SetInsertPoint(wait);
        return_next(GSP_WAIT_TIME, op.a);
        break;
    }
    case OpKind::wait_tx: return_next(GSP_WAIT_TX, op.a); break;
    case OpKind::stay: return_next(GSP_STAY, 0); break;
    case OpKind::finish: return_next(GSP_FINISH, op.a); break;
    case OpKind::finish_if: {
        llvm::BasicBlock* failed = new_block("failed");
        ir.CreateCondBr(condition(op.a), failed, block(op.b));
        ir.SetInsertPoint(failed);
        ir.CreateRet(ir.CreateOr(ir.CreateShl(values_[op.a], 8), u32(GSP_FINISH)));
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

void FunctionBuilder::branch_if_expected(uint32_t index, llvm::BasicBlock* yes, llvm::BasicBlock* no) {
    const ir::Step& s = m_.p_.steps[index];
    if (s.regex != ir::kNone || s.txn != ir::kNone) {
        ir.CreateCondBr(ir.CreateICmpNE(call_runtime("gsp_recv_matches", {event, u32(index)}), u32(0)), yes, no);
        return;
    }
    if (s.flags & GSP_STEP_REQUEST) {
        ir.CreateCondBr(ir.CreateICmpEQ(load(event, field::gsp_event_method), u32(s.method)), yes, no);
        return;
    }
    if (s.status == 0) {  // neither request nor response: never
        ir.CreateBr(no);
        return;
    }
    llvm::Value* same_code = ir.CreateICmpEQ(load(event, field::gsp_event_status), u32(s.status));
    if (index == 0) {
        ir.CreateCondBr(same_code, yes, no);
        return;
    }
    llvm::BasicBlock* check_cseq = new_block("cseq");
    ir.CreateCondBr(same_code, check_cseq, no);
    ir.SetInsertPoint(check_cseq);
    llvm::Value* method = load(event, field::gsp_event_cseq_method);
    uint64_t set = 1;  // no method in CSeq: matches any
    llvm::Value* more = ir.getFalse();
    for (uint32_t id : s.cseq_methods) {
        if (id < 64)
            set |= uint64_t{1} << id;
        else
            more = ir.CreateOr(more, ir.CreateICmpEQ(method, u32(id)));
    }
    llvm::Value* bit = ir.CreateLShr(ir.getInt64(set), ir.CreateZExt(ir.CreateAnd(method, u32(63)), ir.getInt64Ty()));
    llvm::Value* in_set = ir.CreateAnd(ir.CreateTrunc(bit, ir.getInt1Ty()), ir.CreateICmpULT(method, u32(64)));
    ir.CreateCondBr(ir.CreateOr(in_set, more), yes, no);
}

void FunctionBuilder::match_window(const std::vector<uint32_t>& steps) {
    for (uint32_t index : steps) {
        llvm::BasicBlock *take = new_block("take"), *other = new_block("other");
        branch_if_expected(index, take, other);
        ir.SetInsertPoint(take);
        tail_call(m_.takes_[index], event);
        ir.SetInsertPoint(other);
    }
    return_next(GSP_UNMATCHED, 0);
}

}  // namespace gsp::codegen
