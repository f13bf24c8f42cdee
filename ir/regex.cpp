// SPDX-License-Identifier: Apache-2.0
// The C library says what is valid and how many groups there are; the rest is one pass over the characters.
#include "ir/regex.h"

#include <regex.h>

namespace gsp::ir {
namespace {

class Translator {
public:
    Translator(std::string_view in, TranslatedRegex& out) : in_(in), out_(out) {}

    void run() {
        while (at_ < in_.size()) {
            char c = in_[at_++];
            switch (c) {
            case '\\': escape(); break;
            case '[': bracket(); break;
            case '(':
                open_groups_++;
                atom("(", false);
                break;
            case ')': close_group(); break;
            case '|': alternation(); break;
            case '*':
            case '+':
            case '?': quantifier(std::string(1, c)); break;
            case '{': interval(); break;
            default: literal_or_anchor(c);
            }
        }
    }

private:
    void atom(std::string_view text, bool is_group) {
        out_.pattern += text;
        after_group_ = is_group;
        after_quantifier_ = false;
    }

    void need_posix(const char* why) {
        if (!out_.posix) out_.why_posix = why;
        out_.posix = true;
    }

    void literal(char c) {
        if (std::string_view("\\.[](){}*+?^$|-#").find(c) != std::string_view::npos) out_.pattern += '\\';
        out_.pattern += c;
        after_group_ = after_quantifier_ = false;
    }

    void literal_or_anchor(char c) {
        if (c == '^' || c == '$' || c == '.')
            atom({&c, 1}, false);
        else
            literal(c);
    }

    void close_group() {
        if (open_groups_ == 0) {
            literal(')');
            return;
        }
        open_groups_--;
        atom(")", true);
    }

    void alternation() {
        need_posix("alternation: the longest match counts");
        atom("|", false);
    }

    // The GNU escapes; any other escaped character is that character.
    void escape() {
        if (at_ == in_.size()) return;  // regcomp has refused it
        char c = in_[at_++];
        switch (c) {
        case 'w':
        case 'W':
        case 's':
        case 'S':
        case 'b':
        case 'B': {
            const char text[] = {'\\', c};
            return atom({text, 2}, false);
        }
        case '<': return atom("\\b(?=\\w)", false);
        case '>': return atom("\\b(?<=\\w)", false);
        case '`': return atom("\\A", false);
        case '\'': return atom("\\z", false);
        default: break;
        }
        if (c >= '1' && c <= '9') {
            need_posix("back-reference");
            const char text[] = {'\\', c};
            return atom({text, 2}, false);
        }
        if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '0')
            out_.dubious = std::string("`\\") + c + "` is the character " + c + " in a POSIX regular expression";
        literal(c);
    }

    // [...]: a backslash is an ordinary character in it; classes such as [:digit:] are the same in both.
    void bracket() {
        std::string text = "[";
        size_t i = at_;
        if (i < in_.size() && in_[i] == '^') text += in_[i++];
        bool first = true;
        for (; i < in_.size(); first = false) {
            char c = in_[i];
            if (c == ']' && !first) break;
            if (c == '[' && i + 1 < in_.size() && (in_[i + 1] == ':' || in_[i + 1] == '.' || in_[i + 1] == '=')) {
                char kind = in_[i + 1];
                size_t close = in_.find(std::string{kind, ']'}, i + 2);
                if (close == std::string_view::npos) break;
                if (kind != ':') need_posix("collating element");
                text += in_.substr(i, close + 2 - i);
                i = close + 2;
                continue;
            }
            if (c == '\\' || c == '[' || c == ']') text += '\\';
            text += c;
            i++;
        }
        at_ = i < in_.size() ? i + 1 : i;
        atom(text + "]", false);
    }

    void quantifier(const std::string& text) {
        if (after_group_) need_posix("repeated group: the longest match counts");
        if (after_quantifier_) need_posix("repeated repetition");
        out_.pattern += text;
        after_quantifier_ = true;
        after_group_ = false;
    }

    void interval() {
        size_t close = in_.find('}', at_);
        if (close == std::string_view::npos) return literal('{');
        std::string text(in_.substr(at_ - 1, close + 2 - at_));
        if (text.starts_with("{,")) text.insert(1, "0");
        at_ = close + 1;
        quantifier(text);
    }

    std::string_view in_;
    TranslatedRegex& out_;
    size_t at_ = 0;
    int open_groups_ = 0;
    bool after_group_ = false, after_quantifier_ = false;
};

}  // namespace

TranslatedRegex translate_regex(std::string_view posix, bool case_indep) {
    TranslatedRegex out;
    regex_t compiled;
    std::string source(posix);
    if (source.find('\0') != std::string::npos) {
        out.error = "a NUL byte";
        out.error_offset = source.find('\0');
        return out;
    }
    int code = regcomp(&compiled, source.c_str(), REG_EXTENDED | (case_indep ? REG_ICASE : 0));
    if (code != 0) {
        char text[256];
        regerror(code, &compiled, text, sizeof text);
        out.error = text;
        return out;
    }
    out.groups = static_cast<unsigned>(compiled.re_nsub);
    regfree(&compiled);
    Translator(posix, out).run();
    if (out.posix) out.pattern = source;
    return out;
}

}  // namespace gsp::ir
