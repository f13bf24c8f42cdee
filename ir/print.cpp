// SPDX-License-Identifier: Apache-2.0
#include "ir/print.h"

#include "frontend/schema.h"

#include <bit>
#include <charconv>
#include <cstdio>

namespace gsp::ir {
namespace {

constexpr OpInfo kOps[] = {
#define OP(name, result, operands) {#name, ResultKind::result, operands},
#include "ir/ops.def"
};

constexpr const char* kStepNames[] = {"send", "recv", "pause", "nop", "timewait", "sendCmd", "recvCmd", "end"};
constexpr const char* kCompare[] = {"==", "!=", ">", "<", ">=", "<="};
constexpr const char* kStatus[] = {
#define STATUS(id, counter, text) #id,
#include "runtime/abi/status.def"
};

std::string quote(std::string_view text) {
    std::string out = "\"";
    for (char c : text) {
        auto byte = static_cast<unsigned char>(c);
        char hex[8];
        if (c == '\r')
            out += "\\r";
        else if (c == '\n')
            out += "\\n";
        else if (c == '"' || c == '\\')
            out += {'\\', c};
        else if (byte < 32 || byte > 126)
            snprintf(hex, sizeof hex, "\\x%02x", byte), out += hex;
        else
            out += c;
    }
    return out + "\"";
}

std::string number(double d) {
    char text[32];
    return {text, std::to_chars(text, text + sizeof text, d).ptr};
}

class Printer {
public:
    explicit Printer(const Program& p) : p_(p) {}

    std::string run() {
        out_ = "program " + quote(p_.name) + (p_.flags & GSP_PROGRAM_CLIENT ? " client" : " server") + "\n";
        variables();
        for (size_t i = 0; i < p_.rtds.size(); ++i)
            out_ += "timer r" + std::to_string(i) + " " + quote(p_.rtds[i].name) + list(p_.rtds[i].borders) + "\n";
        for (size_t i = 0; i < p_.counters.size(); ++i)
            out_ += "counter u" + std::to_string(i) + " " + quote(p_.counters[i]) + "\n";
        for (size_t i = 0; i < p_.methods.size(); ++i)
            out_ += "method " + std::to_string(GSP_METHOD_FIRST_OWN + i) + " " + quote(p_.methods[i]) + "\n";
        regexes();
        kept();
        for (size_t i = 0; i < p_.texts.size(); ++i) text(i);
        for (size_t i = 0; i < p_.steps.size(); ++i) step(static_cast<uint32_t>(i));
        return std::move(out_);
    }

private:
    static std::string list(const std::vector<uint32_t>& v) {
        std::string out;
        for (uint32_t x : v) out += (out.empty() ? " [" : " ") + std::to_string(x);
        return out.empty() ? out : out + "]";
    }

    std::string at(SourceRange r) const { return "@" + p_.file->place(r.begin); }

    std::string slot(uint32_t s) const {
        const Var* v = p_.var(s);
        return v ? "$" + v->name : "$?";
    }

    void variables() {
        constexpr const char* kScopes[] = {"call", "user", "global"};
        constexpr const char* kTypes[] = {"unset", "num", "bool", "str", "match", "mixed"};
        for (const Var& v : p_.vars)
            out_ += std::string("var $") + v.name + " " + kScopes[static_cast<int>(v.scope)] + "[" +
                    std::to_string(v.slot & ~GSP_SCOPE_MASK) + "] " + kTypes[static_cast<int>(v.type)] + "\n";
    }

    void regexes() {
        for (size_t i = 0; i < p_.regexes.size(); ++i) {
            const Regex& r = p_.regexes[i];
            out_ += "regex x" + std::to_string(i) + " " + quote(r.source) + " groups " + std::to_string(r.groups) +
                    (r.posix ? " posix: " + r.why_posix : " pcre2 " + quote(r.pattern)) + "\n";
        }
    }

    void kept() {
        constexpr const char* kNames[] = {
#define HEADER(id, name, compact) name,
#include "runtime/abi/headers.def"
        };
        out_ += "keep";
        for (size_t i = 0; i < std::size(kNames); ++i)
            if (p_.kept_headers[i / 64] >> (i % 64) & 1) out_ += std::string(" ") + kNames[i];
        for (const std::string& name : p_.kept_names) out_ += " " + name;
        if (p_.flags & GSP_PROGRAM_KEEP_MESSAGE) out_ += " message";
        out_ += "\n";
    }

    void text(size_t index) {
        out_ += "\ntext t" + std::to_string(index) + " " + at(p_.texts[index].range) + " {\n";
        for (const Segment& s : p_.texts[index].segments) {
            out_ += "  ";
            switch (s.kind) {
            case Segment::RunText: run_text(s); break;
            case Segment::Variable: out_ += "var " + slot(s.slot); break;
            case Segment::Len: out_ += "len" + offset(s.offset) + (s.from_start ? " from start" : ""); break;
            case Segment::Keyword:
                out_ += "kw " + s.keyword + s.arg_text + offset(s.arg.offset) + (s.per_call ? " @call" : " @message");
                keyword_args(s);
            }
            out_ += "\n";
        }
        out_ += "}\n";
    }

    void keyword_args(const Segment& s) {
        const KeywordSpec* spec = find_keyword(s.keyword);
        if (!spec) return;
        if (spec->takes_ending() && spec->shape != KeywordShape::Prefix) out_ += " #" + std::to_string(s.arg.index);
        uint32_t column = 0;
        for (const AttrSpec& arg : spec->args()) {
            const uint32_t value = s.arg.args[column++];
            if (value == kNone) continue;
            out_ += std::string(" ") + arg.name + "=";
            out_ += arg.kind == AttrKind::Var    ? slot(value)
                    : arg.kind == AttrKind::Text ? "t" + std::to_string(value)
                                                 : quote(p_.files[value]);
        }
    }

    static std::string offset(int32_t n) {
        return n == 0 ? "" : n > 0 ? "+" + std::to_string(n) : std::to_string(n);
    }

    void run_text(const Segment& s) {
        out_ += s.after_value ? "run after value" : "run";
        for (const Piece& piece : p_.pieces) {
            if (piece.run_text != s.run_text) continue;
            if (!piece.literal.empty()) out_ += " " + quote(piece.literal);
            if (!piece.keyword.empty()) out_ += " [" + piece.keyword + offset(piece.offset) + "]";
        }
    }

    std::string expected(uint32_t index) const {
        const Step& s = p_.steps[index];
        return s.label +
               (s.flags & GSP_STEP_GLOBAL     ? "?global"
                : s.flags & GSP_STEP_OPTIONAL ? "?"
                                              : "") +
               "(" + std::to_string(index) + ")";
    }

    void step(uint32_t index) {
        const Step& s = p_.steps[index];
        out_ += "\nstep " + std::to_string(index) + " " + kStepNames[s.kind] + (s.label.empty() ? "" : " " + s.label) +
                " " + at(s.range);
        if (s.text != kNone) out_ += " text t" + std::to_string(s.text);
        if (s.retrans_ms) out_ += " retrans " + std::to_string(s.retrans_ms) + "ms";
        if (s.timeout_ms) out_ += " timeout " + std::to_string(s.timeout_ms) + "ms";
        if (s.on_timeout != kNone) out_ += " ontimeout " + std::to_string(s.on_timeout);
        if (s.lost >= 0) out_ += " lost " + number(s.lost) + "%";
        if (s.flags & GSP_STEP_RRS) out_ += " rrs";
        if (s.flags & GSP_STEP_AUTH) out_ += " auth";
        if (s.timeout_var != GSP_NO_VAR) out_ += " timeout " + slot(s.timeout_var);
        if (s.txn != kNone) out_ += " txn " + quote(p_.txns[s.txn].name);
        if (s.ack_txn != kNone) out_ += " ack_txn " + quote(p_.txns[s.ack_txn].name);
        if (s.regex != kNone) out_ += " regex x" + std::to_string(s.regex);
        if (!s.peer.empty()) out_ += " peer " + quote(s.peer);
        if (!s.cseq_methods.empty()) out_ += " cseq" + list(s.cseq_methods);
        out_ += "\n";
        if (!s.window.steps.empty()) {
            out_ += "  window {";
            for (uint32_t k : s.window.steps) out_ += " " + expected(k);
            out_ += " }\n";
        }
        for (size_t i = p_.late.size(); i-- > 0;)
            if (p_.late[i].step < index && s.kind != GSP_STEP_SEND) {
                out_ += "  late " + std::to_string(i + 1) + "\n";  // how many rows of the late table apply
                break;
            }
        block(s.enter);
        block(s.timer);
        block(s.take);
    }

    void block(uint32_t index) {
        if (index == kNone) return;
        std::vector<uint32_t> work{index};
        std::vector<bool> done(p_.blocks.size());
        while (!work.empty()) {
            uint32_t b = work.back();
            work.pop_back();
            if (done[b]) continue;
            done[b] = true;
            out_ += "  b" + std::to_string(b) + " " + p_.blocks[b].name + ":\n";
            for (size_t i = 0; i < p_.blocks[b].ops.size(); ++i) op(p_.blocks[b].ops[i], i, work);
        }
    }

    void op(const Op& o, size_t index, std::vector<uint32_t>& targets) {
        const OpInfo& info = op_info(o.kind);
        bool has_value = info.result != ResultKind::None && info.result != ResultKind::Term;
        out_ += "    " + (has_value ? "%" + std::to_string(index) + " = " : std::string()) + info.name;
        const uint32_t values[] = {o.a, o.b, o.c};
        size_t at_value = 0;
        for (const char* c = info.operands; *c; ++c) {
            uint32_t v = *c == 'n' ? 0 : values[at_value++];
            switch (*c) {
            case 'n': out_ += " " + number(o.num); break;
            case 'v': out_ += " %" + std::to_string(v); break;
            case 's': out_ += v == GSP_NO_VAR ? " -" : " " + slot(v); break;
            case 't': out_ += v == kNone ? " -" : " t" + std::to_string(v); break;
            case 'k': out_ += v == p_.n_steps ? " end" : " " + std::to_string(v); break;
            case 'b': out_ += " b" + std::to_string(v), targets.push_back(v); break;
            case 'p': out_ += std::string(" ") + kCompare[v]; break;
            case 'x': out_ += std::string(" ") + kStatus[v]; break;
            case 'a': out_ += std::string(" ") + action_row(v).element; break;
            case 'g': out_ += arguments(o); break;
            case 'e': out_ += ereg(v); break;
            case 'd': out_ += " " + p_.distributions[v].text; break;
            case 'i': out_ += info.name == std::string_view("call_rt") ? "" : " " + std::to_string(v); break;
            default: out_ += std::string(" ") + *c + std::to_string(v);
            }
        }
        out_ += "\n";
    }

    std::string arguments(const Op& o) const {
        std::string out = "(";
        const char* kinds = action_row(o.a).params;
        for (uint32_t i = 0; i < o.c; ++i) {
            uint64_t v = p_.args[o.b + i];
            out += (i ? ", " : " ");
            out += kinds[i] == 'd' ? number(std::bit_cast<double>(v)) : std::to_string(static_cast<int32_t>(v));
        }
        return " " + out + ")";
    }

    std::string ereg(uint32_t index) const {
        constexpr const char* kWhere[] = {"msg", "hdr", "body", "var"};
        const Ereg& e = p_.eregs[index];
        std::string out = " x" + std::to_string(e.regex) + " in " + kWhere[e.where];
        if (!e.header.empty()) out += " " + quote(e.header);
        if (e.where == GSP_IN_VAR) out += " " + slot(e.variable);
        if (e.occurrence != 1) out += " #" + std::to_string(e.occurrence);
        if (e.flags & GSP_EREG_CHECK) out += " check";
        if (e.flags & GSP_EREG_CHECK_INVERSE) out += " check inverse";
        out += " ->";
        for (uint32_t s : e.assign) out += " " + slot(s);
        return out;
    }

    const Program& p_;
    std::string out_;
};

}  // namespace

const OpInfo& op_info(OpKind kind) {
    return kOps[static_cast<size_t>(kind)];
}

std::string print(const Program& program) {
    return Printer(program).run();
}

}  // namespace gsp::ir
