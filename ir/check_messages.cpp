// SPDX-License-Identifier: Apache-2.0
// Messages that a peer could not make sense of: headers that are missing, branches and CSeq numbers that belong to
// another transaction, media without a description. Warnings: a test may mean to send such things.
#include <algorithm>
#include <cstring>
#include <utility>

#include "ir/lowering.h"

namespace gsp::ir {
namespace {

// A header line of a message: its name, if that is written out or comes from [last_Name], and its value with keywords
// shown as `[name]`.
struct HeaderLine {
    std::string name, value;
    SourceRange range;
    bool copied = false;  // [last_Name:]
};

struct Message {
    std::string start_line;
    std::vector<HeaderLine> headers;
    std::string body;
    bool opaque = false;  // some header may come out of a variable, a field …: nothing is missing for sure

    const HeaderLine* find(std::string_view name) const {
        const uint32_t id = find_header(name);
        for (const HeaderLine& h : headers)
            if (find_header(h.name) == id) return &h;
        return nullptr;
    }
};

std::string shown(const ast::Part& part) {
    if (part.is_literal()) return part.text;
    if (part.user_key) return "[" + part.text + "]";
    std::string text = "[" + std::string(part.keyword->name) + part.text;
    if (part.offset) text += (part.offset > 0 ? "+" : "") + std::to_string(part.offset);
    return text + "]";
}

Message read(const ast::Text& text) {
    Message m;
    std::string line;
    SourceRange line_range = text.range;
    bool in_body = false, first = true, line_is_new = true;
    const ast::Part* begins_with = nullptr;
    const auto end_line = [&] {
        if (first) {
            m.start_line = line;
            first = false;
        } else if (line.empty()) {
            in_body = true;
        } else if (begins_with && !begins_with->is_literal()) {
            const bool last = begins_with->keyword && std::strcmp(begins_with->keyword->name, "last_") == 0;
            std::string name = last ? begins_with->text : "";
            while (name.ends_with(':')) name.pop_back();
            if (last)
                m.headers.push_back({name, line, line_range, true});
            else
                m.opaque = true;
        } else if (const size_t colon = line.find(':'); colon != line.npos) {
            m.headers.push_back(
                {line.substr(0, line.find_last_not_of(" \t", colon - 1) + 1), line.substr(colon + 1), line_range});
        }
        line.clear();
        line_is_new = true;
    };
    for (const ast::Part& part : text.parts) {
        if (in_body) {
            m.body += shown(part);
            continue;
        }
        std::string_view rest = part.is_literal() ? std::string_view(part.text) : std::string_view();
        const auto begin = [&] {
            if (!std::exchange(line_is_new, false)) return;
            begins_with = &part;
            line_range = part.range;
        };
        if (!part.is_literal()) {
            begin();
            line += shown(part);
        }
        while (!rest.empty() && !in_body) {
            const size_t end = std::min(rest.find('\n'), rest.size());
            if (end > 0) begin();
            line += rest.substr(0, end);
            if (end == rest.size()) break;
            rest.remove_prefix(end + 1);
            end_line();
        }
        if (in_body) m.body += rest;
    }
    if (!in_body && !line.empty()) end_line();
    return m;
}

// "2 BYE" of a literal CSeq; number or method empty where a keyword stands.
std::pair<std::string, std::string> cseq_of(const Message& m) {
    const HeaderLine* h = m.find("CSeq");
    if (!h || h->copied) return {};
    std::string_view value = h->value;
    value.remove_prefix(std::min(value.find_first_not_of(" \t"), value.size()));
    const std::string_view number = value.substr(0, value.find_first_of(" \t"));
    std::string_view method = value.substr(number.size());
    method.remove_prefix(std::min(method.find_first_not_of(" \t"), method.size()));
    method = method.substr(0, method.find_first_of(" \t\r"));
    const auto literal = [](std::string_view s) { return std::string(s.find('[') == s.npos ? s : std::string_view()); };
    return {literal(number), literal(method)};
}

class Checker {
public:
    Checker(const Program& p, Diag& diag) : p_(p), diag_(diag) {}

    void check(const ast::Element& e, uint32_t index) {
        const Step& s = p_.steps[index];
        const Message m = read(*e.message);
        describes_media_ |=
            m.body.find("m=") != std::string::npos || m.body.find("[last_message]") != std::string::npos || m.opaque;
        missing_headers(m, e.name_range);
        if (!(s.flags & GSP_STEP_REQUEST)) return;
        branch(m, e.name_range);
        cseq(m, s, e.name_range);
        if (s.label == "ACK") ack(m, index, e.name_range);
        if (s.label == "INVITE") invite_ = {index, cseq_of(m).first};
    }
    bool describes_media() const { return describes_media_; }

private:
    void missing_headers(const Message& m, SourceRange at) {
        if (m.opaque) return;
        for (const char* name : {"Via", "Call-ID", "CSeq", "Content-Length"})
            if (!m.find(name)) diag_.emit(D::MissingHeader, at, {name});
    }

    // RFC 3261 8.1.1.7
    void branch(const Message& m, SourceRange at) {
        const HeaderLine* via = m.find("Via");
        if (via && !via->copied && via->value.find("branch=") == std::string::npos &&
            via->value.find("[$") == std::string::npos)
            diag_.emit(D::NoBranch, via->range.length ? via->range : at);
    }

    void cseq(const Message& m, const Step& s, SourceRange at) {
        const auto [number, method] = cseq_of(m);
        if (!method.empty() && method != s.label) diag_.emit(D::CseqMethod, at, {method, s.label});
        if (s.label != "ACK" && s.label != "CANCEL") return;
        if (!number.empty() && !invite_.cseq.empty() && number != invite_.cseq)
            diag_.emit(D::CseqOfInvite, at, {s.label, number, invite_.cseq});
    }

    // RFC 3261 17.1.1.3: the ACK to a 2xx is a transaction of its own.
    void ack(const Message& m, uint32_t index, SourceRange at) {
        uint32_t answer = index;
        while (answer > 0 && p_.steps[answer].kind != GSP_STEP_RECV) --answer;
        const uint32_t status = p_.steps[answer].status;
        if (p_.steps[answer].kind != GSP_STEP_RECV || status < 200 || status > 299) return;
        const HeaderLine* via = m.find("Via");
        if (!via) return;
        const std::string same = "[branch" + std::to_string(static_cast<int64_t>(invite_.step) - index) + "]";
        if (via->copied || (invite_.step != kNone && via->value.find(same) != std::string::npos))
            diag_.emit(D::AckBranch, via->range.length ? via->range : at);
    }

    struct Invite {
        uint32_t step = kNone;
        std::string cseq;
    };
    const Program& p_;
    Diag& diag_;
    Invite invite_;
    bool describes_media_ = false;
};

}  // namespace

void check_messages(const ast::Scenario& scenario, const Program& p, Diag& diag) {
    Checker checker(p, diag);
    uint32_t index = 0;
    for (const ast::Element& e : scenario.children) {
        if (e.spec->kind != ElementKind::Step) continue;
        if (p.steps[index].kind == GSP_STEP_SEND && e.message) checker.check(e, index);
        ++index;
    }
    if (!checker.describes_media())
        for (const Block& block : p.blocks)
            for (const Op& op : block.ops)
                if (op.kind == OpKind::exec && op.a != GSP_EXEC_command) {
                    diag.emit(D::MediaWithoutSdp, op.loc);
                    return;
                }
}

void check_responses(const Program& p, Diag& diag) {
    for (uint32_t i = 1; i < p.n_steps; ++i) {
        const Step& s = p.steps[i];
        if (s.kind == GSP_STEP_RECV && !(s.flags & GSP_STEP_REQUEST) && (s.status || s.regex != kNone) &&
            s.txn == kNone && s.cseq_methods.empty())
            diag.emit(D::ResponseToNothing, s.range, {s.label});
    }
}

}  // namespace gsp::ir
