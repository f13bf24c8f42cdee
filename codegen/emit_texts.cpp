// SPDX-License-Identifier: Apache-2.0
// Texts: copies of run texts, calls of keyword functions, holes for [len].
#include "codegen/module_builder.h"

namespace gsp::codegen {
namespace {

constexpr uint32_t kLenWidth = 5;  // SIPp prints [len] right-aligned in five columns

// char* f(worker, call, out, end): threads `out` through the segments; whatever does not fit returns null.
class TextBuilder {
public:
    TextBuilder(llvm::IRBuilder<>& builder, llvm::Function* f)
        : ir(builder),
          worker(f->getArg(0)),
          call(f->getArg(1)),
          start(f->getArg(2)),
          end(f->getArg(3)),
          out(start),
          function_(f) {
        overflow_ = llvm::BasicBlock::Create(f->getContext(), "overflow", f);
        ir.SetInsertPoint(llvm::BasicBlock::Create(f->getContext(), "entry", f, overflow_));
    }

    void go_on_unless(llvm::Value* overflow) {
        auto* next = llvm::BasicBlock::Create(function_->getContext(), "next", function_, overflow_);
        ir.CreateCondBr(overflow, overflow_, next);
        ir.SetInsertPoint(next);
    }
    void need(llvm::Value* bytes) { go_on_unless(ir.CreateICmpUGT(bytes, ir.CreatePtrDiff(ir.getInt8Ty(), end, out))); }
    void advance(llvm::Value* bytes) { out = ir.CreateInBoundsGEP(ir.getInt8Ty(), out, bytes); }
    void continue_with(llvm::Value* new_out) {
        go_on_unless(ir.CreateIsNull(new_out));
        out = new_out;
    }
    void finish() {
        ir.CreateRet(out);
        ir.SetInsertPoint(overflow_);
        ir.CreateRet(llvm::ConstantPointerNull::get(ir.getPtrTy()));
    }

    llvm::IRBuilder<>& ir;
    llvm::Value *worker, *call, *start, *end, *out;

private:
    llvm::Function* function_;
    llvm::BasicBlock* overflow_;
};

}  // namespace

void ModuleBuilder::emit_text(uint32_t index) {
    const ir::Text& source = p_.texts[index];
    builder_.SetCurrentDebugLocation(debug_location(texts_[index], source.range));
    TextBuilder t(builder_, texts_[index]);
    auto field_of = [&](llvm::Value* base, const Field& f, llvm::Type* type) {
        return builder_.CreateLoad(type, builder_.CreateConstInBoundsGEP1_64(builder_.getInt8Ty(), base, f.offset));
    };
    struct Hole {
        llvm::Value *at, *search_from;
        int32_t offset;
    };
    std::vector<Hole> holes;
    for (const ir::Segment& s : source.segments) {
        switch (s.kind) {
        case ir::Segment::RunText: {
            if (s.after_value) {
                t.continue_with(builder_.CreateCall(runtime("gsp_put_run"),
                                                    {t.worker, t.out, t.end, t.start, builder_.getInt32(s.run_text)}));
                break;
            }
            llvm::Value* run_texts = field_of(t.worker, field::gsp_worker_run_text, builder_.getPtrTy());
            llvm::Value* row =
                builder_.CreateConstInBoundsGEP1_64(builder_.getInt8Ty(), run_texts, s.run_text * sizeof(gsp_run_text));
            llvm::Value* from = field_of(row, field::gsp_run_text_ptr, builder_.getPtrTy());
            llvm::Value* length = builder_.CreateZExt(field_of(row, field::gsp_run_text_len, builder_.getInt32Ty()),
                                                      builder_.getInt64Ty());
            t.need(length);
            builder_.CreateMemCpy(t.out, llvm::MaybeAlign(1), from, llvm::MaybeAlign(1), length);
            t.advance(length);
            break;
        }
        case ir::Segment::Keyword: {
            llvm::Constant* arg =
                structure(sizeof(gsp_arg), {{offsetof(gsp_arg, text), text(s.arg_text)},
                                            {offsetof(gsp_arg, offset), u32(static_cast<uint32_t>(s.arg.offset))},
                                            {offsetof(gsp_arg, step), u32(s.arg.step)},
                                            {offsetof(gsp_arg, index), u32(s.arg.index)},
                                            {offsetof(gsp_arg, args), words(s.arg.args)}});
            t.continue_with(
                builder_.CreateCall(runtime(s.function), {t.worker, t.call, t.out, t.end, table("arg", {arg})}));
            break;
        }
        case ir::Segment::Variable:
            t.continue_with(builder_.CreateCall(runtime("gsp_put_var"),
                                                {t.worker, t.call, t.out, t.end, builder_.getInt32(s.slot)}));
            break;
        case ir::Segment::Len:
            t.need(builder_.getInt64(kLenWidth));
            holes.push_back({t.out, s.from_start ? t.start : t.out, s.offset});
            builder_.CreateMemSet(t.out, builder_.getInt8(' '), kLenWidth, llvm::MaybeAlign(1));
            t.advance(builder_.getInt64(kLenWidth));
        }
    }
    for (const Hole& hole : holes)
        builder_.CreateCall(runtime("gsp_patch_len"),
                            {hole.search_from, t.out, hole.at, builder_.getInt32(static_cast<uint32_t>(hole.offset))});
    if (source.finish)
        t.continue_with(builder_.CreateCall(runtime("gsp_finish_text"), {t.worker, t.call, t.start, t.out, t.end}));
    t.finish();
    builder_.SetCurrentDebugLocation({});
}

}  // namespace gsp::codegen
