// SPDX-License-Identifier: Apache-2.0
// Lowering of texts: literals and run-bound keywords merge into run texts; what remains are holes.
#include <algorithm>

#include "ir/lowering.h"

namespace gsp::ir {
namespace {

std::string with_crlf(std::string_view text) {
    std::string out;
    out.reserve(text.size() + text.size() / 16);
    for (char c : text) {
        if (c == '\n') out += '\r';
        out += c;
    }
    return out;
}

// Values that may be empty, alone on their line, or hold several lines.
bool is_value(const Segment& s) {
    if (s.kind == Segment::Variable) return true;
    return s.kind == Segment::Keyword && (s.keyword == "last_" || s.keyword == "routes" || s.keyword == "field");
}
bool may_hold_blank_line(const Segment& s) {
    return s.kind == Segment::Variable ||
           (s.kind == Segment::Keyword && (s.keyword == "last_message" || s.keyword == "field" || s.keyword == "file"));
}

const ast::KeywordArg* find_arg(const ast::Part& part, std::string_view key) {
    for (const ast::KeywordArg& a : part.args)
        if (a.key == key) return &a;
    return nullptr;
}

// Keywords that leave something to do when the rest of the text is there: an Authorization header depends on the body,
// and the value of an injection file may be one.
bool is_finished_later(const Segment& s) {
    return s.kind == Segment::Keyword && (s.keyword == "authentication" || s.keyword == "field");
}

}  // namespace

// The number of an injection file in Program::files; with what is known of -inf, refused if it is not there.
uint32_t Lowering::injection_file(std::string_view name, SourceRange range) {
    if (options_.files && options_.files->empty()) {
        diag_.emit(D::NoInjectionFile, range);
    } else if (options_.files && !name.empty() &&
               std::find(options_.files->begin(), options_.files->end(), name) == options_.files->end()) {
        auto d = diag_.emit(D::UnknownInjectionFile, range, {std::string(name)});
        if (auto near = nearest(name, {options_.files->begin(), options_.files->end()}); !near.empty())
            d.note("did you mean `" + std::string(near) + "`?", range);
    }
    auto it = std::find(p_.files.begin(), p_.files.end(), name);
    if (it == p_.files.end()) it = p_.files.insert(it, std::string(name));
    return static_cast<uint32_t>(it - p_.files.begin());
}

static_assert(kMaxKeywordArgs == GSP_MAX_KEYWORD_ARGS);

void Lowering::lower_keyword(const ast::Part& part, Segment& s, uint32_t step) {
    const std::string_view name = part.keyword->name;
    s.arg.offset = part.offset;
    s.arg.step = step;
    s.arg.index = part.index;
    s.arg_text = part.text;
    std::fill(std::begin(s.arg.args), std::end(s.arg.args), kNone);
    if (name == "last_") {
        std::string_view header = part.text;
        if (header.ends_with(':')) header.remove_suffix(1);
        s.arg.index = find_header(header);
    }
    if (name == "tdmmap") p_.flags |= GSP_PROGRAM_TDMMAP;
    if (name == "fingerprint" || name == "setup") p_.flags |= GSP_PROGRAM_MEDIA;
    if (name.starts_with("rtpstream_")) p_.flags |= GSP_PROGRAM_RTP_PORTS;
    if (name.starts_with("ice_")) p_.flags |= GSP_PROGRAM_ICE | GSP_PROGRAM_MEDIA;
    uint32_t column = 0;
    for (const AttrSpec& spec : part.keyword->args()) {
        uint32_t& slot = s.arg.args[column++];
        const ast::KeywordArg* given = find_arg(part, spec.name);
        if (spec.kind == AttrKind::Csv) slot = injection_file(given ? given->value : "", part.range);
        if (!given) continue;
        if (spec.kind == AttrKind::Var) slot = variable(given->value, given->range, Use::ReadNumber);
        if (spec.kind == AttrKind::Text) slot = lower_text({given->text, given->range}, step, LineEnds::Kept);
    }
}

uint32_t Lowering::lower_text(const ast::Text& in, uint32_t step, LineEnds line_ends) {
    const auto literal = [&](const std::string& text) { return line_ends == LineEnds::Crlf ? with_crlf(text) : text; };
    Text text;
    text.step = step;
    text.range = in.range;
    bool open = false;        // the last segment is a run text that can grow
    bool blank_line = false;  // one stood above, or may have
    bool in_body = false;     // a blank line certainly stood above
    int authentications = 0;

    auto run_text = [&]() {
        if (open) return;
        bool after_value = !text.segments.empty() && is_value(text.segments.back());
        text.segments.push_back({.kind = Segment::RunText, .after_value = after_value, .run_text = p_.n_run_texts++});
        open = true;
    };
    auto hole = [&](Segment segment) {
        if (may_hold_blank_line(segment)) blank_line = true;
        text.segments.push_back(std::move(segment));
        open = false;
    };

    for (const ast::Part& part : in.parts) {
        std::string_view name = part.keyword ? part.keyword->name : "";
        if (part.is_literal()) {
            if (part.text.find("\n\n") != std::string::npos) blank_line = in_body = true;
            bool grow = open && p_.pieces.back().keyword.empty();
            run_text();
            if (grow)
                p_.pieces.back().literal += literal(part.text);
            else
                p_.pieces.push_back({p_.n_run_texts - 1, literal(part.text), "", 0});
        } else if (part.user_key || part.keyword->bound == Bound::Run) {
            bool grow = open && p_.pieces.back().keyword.empty();
            run_text();
            if (!grow) p_.pieces.push_back({p_.n_run_texts - 1, "", "", 0});
            p_.pieces.back().keyword = part.user_key ? part.text : std::string(name);
            p_.pieces.back().offset = part.offset;
        } else if (name == "$") {
            hole({.kind = Segment::Variable, .slot = variable(part.text, part.range, Use::Read)});
        } else if (name == "len") {
            hole({.kind = Segment::Len, .from_start = blank_line, .offset = part.offset});
        } else {
            Segment s{.kind = Segment::Keyword,
                      .function = part.keyword->function,
                      .keyword = std::string(name),
                      .per_call = part.keyword->bound == Bound::Call};
            lower_keyword(part, s, step);
            text.finish |= is_finished_later(s);
            authentications += name == "authentication";
            if (name == "authentication" && (authentications > 1 || in_body))
                diag_.emit(D::AuthenticationPlace, part.range);
            hole(std::move(s));
        }
    }
    p_.texts.push_back(std::move(text));
    return static_cast<uint32_t>(p_.texts.size() - 1);
}

}  // namespace gsp::ir
