// SPDX-License-Identifier: Apache-2.0
// regcomp decides what is valid; what it accepts is read into a tree, checked, and written out for PCRE2.
#define PCRE2_CODE_UNIT_WIDTH 8
#include "ir/regex.h"

#include <pcre2.h>
#include <regex.h>

#include <algorithm>

#include "ir/regex_automaton.h"
#include "ir/regex_parse.h"

namespace gsp::ir {
namespace {

using regex::Answer;
using regex::Kind;
using regex::kUnlimited;
using regex::Node;

constexpr uint64_t kMaxSize = 1 << 18;  // nodes of repetitions; regcomp takes some 200 bytes for each

// What regcomp says of an invalid expression, else the empty text.
std::string regcomp_error(const std::string& source) {
    regex_t compiled;
    int code = regcomp(&compiled, source.c_str(), REG_EXTENDED);
    if (code == 0) {
        regfree(&compiled);
        return {};
    }
    char text[256];
    regerror(code, &compiled, text, sizeof text);
    return text;
}

bool any(const Node& n, bool (*holds)(const Node&)) {
    return holds(n) ||
           std::any_of(n.children.begin(), n.children.end(), [&](auto& child) { return any(child, holds); });
}

bool is_place(const Node& n) {
    return n.kind == Kind::Assert;
}

bool is_word_place(const Node& n) {
    return std::string_view("bB<>").find(n.symbol) != std::string_view::npos;
}

bool is_choice(const Node& n) {
    return n.kind == Kind::Alt || (n.kind == Kind::Repeat && n.children[0].kind != Kind::Bytes);
}

bool is_back_reference(const Node& n) {
    return n.kind == Kind::BackRef;
}

bool repeats_empty_group(const Node& n) {
    return n.kind == Kind::Repeat && is_nullable(n.children[0]) && has_group(n.children[0]);
}

bool repeats_empty_repetition(const Node& n) {
    return n.kind == Kind::Repeat && n.max > 1 && is_nullable(n.children[0]);
}

// glibc reads x{0,3} as ((x?)x)?x)?: it settles the number of repetitions before it settles what each of them takes.
bool counts_group(const Node& n) {
    return n.kind == Kind::Repeat && n.max != kUnlimited && n.max > n.min + 1 && has_group(n.children[0]) &&
           !fixed_length(n.children[0]);
}

// glibc tries an empty alternative after the one that follows it.
bool has_early_empty_alternative(const Node& n) {
    auto is_empty = [](const Node& c) { return c.kind == Kind::Concat && c.children.empty(); };
    return n.kind == Kind::Alt && std::any_of(n.children.begin(), n.children.end() - 1, is_empty);
}

// glibc forgets conditions when it copies what is repeated.
bool repeats_place(const Node& n) {
    return n.kind == Kind::Repeat && n.max > 1 && any(n.children[0], is_place);
}

bool can_read(const Node& n) {
    return n.kind == Kind::Bytes || std::any_of(n.children.begin(), n.children.end(), can_read);
}

// Within an expression glibc takes ^ for the start of a line after a newline that it has matched, and $ for its end.
bool has_anchor_inside(const Node& n, bool after_bytes = false, bool before_bytes = false) {
    if (n.symbol == '^' || n.symbol == '`') return after_bytes;
    if (n.symbol == '$' || n.symbol == '\'') return before_bytes;
    bool repeats = n.kind == Kind::Repeat && n.max > 1;
    bool in_order = n.kind == Kind::Concat;
    ptrdiff_t left = std::count_if(n.children.begin(), n.children.end(), can_read), read = 0;  // children that read
    for (const Node& child : n.children) {
        bool reads = can_read(child);
        left -= reads;
        bool before = after_bytes || (in_order && read > 0) || (repeats && reads);
        bool after = before_bytes || (in_order && left > 0) || (repeats && reads);
        if (has_anchor_inside(child, before, after)) return true;
        read += reads;
    }
    return false;
}

struct Rule {
    unsigned wanted;  // holds if so much of the match is looked at
    bool (*applies)(const Node&);
    const char* why;
};

constexpr Rule kRules[] = {
    {0, is_back_reference, "back-reference"},
    {0, is_word_place, "word boundary"},
    {0, repeats_place, "a repeated ^ or $"},
    {1, repeats_empty_group, "a repeated group can be empty"},
    {1, repeats_empty_repetition, "a repetition of a repetition"},
    {2, counts_group, "a counted group of varying length"},
    {2, has_early_empty_alternative, "an empty alternative"},
};

std::string why_not_pcre2(const Node& root, unsigned wanted) {
    for (const Rule& rule : kRules)
        if (wanted >= rule.wanted && any(root, rule.applies)) return rule.why;
    if (has_anchor_inside(root)) return "^ or $ within the expression";
    if (wanted == 0) return {};
    if (wanted > 1 && any(root, is_place) && any(root, is_choice) && regex::is_unambiguous(root) != Answer::Yes)
        return "groups can depend on ^ or $";
    switch (regex::first_is_longest(root)) {
    case Answer::Yes: return {};
    case Answer::No: return "the longest match counts, which need not be the first";
    case Answer::TooComplex: break;
    }
    return "too large to prove that the first match is the longest";
}

class Writer {
public:
    explicit Writer(unsigned wanted) : wanted_(wanted) {}

    // An optimisation of PCRE2's JIT (10.42) loses matches of (1|)b*1 and the like; an empty look-ahead keeps it away.
    void write_all(const Node& root) {
        bool choice = any(root, is_choice);
        if (choice) out += "(?=)";
        if (root.kind == Kind::Alt) out += "(?:";
        write(root);
        if (root.kind == Kind::Alt) out += ')';
    }

    std::string out;

private:
    void write(const Node& n) {
        switch (n.kind) {
        case Kind::Bytes:
        case Kind::Assert: out += n.text; break;
        case Kind::BackRef: break;  // left to the C library
        case Kind::Group:
            out += n.group < wanted_ ? "(" : "(?:";
            write(n.children[0]);
            out += ')';
            break;
        case Kind::Repeat: write_repeat(n); break;
        case Kind::Concat:
            for (const Node& child : n.children) write(child);
            break;
        case Kind::Alt:
            for (const Node& child : n.children) {
                if (&child != &n.children.front()) out += '|';
                write(child);
            }
        }
    }

    void write_repeat(const Node& n) {
        bool wrap = n.children[0].kind == Kind::Repeat;
        if (wrap) out += "(?:";
        write(n.children[0]);
        if (wrap) out += ')';
        if (n.max == kUnlimited && n.min <= 1) {
            out += n.min == 0 ? '*' : '+';
        } else if (n.min == 0 && n.max == 1) {
            out += '?';
        } else {
            out += '{' + std::to_string(n.min);
            if (n.max != n.min) out += ',';
            if (n.max != n.min && n.max != kUnlimited) out += std::to_string(n.max);
            out += '}';
        }
    }

    unsigned wanted_;
};

bool pcre2_takes(const std::string& pattern) {
    int code = 0;
    PCRE2_SIZE offset = 0;
    uint32_t options = PCRE2_DOTALL | PCRE2_DOLLAR_ENDONLY;
    pcre2_code* compiled =
        pcre2_compile(reinterpret_cast<PCRE2_SPTR>(pattern.data()), pattern.size(), options, &code, &offset, nullptr);
    pcre2_code_free(compiled);
    return compiled != nullptr;
}

void translate(const regex::Parsed& parsed, unsigned wanted, TranslatedRegex& out) {
    out.why_posix = why_not_pcre2(parsed.root, wanted);
    if (!out.why_posix.empty()) return;
    Writer writer(wanted);
    writer.write_all(parsed.root);
    if (pcre2_takes(writer.out))
        out.pattern = std::move(writer.out);
    else
        out.why_posix = "too large for PCRE2";
}

}  // namespace

TranslatedRegex translate_regex(std::string_view posix, unsigned wanted) {
    TranslatedRegex out;
    if (size_t nul = posix.find('\0'); nul != posix.npos) {
        out.error = "a NUL byte";
        out.error_offset = nul;
        return out;
    }
    std::string source(posix);
    regex::Parsed parsed = regex::parse(posix);
    bool too_large = parsed.too_deep || parsed.size > kMaxSize;
    out.error = too_large ? "Regular expression too big" : regcomp_error(source);
    if (!out.error.empty()) return out;
    out.groups = parsed.groups;
    out.dubious = parsed.dubious;
    translate(parsed, wanted, out);
    out.posix = !out.why_posix.empty();
    if (out.posix) out.pattern = std::move(source);
    return out;
}

}  // namespace gsp::ir
