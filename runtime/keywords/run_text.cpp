// SPDX-License-Identifier: Apache-2.0
#include "runtime/keywords/run_text.h"

#include <algorithm>
#include <optional>

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

constexpr std::string_view kLineEnd = "\r\n";

// The lines of -sip_extra_header, of which there may be none: then their line is none either. `renders_nothing`: the
// keyword of `piece`; `next` is the piece behind it.
bool is_empty_line(const gsp_piece& piece, const gsp_piece& next, bool renders_nothing) {
    return renders_nothing && std::string_view(piece.keyword.ptr, piece.keyword.len) == "trunk_extra" &&
           std::string_view(piece.literal.ptr, piece.literal.len).ends_with(kLineEnd) &&
           std::string_view(next.literal.ptr, next.literal.len).starts_with(kLineEnd);
}

// What of each call stands for the keyword; nothing: it is the same for all.
std::optional<AddressHole::What> own_of_calls(std::string_view keyword, const RunText& run) {
    using What = AddressHole::What;
    if (run.many_locals && keyword == "local_ip") return What::LocalIp;
    if (run.many_locals && keyword == "local_port") return What::LocalPort;
    if (!run.targets.empty() && keyword == "remote_ip") return What::RemoteIp;
    if (!run.targets.empty() && keyword == "remote_port") return What::RemotePort;
    return {};
}

uint32_t leading_blank(std::string_view text) {
    return static_cast<uint32_t>(std::min(text.find_first_not_of(" \t\r\n"), text.size()));
}

}  // namespace

Result<RunTexts> RunTexts::join(const gsp_program& program, const RunText& run) {
    RunTexts out;
    out.bytes_ = std::make_unique<std::string>();
    std::vector<size_t> ends(program.n_run_texts, 0);
    std::vector<uint32_t> hole_texts;  // in which text each hole is
    for (uint32_t i = 0; i < program.n_pieces; ++i) {
        const gsp_piece& piece = program.pieces[i];
        if (piece.run_text >= program.n_run_texts)
            return Error{"the program is damaged: a piece of run text " + std::to_string(piece.run_text)};
        out.bytes_->append(piece.literal.ptr, piece.literal.len);
        std::string_view keyword{piece.keyword.ptr, piece.keyword.len};
        const size_t size_before = out.bytes_->size();
        if (const auto what = own_of_calls(keyword, run)) {
            out.holes_.push_back({static_cast<uint32_t>(size_before), *what, piece.offset});
            hole_texts.push_back(piece.run_text);
        } else if (!keyword.empty() && !append_keyword(keyword, piece.offset, run, *out.bytes_)) {
            return Error{"unknown keyword `[" + std::string(keyword) + "]`: neither built in nor given with -key"};
        }
        const bool last = i + 1 == program.n_pieces || program.pieces[i + 1].run_text != piece.run_text;
        if (!last && is_empty_line(piece, program.pieces[i + 1], out.bytes_->size() == size_before))
            out.bytes_->erase(size_before - kLineEnd.size());
        ends[piece.run_text] = out.bytes_->size();
    }
    size_t start = 0;
    uint32_t hole = 0;
    for (uint32_t i = 0; i < program.n_run_texts; ++i) {
        const size_t end = std::max(ends[i], start);
        std::string_view text = std::string_view(*out.bytes_).substr(start, end - start);
        const uint32_t first_hole = hole;
        for (; hole < hole_texts.size() && hole_texts[hole] == i; ++hole)
            out.holes_[hole].at -= static_cast<uint32_t>(start);
        out.texts_.push_back(
            {text.data(), static_cast<uint32_t>(text.size()), leading_blank(text), first_hole, hole - first_hole});
        start = end;
    }
    return out;
}

}  // namespace gsp::rt
