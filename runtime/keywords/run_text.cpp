// SPDX-License-Identifier: Apache-2.0
#include "runtime/keywords/run_text.h"

#include <algorithm>

namespace gsp::rt {

namespace {

struct RunKeyword {
    std::string_view name;
    void (*append)(const RunText&, int32_t offset, std::string& out);
};

constexpr RunKeyword kRunKeywords[] = {
#define GSP_KW_Run(name, function) {name, function},
#define GSP_KW_Call(name, function)
#define GSP_KW_Message(name, function)
#define GSP_KW_Special(name, function)
#define KEYWORD(name, bound, shape, function, ...) GSP_KW_##bound(#name, function)
#include "runtime/abi/keywords.def"
#undef KEYWORD
#undef GSP_KW_Run
#undef GSP_KW_Call
#undef GSP_KW_Message
#undef GSP_KW_Special
};

bool append_keyword(std::string_view name, int32_t offset, const RunText& run, std::string& out) {
    for (const RunKeyword& keyword : kRunKeywords) {
        if (keyword.name != name) continue;
        keyword.append(run, offset, out);
        return true;
    }
    for (const auto& [key, value] : run.config.call.keys) {
        if (key != name) continue;
        out += value;
        return true;
    }
    return false;
}

uint32_t leading_blank(std::string_view text) {
    return static_cast<uint32_t>(std::min(text.find_first_not_of(" \t\r\n"), text.size()));
}

}  // namespace

Result<RunTexts> RunTexts::join(const gsp_program& program, const RunText& run) {
    RunTexts out;
    out.bytes_ = std::make_unique<std::string>();
    std::vector<size_t> ends(program.n_run_texts, 0);
    for (uint32_t i = 0; i < program.n_pieces; ++i) {
        const gsp_piece& piece = program.pieces[i];
        if (piece.run_text >= program.n_run_texts)
            return Error{"the program is damaged: a piece of run text " + std::to_string(piece.run_text)};
        out.bytes_->append(piece.literal.ptr, piece.literal.len);
        std::string_view keyword{piece.keyword.ptr, piece.keyword.len};
        if (run.many_locals && (keyword == "local_ip" || keyword == "local_port"))
            out.holes_.push_back({static_cast<uint32_t>(out.bytes_->size()), keyword == "local_port", piece.offset});
        else if (!keyword.empty() && !append_keyword(keyword, piece.offset, run, *out.bytes_)) {
            return Error{"unknown keyword `[" + std::string(keyword) + "]`: neither built in nor given with -key"};
        }
        ends[piece.run_text] = out.bytes_->size();
    }
    size_t start = 0;
    uint32_t hole = 0;
    for (size_t end : ends) {
        end = std::max(end, start);
        std::string_view text = std::string_view(*out.bytes_).substr(start, end - start);
        const uint32_t first_hole = hole;
        for (; hole < out.holes_.size() && out.holes_[hole].at <= end; ++hole)
            out.holes_[hole].at -= static_cast<uint32_t>(start);
        out.texts_.push_back(
            {text.data(), static_cast<uint32_t>(text.size()), leading_blank(text), first_hole, hole - first_hole});
        start = end;
    }
    return out;
}

}  // namespace gsp::rt
