// SPDX-License-Identifier: Apache-2.0
#define PCRE2_CODE_UNIT_WIDTH 8
#include "runtime/actions/regex.h"

#include <pcre2.h>
#include <regex.h>

#include <algorithm>
#include <string>
#include <vector>

#include "runtime/call/source_line.h"

namespace gsp::rt {

namespace {

template <auto F>
struct Free {
    template <class T>
    void operator()(T* p) const {
        F(p);
    }
};

struct Posix {
    regex_t regex{};
    bool compiled = false;
    Posix() = default;
    Posix(const Posix&) = delete;
    ~Posix() {
        if (compiled) regfree(&regex);
    }
};

struct Compiled {
    std::unique_ptr<pcre2_code, Free<pcre2_code_free>> code;
    std::unique_ptr<pcre2_match_data, Free<pcre2_match_data_free>> data;
    std::unique_ptr<Posix> posix;
};

constexpr uint32_t kMatchLimit = 1'000'000;  // steps of one match: some 10 ms

Error bad_regex(const gsp_regex& source, std::string_view why) {
    return {source_line(source.line, source.file) + ": cannot compile the regular expression `" +
            std::string(source.pattern.ptr, source.pattern.len) + "`: " + std::string(why)};
}

Result<Compiled> compile_posix(const gsp_regex& source) {
    Compiled out;
    out.posix = std::make_unique<Posix>();
    std::string pattern(source.pattern.ptr, source.pattern.len);
    int flags = REG_EXTENDED | (source.case_indep ? REG_ICASE : 0);
    if (int code = regcomp(&out.posix->regex, pattern.c_str(), flags)) {
        char text[128];
        regerror(code, &out.posix->regex, text, sizeof text);
        return bad_regex(source, text);
    }
    out.posix->compiled = true;
    return out;
}

Result<Compiled> compile_pcre2(const gsp_regex& source) {
    Compiled out;
    int code = 0;
    PCRE2_SIZE offset = 0;
    uint32_t options = PCRE2_DOTALL | PCRE2_DOLLAR_ENDONLY | (source.case_indep ? PCRE2_CASELESS : 0);
    out.code.reset(pcre2_compile(reinterpret_cast<PCRE2_SPTR>(source.pattern.ptr), source.pattern.len, options, &code,
                                 &offset, nullptr));
    if (!out.code) {
        PCRE2_UCHAR text[256];
        pcre2_get_error_message(code, text, sizeof text);
        return bad_regex(source, reinterpret_cast<const char*>(text));
    }
    pcre2_jit_compile(out.code.get(), PCRE2_JIT_COMPLETE);  // without JIT the same code is interpreted
    out.data.reset(pcre2_match_data_create_from_pattern(out.code.get(), nullptr));
    return out;
}

void match_posix(const Compiled& regex, std::string_view subject, Regexes::Match& out) {
    regmatch_t groups[Regexes::kMaxGroups];
    groups[0].rm_so = 0;
    groups[0].rm_eo = static_cast<regoff_t>(subject.size());
    const char* text = subject.data() ? subject.data() : "";
    if (regexec(&regex.posix->regex, text, Regexes::kMaxGroups, groups, REG_STARTEND) != 0) return;
    out.matched = true;
    for (uint32_t i = 0; i < Regexes::kMaxGroups; ++i) {
        out.groups[i] = {};
        if (groups[i].rm_so >= 0)
            out.groups[i] = {text + groups[i].rm_so, static_cast<size_t>(groups[i].rm_eo - groups[i].rm_so)};
    }
}

}  // namespace

struct Regexes::Impl {
    std::vector<Compiled> regexes;
    std::unique_ptr<pcre2_match_context, Free<pcre2_match_context_free>> context{pcre2_match_context_create(nullptr)};
};

Regexes::Regexes() = default;
Regexes::~Regexes() = default;
Regexes::Regexes(Regexes&&) noexcept = default;
Regexes& Regexes::operator=(Regexes&&) noexcept = default;

Result<Regexes> Regexes::compile(const gsp_program& program) {
    Regexes out;
    out.impl_ = std::make_unique<Impl>();
    pcre2_set_match_limit(out.impl_->context.get(), kMatchLimit);
    pcre2_set_depth_limit(out.impl_->context.get(), kMatchLimit);
    for (uint32_t i = 0; i < program.n_regexes; ++i) {
        const gsp_regex& source = program.regexes[i];
        auto compiled = source.posix ? compile_posix(source) : compile_pcre2(source);
        if (!compiled) return compiled.error();
        out.impl_->regexes.push_back(std::move(*compiled));
    }
    return out;
}

void Regexes::match(uint32_t regex, std::string_view subject, Match& out) {
    out.matched = out.gave_up = false;
    const Compiled& compiled = impl_->regexes[regex];
    if (compiled.posix) return match_posix(compiled, subject, out);
    const char* text = subject.data() ? subject.data() : "";
    int n = pcre2_match(compiled.code.get(), reinterpret_cast<PCRE2_SPTR>(text), subject.size(), 0, 0,
                        compiled.data.get(), impl_->context.get());
    if (n <= 0) {
        out.gave_up = n != PCRE2_ERROR_NOMATCH;
        return;
    }
    out.matched = true;
    const PCRE2_SIZE* offsets = pcre2_get_ovector_pointer(compiled.data.get());
    uint32_t taken = std::min(static_cast<uint32_t>(n), kMaxGroups);
    for (uint32_t i = 0; i < kMaxGroups; ++i) {
        out.groups[i] = {};
        if (i < taken && offsets[2 * i] != PCRE2_UNSET)
            out.groups[i] = {text + offsets[2 * i], offsets[2 * i + 1] - offsets[2 * i]};
    }
}

}  // namespace gsp::rt
