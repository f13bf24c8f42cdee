// SPDX-License-Identifier: Apache-2.0
// ast::dump(): the tree as text for --emit=ast and for tests, one element, attribute or part a line, with its place.
#include <cstdio>

#include "frontend/ast.h"

namespace gsp::ast {

namespace {

std::string quoted(std::string_view s) {
    std::string out = "\"";
    for (const char c : s) {
        const auto u = static_cast<unsigned char>(c);
        if (c == '\n') {
            out += "\\n";
        } else if (c == '"' || c == '\\') {
            out += '\\';
            out += c;
        } else if (u < 0x20 || u >= 0x7f) {
            char escape[8];
            std::snprintf(escape, sizeof escape, "\\x%02x", static_cast<unsigned>(u));
            out += escape;
        } else {
            out += c;
        }
    }
    return out + '"';
}

class Dumper {
public:
    explicit Dumper(const SourceFile& file) : file_(file) {}

    std::string scenario(const Scenario& s) {
        line(0, s.range, "scenario " + quoted(s.name));
        for (const Element& e : s.children) element(1, e);
        return std::move(out_);
    }

private:
    void line(int depth, SourceRange range, const std::string& what) {
        out_.append(static_cast<size_t>(depth) * 2, ' ');
        out_ += what + "  @" + file_.place(range.begin) + '\n';
    }

    void element(int depth, const Element& e) {
        line(depth, e.range, e.spec->name);
        for (const Attr& a : e.attrs) attribute(depth + 1, a);
        if (e.message) {
            line(depth + 1, e.message->range, "message");
            parts(depth + 2, *e.message);
        }
        for (const Element& action : e.actions) element(depth + 1, action);
    }

    void attribute(int depth, const Attr& a) {
        std::string what = a.name + " = " + quoted(a.value);
        if (a.number) {
            char number[32];
            std::snprintf(number, sizeof number, " (%.15g)", *a.number);
            what += number;
        }
        if (!a.spec) what += " (unknown)";
        line(depth, a.value_range, what);
        if (a.text) parts(depth + 1, *a.text);
    }

    void parts(int depth, const Text& text) {
        for (const Part& p : text.parts) line(depth, p.range, part(p));
    }

    static std::string part(const Part& p) {
        if (p.is_literal()) return "literal " + quoted(p.text);
        if (p.user_key) return "user_key " + quoted(p.text);
        std::string what = std::string("keyword ") + p.keyword->name;
        if (!p.text.empty()) what += ' ' + quoted(p.text);
        if (p.has_offset) what += ' ' + std::string(p.offset < 0 ? "" : "+") + std::to_string(p.offset);
        for (const KeywordArg& arg : p.args) what += ' ' + arg.key + '=' + quoted(arg.value);
        return what;
    }

    const SourceFile& file_;
    std::string out_;
};

}  // namespace

std::string dump(const Scenario& scenario, const SourceFile& file) {
    return Dumper(file).scenario(scenario);
}

}  // namespace gsp::ast
