// SPDX-License-Identifier: Apache-2.0
#include "driver/lsp/navigation.h"

#include <algorithm>
#include <filesystem>

#include "driver/language.h"
#include "driver/lsp/names.h"
#include "frontend/decode.h"
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
    if (keyword && keyword->is_template_use())
        return Hover{code("[template name=value]") + "\n\n" + std::string(keyword_doc("template")), keyword->range};
    if (!keyword || !keyword->spec) return std::nullopt;
    const KeywordSpec& spec = *keyword->spec;
    std::string markdown = code(keyword_form(spec)) + "\n\n" + std::string(keyword_doc(spec.name));
    if (!spec.args().empty()) markdown += '\n';
    for (const AttrSpec& arg : spec.args())
        markdown += "\n- " + code(arg.name) + ": " + std::string(keyword_arg_doc(spec.name, arg.name));
    return Hover{std::move(markdown), keyword->range};
}

std::optional<Hover> attribute_hover(const Document& document, const Tag& tag, const XmlAttr& attr, uint32_t offset) {
    const std::string_view name = document.text(attr.name);
    if (!holds(attr.name, offset)) return keyword_hover(document, attr.value, offset);
    const AttrSpec* spec = tag.spec ? find_attr(*tag.spec, name) : nullptr;
    if (!spec && document.name(tag) == kInclude)
        if (const std::string_view doc = attribute_doc(kInclude, name); !doc.empty())
            return Hover{std::string(doc), attr.name};
    if (!spec) return std::nullopt;
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

// As the compiler finds it: beside the document.
Definition included(const Document& document, SourceRange href) {
    const std::filesystem::path beside = std::filesystem::path(document.file().name()).parent_path();
    return {(beside / decode_attribute(document.file(), href, false).bytes).lexically_normal().string(), {}};
}

std::string title(const Document& document, const Tag& tag) {
    std::string out(document.name(tag));
    std::string_view what;
    if (takes_message(out)) what = start_of_message(document, tag);
    for (const char* name :
         {"request", "response", "id", "name", "href", "variables", "milliseconds", "display", "value"})
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

std::optional<Definition> definition(const Document& document, uint32_t offset) {
    if (const Tag* tag = document.tag_at(offset); tag && document.name(*tag) == kInclude)
        for (const XmlAttr& attr : tag->token->attrs)
            if (document.text(attr.name) == "href" && holds(attr.value, offset)) return included(document, attr.value);
    const std::vector<Name> names = names_of(document);
    const auto at = std::find_if(names.begin(), names.end(), [&](const Name& n) { return holds(n.range, offset); });
    if (at == names.end()) return std::nullopt;
    const auto same = [&](const Name& n) { return n.kind == at->kind && n.text == at->text && n.introduces(); };
    const auto first = std::find_if(names.begin(), names.end(), same);
    if (first == names.end()) return std::nullopt;
    return Definition{{}, first->range};
}

std::vector<Symbol> symbols(const Document& document) {
    std::vector<Symbol> out;
    for (const Tag& tag : document.tags()) {
        const bool is_include = document.name(tag) == kInclude;
        const bool is_root = tag.spec && tag.spec->kind == ElementKind::Root;
        const bool is_top =
            !tag.parent || (!tag.parent->parent && tag.parent->spec && tag.parent->spec->kind == ElementKind::Root);
        if (!is_top || is_root || (!tag.spec && !is_include)) continue;
        Symbol::Kind kind = is_include ? Symbol::File : Symbol::Property;
        if (tag.spec && tag.spec->kind == ElementKind::Step) kind = Symbol::Event;
        if (tag.spec && tag.spec->kind == ElementKind::Mark) kind = Symbol::Key;
        const std::string_view optional = attribute(document, tag, "optional");
        const bool is_optional = !optional.empty() && optional != "false";
        out.push_back({title(document, tag),
                       is_optional ? "optional" : "",
                       kind,
                       {tag.token->range.begin, tag.end - tag.token->range.begin},
                       tag.token->name});
    }
    return out;
}

}  // namespace gsp::driver::lsp
