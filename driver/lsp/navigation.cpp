// SPDX-License-Identifier: Apache-2.0
#include "driver/lsp/navigation.h"

#include <algorithm>

#include "driver/language.h"
#include "driver/lsp/names.h"
#include "frontend/documentation.h"
#include "frontend/xml_lint.h"

namespace gsp::driver::lsp {

namespace {

bool holds(SourceRange range, uint32_t offset) {
    return range.begin <= offset && offset <= range.end();
}

std::string code(std::string_view text) {
    return "`" + std::string(text) + "`";
}

// The innermost keyword around the place.
std::optional<Keyword> keyword_at(const Document& document, SourceRange text, uint32_t offset) {
    for (const Keyword& k : keywords_in(document, text.begin, text.end()))
        if (k.is_closed && k.range.begin <= offset && offset < k.range.end()) return k;
    return std::nullopt;
}

std::optional<Hover> keyword_hover(const Document& document, SourceRange text, uint32_t offset) {
    const std::optional<Keyword> keyword = keyword_at(document, text, offset);
    if (!keyword || !keyword->spec) return std::nullopt;
    std::string markdown = code(keyword_form(*keyword->spec)) + "\n\n" + std::string(keyword_doc(keyword->spec->name));
    std::string args;
    for (const KeywordArgDoc& row : keyword_arg_docs())
        if (row.keyword == keyword->spec->name) args += "\n- " + code(row.name) + ": " + std::string(row.text);
    if (!args.empty()) markdown += '\n' + args;
    return Hover{std::move(markdown), keyword->range};
}

std::optional<Hover> attribute_hover(const Document& document, const Tag& tag, const XmlAttr& attr, uint32_t offset) {
    const AttrSpec* spec = tag.spec ? find_attr(*tag.spec, document.text(attr.name)) : nullptr;
    if (!spec) return std::nullopt;
    if (!holds(attr.name, offset)) return keyword_hover(document, attr.value, offset);
    const std::string form = std::string(spec->name) + "=\"" + value_form(*spec) + '"';
    return Hover{code(form) + (spec->required ? ", required" : "") + "\n\n" +
                     std::string(attribute_doc(tag.spec->name, spec->name)),
                 attr.name};
}

std::optional<Hover> tag_hover(const Document& document, const Tag& tag, uint32_t offset) {
    const std::string_view name = document.name(tag);
    if (holds(tag.token->name, offset)) {
        const bool is_action = tag.spec && tag.spec->kind == ElementKind::Action;
        const std::string_view doc = is_action ? action_doc(name) : element_doc(name);
        if (doc.empty()) return std::nullopt;
        return Hover{code('<' + std::string(name) + '>') + "\n\n" + std::string(doc), tag.token->name};
    }
    for (const XmlAttr& attr : tag.token->attrs)
        if (holds(attr.name, offset) || holds(attr.value, offset)) return attribute_hover(document, tag, attr, offset);
    return std::nullopt;
}

std::string_view attribute(const Document& document, const Tag& tag, std::string_view name) {
    for (const XmlAttr& attr : tag.token->attrs)
        if (document.text(attr.name) == name) return document.text(attr.value);
    return {};
}

// "INVITE" or "200 OK" of the first CDATA section inside the element.
std::string_view start_of_message(const Document& document, const Tag& tag) {
    for (const XmlToken& token : document.tokens()) {
        if (token.kind != XmlTokenKind::Cdata || token.range.begin < tag.token->range.end()) continue;
        if (token.range.begin >= tag.end) break;
        std::string_view text = document.text(token.content);
        text.remove_prefix(std::min(text.find_first_not_of(" \t\r\n"), text.size()));
        text = text.substr(0, text.find_first_of("\r\n"));
        if (text.starts_with("SIP/2.0 ")) return text.substr(8);
        return text.substr(0, text.find(' '));
    }
    return {};
}

std::string title(const Document& document, const Tag& tag) {
    std::string out(document.name(tag));
    std::string_view what;
    if (takes_message(out)) what = start_of_message(document, tag);
    for (const char* name : {"request", "response", "id", "variables", "milliseconds", "display", "value"})
        if (what.empty()) what = attribute(document, tag, name);
    if (!what.empty()) out += ' ' + std::string(what);
    return out;
}

}  // namespace

std::optional<Hover> hover(const Document& document, uint32_t offset) {
    if (const Tag* tag = document.tag_at(offset)) return tag_hover(document, *tag, offset);
    for (const XmlToken& token : document.tokens())
        if (token.kind == XmlTokenKind::Cdata && holds(token.content, offset))
            return keyword_hover(document, token.content, offset);
    return std::nullopt;
}

std::optional<SourceRange> definition(const Document& document, uint32_t offset) {
    const std::vector<Name> names = names_of(document);
    const auto at = std::find_if(names.begin(), names.end(), [&](const Name& n) { return holds(n.range, offset); });
    if (at == names.end()) return std::nullopt;
    const auto same = [&](const Name& n) {
        return n.kind == at->kind && n.text == at->text && (n.kind != NameKind::Label || n.is_definition);
    };
    const auto first = std::find_if(names.begin(), names.end(), same);
    if (first == names.end()) return std::nullopt;
    return first->range;
}

std::vector<Symbol> symbols(const Document& document) {
    std::vector<Symbol> out;
    for (const Tag& tag : document.tags()) {
        if (!tag.spec || !tag.parent || tag.parent->parent || document.name(*tag.parent) != "scenario") continue;
        Symbol::Kind kind = Symbol::Property;
        if (tag.spec->kind == ElementKind::Step) kind = Symbol::Event;
        if (tag.spec->kind == ElementKind::Mark) kind = Symbol::Key;
        const bool optional =
            !attribute(document, tag, "optional").empty() && attribute(document, tag, "optional") != "false";
        out.push_back({title(document, tag),
                       optional ? "optional" : "",
                       kind,
                       {tag.token->range.begin, tag.end - tag.token->range.begin},
                       tag.token->name});
    }
    return out;
}

}  // namespace gsp::driver::lsp
