// SPDX-License-Identifier: Apache-2.0
// The constant tables of gsp_program.
#include <algorithm>

#include "codegen/module_builder.h"

namespace gsp::codegen {

// What code refers to.
void ModuleBuilder::emit_operands() {
    Table<gsp_event> enter(operands_);
    static_assert(GSP_EV_ENTER == 0);
    enter.add();
    enter_event_at_ = enter.done();

    Table<gsp_ereg> eregs(operands_);
    for (const ir::Ereg& e : p_.eregs) {
        gsp_ereg& row = eregs.add();
        row.regex = e.regex;
        row.where = e.where;
        row.flags = e.flags;
        row.occurrence = e.occurrence;
        eregs.text(row.header, e.header);
        row.variable = e.variable;
        row.n_assign = static_cast<uint32_t>(e.assign.size());
        eregs.numbers(&row.assign, e.assign);
    }
    eregs_at_ = eregs.done();

    declare_functions();
    auto code_table = [&](const std::vector<Code>& codes) {
        Table<gsp_entry> rows(operands_);
        for (const Code& code : codes) {
            gsp_entry& row = rows.add();
            rows.point(&row.function, {code.function});
            if (code.constants_at) rows.point(&row.constants, {nullptr, code.constants_at});
        }
        return rows.done();
    };
    entries_at_ = code_table(entries_);
    takes_at_ = code_table(takes_);
    operands_global_ = operands_.finish(*module_, "operands", llvm::GlobalValue::PrivateLinkage);
}

// Empty for the main file.
std::string_view ModuleBuilder::included_file(SourceRange range) const {
    const std::string& name = p_.file->name(range.begin);
    return name == p_.file->name() ? std::string_view() : name;
}

void ModuleBuilder::emit_steps(Table<gsp_program>& owner, gsp_program& program) {
    Table<gsp_step> steps(data_);
    for (const ir::Step& s : p_.steps) {
        LineColumn lc = p_.file->line_column(s.range.begin);
        gsp_step& row = steps.add();
        row.kind = s.kind;
        row.flags = s.flags;
        row.method = s.method;
        row.status = s.status;
        row.retrans_ms = s.retrans_ms;
        row.timeout_ms = s.timeout_ms;
        row.timeout_var = s.timeout_var;
        row.txn = s.txn;
        row.ack_txn = s.ack_txn;
        row.regex = s.regex;
        row.command = s.command;
        row.longest_ms = s.longest_ms;
        steps.text(row.peer, s.peer);
        row.text = s.text;
        row.on_timeout = s.on_timeout;
        row.rtd_start = s.rtd_start;
        row.rtd_stop = s.rtd_stop;
        row.line = lc.line;
        row.column = lc.column;
        row.lost = s.lost;
        row.pause_ms = s.pause_ms;
        steps.text(row.label, s.label);
        CseqMethods methods(s);
        row.cseq_methods = methods.low;
        row.n_more_cseq_methods = static_cast<uint32_t>(methods.more.size());
        steps.numbers(&row.more_cseq_methods, methods.more);
        row.accept = s.accept;
        steps.text(row.file, included_file(s.range));
    }
    program.n_steps = p_.n_steps;
    program.n_all_steps = steps.size();
    steps.done(owner, &program.steps);

    program.n_accepts = static_cast<uint32_t>(takes_.size());
    owner.point(&program.entry, {operands_global_, entries_at_});
    if (!takes_.empty()) owner.point(&program.accepts, {operands_global_, takes_at_});
}

void ModuleBuilder::emit_texts(Table<gsp_program>& owner, gsp_program& program) {
    Table<gsp_template> texts(data_);
    Table<gsp_segment> segments(data_);
    Table<gsp_keyword_fn> keywords(data_);
    std::map<std::string_view, uint32_t> known;
    for (const ir::Text& text : p_.texts) {
        texts.add({segments.size(), static_cast<uint32_t>(text.segments.size()), text.finish});
        for (const ir::Segment& s : text.segments) {
            gsp_segment& row = segments.add();
            switch (s.kind) {
            case ir::Segment::RunText:
                row.kind = s.after_value ? GSP_SEGMENT_RUN_AFTER_VALUE : GSP_SEGMENT_RUN;
                row.index = s.run_text;
                break;
            case ir::Segment::Variable:
                row.kind = GSP_SEGMENT_VARIABLE;
                row.index = s.slot;
                break;
            case ir::Segment::Len:
                row.kind = s.from_start ? GSP_SEGMENT_LEN_FROM_START : GSP_SEGMENT_LEN;
                row.arg.offset = s.offset;
                break;
            case ir::Segment::Keyword: {
                auto [it, fresh] = known.try_emplace(s.function, keywords.size());
                if (fresh) keywords.point(&keywords.add(), {runtime(s.function)});
                row.kind = GSP_SEGMENT_KEYWORD;
                row.index = it->second;
                // Not the struct as a whole: its padding may hold anything.
                row.arg.offset = s.arg.offset;
                row.arg.step = s.arg.step;
                row.arg.index = s.arg.index;
                std::copy(std::begin(s.arg.args), std::end(s.arg.args), row.arg.args);
                segments.text(row.arg.text, s.arg_text);
            }
            }
        }
    }
    program.n_texts = texts.size();
    program.n_segments = segments.size();
    program.n_keywords = keywords.size();
    texts.done(owner, &program.texts);
    segments.done(owner, &program.segments);
    keywords.done(owner, &program.keywords);

    Table<gsp_piece> pieces(data_);
    for (const ir::Piece& x : p_.pieces) {
        gsp_piece& row = pieces.add();
        row.run_text = x.run_text;
        row.offset = x.offset;
        pieces.text(row.literal, x.literal);
        pieces.text(row.keyword, x.keyword);
    }
    program.n_pieces = pieces.size();
    program.n_run_texts = p_.n_run_texts;
    pieces.done(owner, &program.pieces);
}

void ModuleBuilder::emit_names(Table<gsp_program>& owner, gsp_program& program) {
    Table<gsp_regex> regexes(data_);
    for (const ir::Regex& x : p_.regexes) {
        gsp_regex& row = regexes.add();
        regexes.text(row.source, x.source);
        regexes.text(row.pattern, x.pattern);
        row.posix = x.posix;
        row.groups = x.groups;
        row.line = p_.file->line_column(x.range.begin).line;
        regexes.text(row.file, included_file(x.range));
    }
    program.n_regexes = regexes.size();
    regexes.done(owner, &program.regexes);

    Table<gsp_var> vars(data_);
    for (const ir::Var& x : p_.vars) {
        gsp_var& row = vars.add();
        vars.text(row.name, x.name);
        row.slot = x.slot;
    }
    program.n_vars = vars.size();
    program.n_user_vars = p_.count(ir::VarScope::User);
    program.n_global_vars = p_.count(ir::VarScope::Global);
    program.n_call_vars = p_.count(ir::VarScope::Call);
    vars.done(owner, &program.vars);

    Table<gsp_rtd> rtds(data_);
    for (const ir::Rtd& x : p_.rtds) {
        gsp_rtd& row = rtds.add();
        rtds.text(row.name, x.name);
        row.n_borders = static_cast<uint32_t>(x.borders.size());
        rtds.numbers(&row.borders, x.borders);
    }
    program.n_rtds = rtds.size();
    rtds.done(owner, &program.rtds);

    Table<gsp_counter> counters(data_);
    for (const std::string& x : p_.counters) counters.text(counters.add().name, x);
    program.n_counters = counters.size();
    counters.done(owner, &program.counters);

    auto texts = [&](const std::vector<std::string>& list, const void* member, uint32_t& count) {
        Table<gsp_text> rows(data_);
        for (const std::string& x : list) rows.text(rows.add(), x);
        count = rows.size();
        rows.done(owner, member);
    };
    texts(p_.methods, &program.methods, program.n_methods);
    texts(p_.kept_names, &program.kept_names, program.n_kept_names);
    texts(p_.files, &program.files, program.n_files);
    Table<gsp_text> media_files(data_);
    for (const ir::MediaFile& x : p_.media_files) media_files.text(media_files.add(), x.value);
    program.n_media_files = media_files.size();
    media_files.done(owner, &program.media_files);
}

void ModuleBuilder::emit_program() {
    const size_t at = data_.reserve(sizeof(gsp_program));  // the symbol stands at the beginning
    Table<gsp_program> owner(data_);
    gsp_program& program = owner.add();
    program.abi_major = GSP_ABI_MAJOR;
    program.size_of_this = sizeof(gsp_program);
    program.frame_hash = abi::frame_hash();
    owner.point(&program.producer, {nullptr, data_.text(options_.producer)});
    owner.point(&program.cpu, {nullptr, data_.text(options_.cpu)});
    owner.text(program.name, p_.name);
    owner.text(program.source, p_.source);
    program.flags = p_.flags;
    emit_steps(owner, program);
    emit_texts(owner, program);
    emit_names(owner, program);

    Table<gsp_late> late(data_);
    for (const ir::Late& x : p_.late) late.add({x.step, x.kind, x.resend});
    program.n_late = late.size();
    late.done(owner, &program.late);
    program.n_txns = static_cast<uint32_t>(p_.txns.size());
    program.unexpected_step = p_.unexpected_step;
    program.unexpected_return = p_.unexpected_return;
    program.unexpected_pause = p_.unexpected_pause;
    std::copy(p_.default_texts.begin(), p_.default_texts.end(), program.default_texts);
    program.n_length_borders = static_cast<uint32_t>(p_.length_borders.size());
    owner.numbers(&program.length_borders, p_.length_borders);
    Table<uint64_t> kept_headers(data_);
    for (uint64_t word : p_.kept_headers) kept_headers.add(word);
    kept_headers.done(owner, &program.kept_headers);

    Table<gsp_import> imports(data_);
    for (const std::string& name : imports_) {
        gsp_import& row = imports.add();
        imports.point(&row.name, {nullptr, data_.text(name)});
        row.signature = find_runtime_function(name)->signature;
    }
    program.n_imports = imports.size();
    imports.done(owner, &program.imports);
    owner.done_at(at);
    data_.finish(*module_, GSP_PROGRAM_SYMBOL, llvm::GlobalValue::ExternalLinkage);
}

}  // namespace gsp::codegen
