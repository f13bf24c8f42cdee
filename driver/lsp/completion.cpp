// SPDX-License-Identifier: Apache-2.0
#include "driver/lsp/completion.h"

#include <algorithm>
#include <set>

#include "driver/language.h"
#include "driver/lsp/names.h"
#include "frontend/documentation.h"
#include "frontend/xml_lint.h"

namespace gsp::driver::lsp {

namespace {

class Completer {
public:
    Completer(const Document& document, uint32_t offset, const std::vector<std::string>& user_keys)
        : document_(document),
          before_("", std::string(document.text().substr(0, offset))),
          offset_(offset),
          user_keys_(user_keys) {}

    Completions run() {
        out_.range = {offset_, 0};
        if (!before_.tokens().empty()) at(before_.tokens().back());
        return std::move(out_);
    }

private:
    void at(const XmlToken&);
    void in_start_tag(const Tag&);
    void elements(const Tag* parent);
    void attributes(const Tag&);
    void value(const Tag&, const XmlAttr&);
    void names(NameKind, ItemKind);
    void keywords(SourceRange text);
    void keyword_args(const Keyword&);

    void word_from(uint32_t begin) { out_.range = {begin, offset_ - begin}; }
    void add(std::string label, ItemKind kind, std::string_view documentation, std::string detail = {},
             std::string insert = {}) {
        if (insert.empty()) insert = label;
        out_.items.push_back(
            {std::move(label), std::move(detail), std::string(documentation), std::move(insert), kind});
    }

    const Document& document_;
    const Document before_;  // the text up to the place
    const uint32_t offset_;
    const std::vector<std::string>& user_keys_;
    Completions out_;
};

void Completer::at(const XmlToken& last) {
    switch (last.kind) {
    case XmlTokenKind::StartTag:
        if (!last.is_closed) in_start_tag(before_.tags().back());
        break;
    case XmlTokenKind::EndTag:
        if (before_.text().back() != '>' && before_.innermost_open()) {
            word_from(last.name.begin);
            add(std::string(before_.name(*before_.innermost_open())), ItemKind::Struct, "");
        }
        break;
    case XmlTokenKind::Cdata:
        if (!last.is_closed) keywords(last.content);
        break;
    case XmlTokenKind::Text:
        if (before_.text().back() == '<') elements(before_.innermost_open());
        break;
    default: break;
    }
}

void Completer::in_start_tag(const Tag& tag) {
    const XmlToken& token = *tag.token;
    if (!token.attrs.empty() && token.attrs.back().value.end() == offset_ && !token.flaws.empty() &&
        token.flaws.back().id == D::UnclosedValue)
        return value(tag, token.attrs.back());
    if (token.name.end() == offset_) {
        word_from(token.name.begin);
        return elements(tag.parent);
    }
    uint32_t begin = offset_;
    while (is_xml_name_char(before_.text()[begin - 1])) --begin;
    if (!is_blank(before_.text()[begin - 1])) return;
    word_from(begin);
    attributes(tag);
}

void Completer::elements(const Tag* parent) {
    if (!parent) {  // a scenario, or a file to be included
        for (const ElementSpec& spec : element_specs()) add(spec.name, ItemKind::Struct, element_doc(spec.name));
        return;
    }
    const std::string_view name = before_.name(*parent);
    for (const ElementSpec* spec : children_of(name)) {
        const bool is_action = spec->kind == ElementKind::Action;
        add(spec->name, is_action ? ItemKind::Function : ItemKind::Struct,
            is_action ? action_doc(spec->name) : element_doc(spec->name));
    }
    const bool in_step = parent->spec && takes_actions(*parent->spec);
    if (in_step) add("action", ItemKind::Struct, element_doc("action"));
    if (takes_text(name)) add("![CDATA[", ItemKind::Struct, "The text.", "", "![CDATA[\n$1\n]]>");
    if (in_step || !children_of(name).empty())
        add(std::string(kInclude), ItemKind::Struct, element_doc(kInclude), "",
            std::string(kInclude) + " href=\"$1\"/>");
}

void Completer::attributes(const Tag& tag) {
    if (!tag.spec) return;
    // Those behind the place count as well.
    std::set<std::string_view> given;
    if (const Tag* whole = document_.tag_at(tag.token->range.begin))
        for (const XmlAttr& attr : whole->token->attrs) given.insert(document_.text(attr.name));
    const std::string_view rest = document_.text().substr(offset_);
    const bool has_value = rest.starts_with('=');
    for (const AttrSpec& attr : tag.spec->attrs) {
        const bool is_typed = document_.text(out_.range) == attr.name;
        if (given.contains(attr.name) && !is_typed) continue;
        add(attr.name, ItemKind::Property, attribute_doc(tag.spec->name, attr.name), value_form(attr),
            has_value ? attr.name : std::string(attr.name) + "=\"$1\"");
    }
}

void Completer::value(const Tag& tag, const XmlAttr& attr) {
    if (!tag.spec) return;
    const std::string_view name = before_.text(attr.name);
    const AttrSpec* spec = find_attr(*tag.spec, name);
    if (!spec) return;
    const NameKind kind = name_kind(tag, name);
    const bool is_word = spec->kind == AttrKind::Enum || spec->kind == AttrKind::Flag;
    if (!is_word && kind == NameKind::None) return keywords(attr.value);
    const size_t comma = is_list_of_names(tag, name) ? before_.text(attr.value).rfind(',') : std::string_view::npos;
    word_from(attr.value.begin + (comma == std::string_view::npos ? 0 : static_cast<uint32_t>(comma) + 1));
    if (kind != NameKind::None) return names(kind, kind == NameKind::Label ? ItemKind::Reference : ItemKind::Variable);
    for (const std::string_view word : split_words(spec->kind == AttrKind::Enum ? spec->words : "true false"))
        add(std::string(word), ItemKind::Value, "");
}

// The names of a kind that the whole document uses; of labels and templates those that are defined.
void Completer::names(NameKind kind, ItemKind item) {
    std::set<std::string_view> seen = {document_.text(out_.range)};
    for (const Name& name : names_of(document_)) {
        if (name.kind != kind || !name.introduces()) continue;
        const bool is_typed_here = name.range.begin == out_.range.begin;
        if (!is_typed_here && seen.insert(name.text).second) add(std::string(name.text), item, "");
    }
}

void Completer::keywords(SourceRange text) {
    const std::vector<Keyword> found = keywords_in(before_, text.begin, offset_);
    if (found.empty() || found.back().is_closed) return;
    const Keyword& open = found.back();
    if (open.word.size() < open.inside.length) return keyword_args(open);
    word_from(open.inside.begin);
    for (const KeywordSpec& spec : keyword_specs()) {
        const std::vector<std::string_view> endings = split_words(spec.endings());
        for (const std::string_view ending : endings)
            add(spec.name + std::string(ending), ItemKind::Keyword, keyword_doc(spec.name));
        if (endings.empty()) add(spec.name, ItemKind::Keyword, keyword_doc(spec.name), keyword_form(spec));
    }
    add("template", ItemKind::Keyword, keyword_doc("template"), "", "template name=\"$1\"");
    for (const std::string& key : user_keys_) add(key, ItemKind::Keyword, "Defined with -key.");
    std::set<std::string_view> seen;
    for (const Name& name : names_of(document_))
        if (name.kind == NameKind::Variable && seen.insert(name.text).second)
            add('$' + std::string(name.text), ItemKind::Variable, "");
}

void Completer::keyword_args(const Keyword& keyword) {
    uint32_t begin = offset_;
    while (is_xml_name_char(before_.text()[begin - 1])) --begin;
    const std::string_view before = before_.text().substr(0, begin);
    word_from(begin);
    if (keyword.is_template_use() && before.ends_with("name=\"")) return names(NameKind::Template, ItemKind::Reference);
    if (!keyword.spec) return;
    for (const AttrSpec& arg : keyword.spec->args()) {
        if (arg.kind == AttrKind::Var && before.ends_with(std::string(arg.name) + '='))
            return names(NameKind::Variable, ItemKind::Variable);
        if (!before.ends_with(' ')) continue;
        add(arg.name, ItemKind::Property, keyword_arg_doc(keyword.spec->name, arg.name), value_form(arg),
            std::string(arg.name) + '=');
    }
}

}  // namespace

Completions complete(const Document& document, uint32_t offset, const std::vector<std::string>& user_keys) {
    return Completer(document, offset, user_keys).run();
}

}  // namespace gsp::driver::lsp
