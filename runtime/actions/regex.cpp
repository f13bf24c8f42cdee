// SPDX-License-Identifier: Apache-2.0
#define PCRE2_CODE_UNIT_WIDTH 8
#include "runtime/actions/regex.h"

#include <pcre2.h>
#include <regex.h>

#include <cstring>
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
    int code = REG_NOMATCH;  // of regcomp
    explicit Posix(const gsp_regex& source) : code(regcomp(&regex, source.source.ptr, REG_EXTENDED)) {}
    Posix(const Posix&) = delete;
    ~Posix() {
        if (code == 0) regfree(&regex);
    }

    // `groups` has room for one at least.
    bool finds(std::string_view subject, regmatch_t* groups, size_t n_groups) const {
        groups[0].rm_so = 0;
        groups[0].rm_eo = static_cast<regoff_t>(subject.size());
        return code == 0 && regexec(&regex, subject.data(), n_groups, groups, REG_STARTEND) == 0;
    }
};

struct Compiled {
    std::unique_ptr<pcre2_code, Free<pcre2_code_free>> code;
    std::unique_ptr<Posix> posix;
    bool jit = false;
};

constexpr uint32_t kMatchLimit = 1'000'000;                        // steps of one match: some 10 ms
constexpr size_t kFirstStack = 32 << 10, kLargestStack = 1 << 20;  // bytes, of compiled expressions

Error bad_regex(const gsp_regex& source, std::string_view why) {
    return {source_line(source.line, source.file) + ": cannot compile the regular expression `" +
            std::string(source.source.ptr, source.source.len) + "`: " + std::string(why)};
}

Result<Compiled> compile_posix(const gsp_regex& source) {
    Compiled out;
    out.posix = std::make_unique<Posix>(source);
    if (out.posix->code == 0) return out;
    char text[128];
    regerror(out.posix->code, &out.posix->regex, text, sizeof text);
    return bad_regex(source, text);
}

Result<Compiled> compile_pcre2(const gsp_regex& source) {
    Compiled out;
    int code = 0;
    PCRE2_SIZE offset = 0;
    uint32_t options = PCRE2_DOTALL | PCRE2_DOLLAR_ENDONLY;
    out.code.reset(pcre2_compile(reinterpret_cast<PCRE2_SPTR>(source.pattern.ptr), source.pattern.len, options, &code,
                                 &offset, nullptr));
    if (!out.code) {
        PCRE2_UCHAR text[256];
        pcre2_get_error_message(code, text, sizeof text);
        return bad_regex(source, reinterpret_cast<const char*>(text));
    }
    out.jit = pcre2_jit_compile(out.code.get(), PCRE2_JIT_COMPLETE) == 0;  // else the same code is interpreted
    return out;
}

std::string_view up_to_nul(std::string_view subject) {
    if (!subject.data()) return "";
    const void* nul = memchr(subject.data(), 0, subject.size());
    return nul ? std::string_view(subject.data(), static_cast<const char*>(nul)) : subject;
}

std::string_view group_of(std::string_view subject, size_t begin, size_t end) {
    return {subject.data() + begin, end - begin};
}

void match_posix(const Posix& posix, std::string_view subject, Regexes::Match& out) {
    regmatch_t groups[Regexes::kMaxGroups];
    out.matched = posix.finds(subject, groups, Regexes::kMaxGroups);
    if (!out.matched) return;
    for (uint32_t i = 0; i < Regexes::kMaxGroups; ++i) {
        out.groups[i] = {};
        if (groups[i].rm_so >= 0)
            out.groups[i] =
                group_of(subject, static_cast<size_t>(groups[i].rm_so), static_cast<size_t>(groups[i].rm_eo));
    }
}

}  // namespace

struct Regexes::Impl {
    static constexpr int kAskPosix = -1000;

    const gsp_regex* sources = nullptr;
    std::vector<Compiled> regexes;
    std::unique_ptr<pcre2_match_context, Free<pcre2_match_context_free>> context{pcre2_match_context_create(nullptr)};
    std::unique_ptr<pcre2_match_data, Free<pcre2_match_data_free>> data{pcre2_match_data_create(kMaxGroups, nullptr)};
    std::unique_ptr<pcre2_jit_stack, Free<pcre2_jit_stack_free>> stack{
        pcre2_jit_stack_create(kFirstStack, kLargestStack, nullptr)};

    // pcre2_match's result: the number of groups up to the last that took part (0: more than kMaxGroups), or negative.
    // Where the C library has to match, because it always had to or because a limit was reached: kAskPosix.
    int run_pcre2(uint32_t index, std::string_view subject) {
        Compiled& regex = regexes[index];
        if (regex.posix) return kAskPosix;
        auto* text = reinterpret_cast<PCRE2_SPTR>(subject.data());
        auto* run = regex.jit ? pcre2_jit_match : pcre2_match;
        int n = run(regex.code.get(), text, subject.size(), 0, 0, data.get(), context.get());
        if (n >= PCRE2_ERROR_NOMATCH) return n;
        regex.posix = std::make_unique<Posix>(sources[index]);
        return kAskPosix;
    }
};

Regexes::Regexes() = default;
Regexes::~Regexes() = default;
Regexes::Regexes(Regexes&&) noexcept = default;
Regexes& Regexes::operator=(Regexes&&) noexcept = default;

Result<Regexes> Regexes::compile(const gsp_program& program) {
    Regexes out;
    out.impl_ = std::make_unique<Impl>();
    out.impl_->sources = program.regexes;
    pcre2_set_match_limit(out.impl_->context.get(), kMatchLimit);
    pcre2_set_depth_limit(out.impl_->context.get(), kMatchLimit);
    pcre2_jit_stack_assign(out.impl_->context.get(), nullptr, out.impl_->stack.get());
    for (uint32_t i = 0; i < program.n_regexes; ++i) {
        const gsp_regex& source = program.regexes[i];
        auto compiled = source.posix ? compile_posix(source) : compile_pcre2(source);
        if (!compiled) return compiled.error();
        out.impl_->regexes.push_back(std::move(*compiled));
    }
    return out;
}

void Regexes::match(uint32_t regex, std::string_view subject, Match& out) {
    subject = up_to_nul(subject);
    int n = impl_->run_pcre2(regex, subject);
    if (n == Impl::kAskPosix) return match_posix(*impl_->regexes[regex].posix, subject, out);
    out.matched = n >= 0;
    if (!out.matched) return;
    const PCRE2_SIZE* offsets = pcre2_get_ovector_pointer(impl_->data.get());
    uint32_t taken = n == 0 ? kMaxGroups : static_cast<uint32_t>(n);
    for (uint32_t i = 0; i < kMaxGroups; ++i) {
        out.groups[i] = {};
        if (i < taken && offsets[2 * i] != PCRE2_UNSET)
            out.groups[i] = group_of(subject, offsets[2 * i], offsets[2 * i + 1]);
    }
}

bool Regexes::matches(uint32_t regex, std::string_view subject) {
    subject = up_to_nul(subject);
    int n = impl_->run_pcre2(regex, subject);
    if (n != Impl::kAskPosix) return n >= 0;
    regmatch_t ends[1];
    return impl_->regexes[regex].posix->finds(subject, ends, 0);
}

}  // namespace gsp::rt
