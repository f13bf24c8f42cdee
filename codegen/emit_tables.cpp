// SPDX-License-Identifier: Apache-2.0
// The constant tables of gsp_program. Structs are laid out from offsetof of the C declarations, so there is no second
// description of them.
#include <algorithm>

#include "codegen/module_builder.h"

namespace gsp::codegen {

#define AT(type, member, value) \
    { offsetof(type, member), value }

llvm::Constant* ModuleBuilder::structure(size_t size, std::vector<Member> members) {
    std::sort(members.begin(), members.end(), [](const Member& a, const Member& b) { return a.offset < b.offset; });
    const llvm::DataLayout& layout = module_->getDataLayout();
    std::vector<llvm::Constant*> fields;
    size_t at = 0;
    auto fill_to = [&](size_t offset) {
        if (offset > at)
            fields.push_back(llvm::ConstantAggregateZero::get(llvm::ArrayType::get(builder_.getInt8Ty(), offset - at)));
        at = offset;
    };
    for (const Member& m : members) {
        fill_to(m.offset);
        fields.push_back(m.value);
        at += layout.getTypeAllocSize(m.value->getType());
    }
    fill_to(size);
    return llvm::ConstantStruct::getAnon(context_, fields, /*Packed=*/true);
}

llvm::Constant* ModuleBuilder::bytes(std::string_view text) {
    if (text.empty()) return llvm::ConstantPointerNull::get(builder_.getPtrTy());
    auto it = strings_.find(text);
    if (it == strings_.end())
        it = strings_
                 .emplace(text,
                          builder_.CreateGlobalString(llvm::StringRef(text.data(), text.size()), "", 0, module_.get()))
                 .first;
    return it->second;
}

llvm::Constant* ModuleBuilder::text(std::string_view t) {
    return structure(sizeof(gsp_text), {AT(gsp_text, ptr, bytes(t)), AT(gsp_text, len, u32(t.size()))});
}

llvm::Constant* ModuleBuilder::table(const char* name, const std::vector<llvm::Constant*>& rows) {
    if (rows.empty()) return llvm::ConstantPointerNull::get(builder_.getPtrTy());
    // Rows may differ in type (literal structs of the same size), so the array is a struct.
    llvm::Constant* all = llvm::ConstantStruct::getAnon(context_, rows, true);
    auto* global =
        new llvm::GlobalVariable(*module_, all->getType(), true, llvm::GlobalValue::PrivateLinkage, all, name);
    global->setAlignment(llvm::Align(8));
    return global;
}

llvm::Constant* ModuleBuilder::numbers(const char* name, const std::vector<uint32_t>& list) {
    std::vector<llvm::Constant*> rows;
    for (uint32_t n : list) rows.push_back(u32(n));
    return table(name, rows);
}

llvm::Constant* ModuleBuilder::included_file(SourceRange range) {
    const std::string& name = p_.file->name(range.begin);
    return text(name == p_.file->name() ? std::string_view() : name);
}

llvm::Constant* ModuleBuilder::step_row(const ir::Step& s) {
    LineColumn lc = p_.file->line_column(s.range.begin);
    uint64_t low = 1;
    std::vector<uint32_t> more;
    for (uint32_t id : s.cseq_methods) {
        if (id < 64)
            low |= uint64_t{1} << id;
        else
            more.push_back(id);
    }
    return structure(
        sizeof(gsp_step),
        {AT(gsp_step, kind, u32(s.kind)), AT(gsp_step, flags, u32(s.flags)), AT(gsp_step, method, u32(s.method)),
         AT(gsp_step, status, u32(s.status)), AT(gsp_step, retrans_ms, u32(s.retrans_ms)),
         AT(gsp_step, timeout_ms, u32(s.timeout_ms)), AT(gsp_step, timeout_var, u32(s.timeout_var)),
         AT(gsp_step, txn, u32(s.txn)), AT(gsp_step, ack_txn, u32(s.ack_txn)), AT(gsp_step, regex, u32(s.regex)),
         AT(gsp_step, command, u32(s.command)), AT(gsp_step, longest_ms, f64(s.longest_ms)),
         AT(gsp_step, peer, text(s.peer)), AT(gsp_step, text, u32(s.text)),
         AT(gsp_step, on_timeout, u32(s.on_timeout)), AT(gsp_step, rtd_start, u32(s.rtd_start)),
         AT(gsp_step, rtd_stop, u32(s.rtd_stop)), AT(gsp_step, line, u32(lc.line)),
         AT(gsp_step, column, u32(lc.column)), AT(gsp_step, lost, f64(s.lost)), AT(gsp_step, pause_ms, f64(s.pause_ms)),
         AT(gsp_step, label, text(s.label)), AT(gsp_step, cseq_methods, u64(low)),
         AT(gsp_step, more_cseq_methods, numbers("cseq_methods", more)),
         AT(gsp_step, n_more_cseq_methods, u32(more.size())), AT(gsp_step, accept, u32(s.accept)),
         AT(gsp_step, file, included_file(s.range))});
}

llvm::Constant* ModuleBuilder::ereg_row(const ir::Ereg& e) {
    return structure(sizeof(gsp_ereg),
                     {AT(gsp_ereg, regex, u32(e.regex)), AT(gsp_ereg, where, u32(e.where)),
                      AT(gsp_ereg, flags, u32(e.flags)), AT(gsp_ereg, occurrence, u32(e.occurrence)),
                      AT(gsp_ereg, header, text(e.header)), AT(gsp_ereg, variable, u32(e.variable)),
                      AT(gsp_ereg, n_assign, u32(e.assign.size())), AT(gsp_ereg, assign, numbers("assign", e.assign))});
}

void ModuleBuilder::emit_eregs() {
    std::vector<llvm::Constant*> rows;
    for (const ir::Ereg& e : p_.eregs) rows.push_back(ereg_row(e));
    if (!rows.empty()) eregs_ = llvm::cast<llvm::GlobalVariable>(table("eregs", rows));
}

llvm::Constant* ModuleBuilder::imports() {
    std::vector<llvm::Constant*> rows;
    for (const std::string& name : imports_)
        rows.push_back(
            structure(sizeof(gsp_import), {AT(gsp_import, name, bytes(name)),
                                           AT(gsp_import, signature, u64(find_runtime_function(name)->signature))}));
    return table("imports", rows);
}

void ModuleBuilder::emit_program() {
    std::vector<llvm::Constant*> entries(steps_.begin(), steps_.end()), texts(texts_.begin(), texts_.end());
    std::vector<llvm::Constant*> steps, accepts, pieces, late, regexes, vars, rtds, counters, methods, kept_names, files,
        media_files;
    for (const ir::Step& s : p_.steps) steps.push_back(step_row(s));
    for (uint32_t step : p_.accepts) accepts.push_back(takes_[step]);
    for (const ir::Piece& x : p_.pieces)
        pieces.push_back(structure(
            sizeof(gsp_piece),
            {AT(gsp_piece, run_text, u32(x.run_text)), AT(gsp_piece, offset, u32(static_cast<uint32_t>(x.offset))),
             AT(gsp_piece, literal, text(x.literal)), AT(gsp_piece, keyword, text(x.keyword))}));
    for (const ir::Late& x : p_.late)
        late.push_back(
            structure(sizeof(gsp_late), {AT(gsp_late, step, u32(x.step)), AT(gsp_late, kind, u32(x.kind)), AT(gsp_late, resend, u32(x.resend))}));
    for (const ir::Regex& x : p_.regexes)
        regexes.push_back(structure(sizeof(gsp_regex),
                                    {AT(gsp_regex, pattern, text(x.pattern)), AT(gsp_regex, posix, u32(x.posix)),
                                     AT(gsp_regex, groups, u32(x.groups)), AT(gsp_regex, case_indep, u32(x.case_indep)),
                                     AT(gsp_regex, line, u32(p_.file->line_column(x.range.begin).line)),
                                     AT(gsp_regex, file, included_file(x.range))}));
    for (const ir::Var& x : p_.vars)
        vars.push_back(structure(sizeof(gsp_var), {AT(gsp_var, name, text(x.name)), AT(gsp_var, slot, u32(x.slot))}));
    for (const ir::Rtd& x : p_.rtds)
        rtds.push_back(structure(sizeof(gsp_rtd),
                                 {AT(gsp_rtd, name, text(x.name)), AT(gsp_rtd, borders, numbers("borders", x.borders)),
                                  AT(gsp_rtd, n_borders, u32(x.borders.size()))}));
    for (const std::string& x : p_.counters)
        counters.push_back(structure(sizeof(gsp_counter), {AT(gsp_counter, name, text(x))}));
    for (const std::string& x : p_.methods) methods.push_back(text(x));
    for (const std::string& x : p_.kept_names) kept_names.push_back(text(x));

    for (const std::string& x : p_.files) files.push_back(text(x));
    for (const ir::MediaFile& x : p_.media_files) media_files.push_back(text(x.name));

    llvm::Constant* program = structure(
        sizeof(gsp_program),
        {AT(gsp_program, abi_major, u32(GSP_ABI_MAJOR)),
         AT(gsp_program, size_of_this, u32(sizeof(gsp_program))),
         AT(gsp_program, frame_hash, u64(abi::frame_hash())),
         AT(gsp_program, producer, bytes(options_.producer)),
         AT(gsp_program, cpu, bytes(options_.cpu)),
         AT(gsp_program, name, text(p_.name)),
         AT(gsp_program, source, text(p_.source)),
         AT(gsp_program, flags, u32(p_.flags)),
         AT(gsp_program, n_steps, u32(p_.n_steps)),
         AT(gsp_program, n_all_steps, u32(steps.size())),
         AT(gsp_program, n_txns, u32(p_.txns.size())),
         AT(gsp_program, n_files, u32(files.size())),
         AT(gsp_program, files, table("files", files)),
         AT(gsp_program, n_media_files, u32(media_files.size())),
         AT(gsp_program, media_files, table("media_files", media_files)),
         AT(gsp_program, unexpected_step, u32(p_.unexpected_step)),
         AT(gsp_program, unexpected_return, u32(p_.unexpected_return)),
         AT(gsp_program, unexpected_pause, u32(p_.unexpected_pause)),
         AT(gsp_program, default_texts, words(p_.default_texts)),
         AT(gsp_program, n_accepts, u32(accepts.size())),
         AT(gsp_program, n_texts, u32(texts.size())),
         AT(gsp_program, n_pieces, u32(pieces.size())),
         AT(gsp_program, n_run_texts, u32(p_.n_run_texts)),
         AT(gsp_program, n_late, u32(late.size())),
         AT(gsp_program, n_regexes, u32(regexes.size())),
         AT(gsp_program, n_vars, u32(vars.size())),
         AT(gsp_program, n_user_vars, u32(p_.count(ir::VarScope::User))),
         AT(gsp_program, n_global_vars, u32(p_.count(ir::VarScope::Global))),
         AT(gsp_program, n_call_vars, u32(p_.count(ir::VarScope::Call))),
         AT(gsp_program, n_rtds, u32(rtds.size())),
         AT(gsp_program, n_counters, u32(counters.size())),
         AT(gsp_program, n_methods, u32(methods.size())),
         AT(gsp_program, n_length_borders, u32(p_.length_borders.size())),
         AT(gsp_program, n_imports, u32(imports_.size())),
         AT(gsp_program, entry, table("entry", entries)),
         AT(gsp_program, steps, table("steps", steps)),
         AT(gsp_program, accepts, table("accepts", accepts)),
         AT(gsp_program, texts, table("texts", texts)),
         AT(gsp_program, pieces, table("pieces", pieces)),
         AT(gsp_program, late, table("late", late)),
         AT(gsp_program, regexes, table("regexes", regexes)),
         AT(gsp_program, vars, table("vars", vars)),
         AT(gsp_program, rtds, table("rtds", rtds)),
         AT(gsp_program, counters, table("counters", counters)),
         AT(gsp_program, methods, table("methods", methods)),
         AT(gsp_program, length_borders, numbers("length_borders", p_.length_borders)),
         AT(gsp_program, kept_headers, table("kept_headers", {u64(p_.kept_headers[0]), u64(p_.kept_headers[1])})),
         AT(gsp_program, kept_names, table("kept_names", kept_names)),
         AT(gsp_program, n_kept_names, u32(kept_names.size())),
         AT(gsp_program, imports, imports())});
    auto* global = new llvm::GlobalVariable(*module_, program->getType(), true, llvm::GlobalValue::ExternalLinkage,
                                            program, GSP_PROGRAM_SYMBOL);
    global->setAlignment(llvm::Align(16));
}

}  // namespace gsp::codegen
