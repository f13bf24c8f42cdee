// SPDX-License-Identifier: Apache-2.0
#include "driver/lsp/names.h"

#include <algorithm>
#include <optional>

namespace gsp::driver::lsp {

namespace {

constexpr std::string_view kVariables = "variables";

SourceRange range(size_t begin, size_t end) {
    return {static_cast<uint32_t>(begin), static_cast<uint32_t>(end - begin)};
}

// What the attribute defines.
NameKind defined_kind(const Document& document, const Tag& tag, std::string_view attribute) {
    if (document.name(tag) == "label" && attribute == "id") return NameKind::Label;
    if (document.name(tag) == "template" && attribute == "name") return NameKind::Template;
    return NameKind::None;
}

// Of `key=value` or `key="value"` inside a keyword.
std::optional<SourceRange> argument(const Document& document, const Keyword& keyword, std::string_view key) {
    const std::string_view inside = document.text(keyword.inside);
    for (size_t at = inside.find(key); at != inside.npos; at = inside.find(key, at + 1)) {
        size_t begin = at + key.size();
        if (at == 0 || inside[at - 1] != ' ' || begin >= inside.size() || inside[begin] != '=') continue;
        ++begin;
        const bool quoted = begin < inside.size() && inside[begin] == '"';
        if (quoted) ++begin;
        const size_t end = std::min(inside.find_first_of(quoted ? "\"" : " \t\r\n", begin), inside.size());
        return SourceRange{keyword.inside.begin + static_cast<uint32_t>(begin), static_cast<uint32_t>(end - begin)};
    }
    return std::nullopt;
}

Keyword keyword_of(const Document& document, SourceRange inside) {
    Keyword k;
    k.inside = inside;
    const std::string_view whole = document.text(inside);
    k.word = whole.substr(0, whole.find_first_of(" \t\r\n"));
    // As the compiler has it: the first `+`, else the first `-`, starts an offset if a digit follows.
    size_t sign = k.word.find('+');
    if (sign == k.word.npos) sign = k.word.find('-');
    const bool offset =
        sign != k.word.npos && sign + 1 < k.word.size() && k.word[sign + 1] >= '0' && k.word[sign + 1] <= '9';
    k.spec = find_keyword(offset ? k.word.substr(0, sign) : k.word);
    return k;
}

class Collector {
public:
    explicit Collector(const Document& document) : document_(document) {}

    std::vector<Name> run() {
        auto tag = document_.tags().begin();
        for (const XmlToken& token : document_.tokens()) {
            if (token.kind == XmlTokenKind::Cdata) text(token.content);
            if (token.kind != XmlTokenKind::StartTag) continue;
            for (const XmlAttr& attr : token.attrs) attribute(*tag, attr);
            ++tag;
        }
        return std::move(names_);
    }

private:
    void attribute(const Tag& tag, const XmlAttr& attr) {
        const std::string_view name = document_.text(attr.name);
        if (const NameKind defined = defined_kind(document_, tag, name); defined != NameKind::None) {
            names_.push_back({defined, document_.text(attr.value), attr.value, true});
            return;
        }
        const NameKind kind = name_kind(tag, name);
        if (kind == NameKind::None) return text(attr.value);
        for (size_t begin = attr.value.begin; begin <= attr.value.end();) {
            size_t end = attr.value.end();
            if (is_list_of_names(tag, name)) end = std::min(document_.text().find(',', begin), end);
            add(kind, range(begin, end));
            begin = end + 1;
        }
    }

    void text(SourceRange where) {
        std::vector<Keyword> keywords = keywords_in(document_, where.begin, where.end());
        std::sort(keywords.begin(), keywords.end(),
                  [](const Keyword& a, const Keyword& b) { return a.range.begin < b.range.begin; });
        for (const Keyword& k : keywords)
            if (k.is_closed) keyword(k);
    }

    void keyword(const Keyword& k) {
        if (document_.text(k.inside).starts_with('$'))
            add(NameKind::Variable, range(k.inside.begin + 1, k.inside.end()));
        if (k.is_template_use())
            if (const auto name = argument(document_, k, "name")) add(NameKind::Template, *name);
        if (!k.spec) return;
        for (const AttrSpec& arg : k.spec->args())
            if (arg.kind == AttrKind::Var)
                if (const auto name = argument(document_, k, arg.name)) add(NameKind::Variable, *name);
    }

    void add(NameKind kind, SourceRange where) {
        if (where.length > 0) names_.push_back({kind, document_.text(where), where, false});
    }

    const Document& document_;
    std::vector<Name> names_;
};

}  // namespace

NameKind name_kind(const Tag& owner, std::string_view attribute) {
    const AttrSpec* spec = owner.spec ? find_attr(*owner.spec, attribute) : nullptr;
    if (!spec) return NameKind::None;
    if (attribute == kVariables) return NameKind::Variable;
    switch (spec->kind) {
    case AttrKind::Label: return NameKind::Label;
    case AttrKind::In:
    case AttrKind::Out:
    case AttrKind::OutNum:
    case AttrKind::OutBool:
    case AttrKind::InOut:
    case AttrKind::Var:
    case AttrKind::Vars: return NameKind::Variable;
    case AttrKind::Timer: return NameKind::Timer;
    case AttrKind::Counter: return NameKind::Counter;
    case AttrKind::Txn: return NameKind::Transaction;
    default: return NameKind::None;
    }
}

bool is_list_of_names(const Tag& owner, std::string_view attribute) {
    const AttrSpec* spec = owner.spec ? find_attr(*owner.spec, attribute) : nullptr;
    return spec && (attribute == kVariables || spec->kind == AttrKind::Vars);
}

std::vector<Name> names_of(const Document& document) {
    return Collector(document).run();
}

std::vector<Keyword> keywords_in(const Document& document, uint32_t begin, uint32_t end) {
    std::vector<Keyword> out;
    std::vector<uint32_t> open;
    const std::string_view text = document.text();
    for (uint32_t i = begin; i < end; ++i) {
        if (text[i] == '\n') open.clear();  // what is still being typed must not swallow the lines below
        if (text[i] == '[') open.push_back(i);
        if (text[i] != ']' || open.empty()) continue;
        Keyword k = keyword_of(document, range(open.back() + 1, i));
        k.range = range(open.back(), i + 1);
        k.is_closed = true;
        out.push_back(k);
        open.pop_back();
    }
    if (!open.empty()) {
        Keyword k = keyword_of(document, range(open.back() + 1, end));
        k.range = range(open.back(), end);
        out.push_back(k);
    }
    return out;
}

}  // namespace gsp::driver::lsp
