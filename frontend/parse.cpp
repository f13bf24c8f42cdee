// SPDX-License-Identifier: Apache-2.0
// See parse.h: includes resolved, the element tree checked against the schema, values parsed by their kind.
#include "frontend/parse.h"

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <cstdlib>
#include <limits>
#include <set>

#include "frontend/decode.h"
#include "frontend/templates.h"
#include "frontend/text.h"
#include "frontend/xml_reader.h"

namespace gsp {

namespace {

// Elements whose CDATA is a message.
struct MessageElement {
    std::string_view name;
    bool sip;  // it begins with a request or status line
};
constexpr MessageElement kMessageElements[] = {{"send", true}, {"sendCmd", false}, {"DefaultMessage", false}};
constexpr std::string_view kTemplateElement = "template";

std::vector<std::string_view> names(std::span<const ElementSpec> specs) {
    std::vector<std::string_view> out;
    for (const ElementSpec& spec : specs)
        if (spec.kind != ElementKind::Root) out.push_back(spec.name);
    return out;
}

// C syntax: 10, 0x0a, 012. As in SIPp, nothing at all is 0, here and in the next two.
std::optional<double> parse_integer(const std::string& s) {
    char* end = nullptr;
    errno = 0;
    const long value = std::strtol(s.c_str(), &end, 0);
    if (*end || errno == ERANGE) return std::nullopt;
    if (value < std::numeric_limits<int32_t>::min() || value > std::numeric_limits<int32_t>::max()) return std::nullopt;
    return static_cast<double>(value);
}

std::optional<double> parse_number(const std::string& s) {
    char* end = nullptr;
    const double value = std::strtod(s.c_str(), &end);
    if (*end) return std::nullopt;
    return value;
}

std::optional<double> parse_flag(const std::string& s) {
    std::string lower = s;
    for (char& c : lower) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    if (lower == "true") return 1;
    if (lower == "false") return 0;
    const std::optional<double> value = parse_integer(s);
    if (!value) return std::nullopt;
    return *value != 0 ? 1 : 0;
}

class Parser {
public:
    Parser(SourceFile& file, const XmlElement& root, Diag& diag, const ParseOptions& options)
        : file_(file), root_(root), diag_(diag), options_(options), templates_(file, root, diag) {}

    ast::Scenario scenario(Includes);

private:
    std::string text(SourceRange r) const { return std::string(file_.text(r)); }
    void suggest(Diag::Handle& handle, std::string_view word, const std::vector<std::string_view>& candidates,
                 SourceRange where, std::string_view before = "", std::string_view after = "");

    std::optional<ast::Element> element(const XmlElement&, const ElementSpec*, std::span<const ElementSpec>, D unknown);
    void attributes(const XmlElement&, ast::Element&);
    void value(ast::Attr&, const ElementSpec& owner);
    void unknown_attribute(const ast::Attr&, const ElementSpec& owner);
    bool names_variable(ast::Attr&) const;
    void word(const ast::Attr&);
    void content(const XmlElement&, ast::Element&);
    void block(const XmlElement&, ast::Element&);
    void actions(const XmlElement&, ast::Element&);
    void message(const XmlElement&, ast::Element&, bool sip);
    void start_line(const ast::Text&);

    const SourceFile& file_;
    const XmlElement& root_;
    Diag& diag_;
    const ParseOptions& options_;
    Templates templates_;
};

void Parser::suggest(Diag::Handle& handle, std::string_view word, const std::vector<std::string_view>& candidates,
                     SourceRange where, std::string_view before, std::string_view after) {
    const std::string_view meant = nearest(word, candidates);
    if (meant.empty()) return;
    handle.note("did you mean `" + std::string(before) + std::string(meant) + std::string(after) + "`?", where);
}

ast::Scenario Parser::scenario(Includes includes) {
    ast::Scenario out;
    out.includes = std::move(includes.files);
    out.complete = includes.complete;
    out.range = root_.range;
    ast::Element self;
    self.spec = find_element("scenario");
    attributes(root_, self);
    if (const ast::Attr* name = self.find("name")) out.name = name->value;
    if (root_.cdata) diag_.emit(D::StrayText, *root_.cdata);
    for (const XmlElement& child : root_.children) {
        const ElementSpec* spec = find_element(file_.text(child.name));
        if (spec && spec->kind == ElementKind::Root) spec = nullptr;
        if (auto e = element(child, spec, element_specs(), D::UnknownElement)) out.children.push_back(std::move(*e));
    }
    if (out.complete) templates_.report_unused();  // else what uses them may be missing
    return out;
}

std::optional<ast::Element> Parser::element(const XmlElement& xml, const ElementSpec* spec,
                                            std::span<const ElementSpec> known, D unknown) {
    if (!spec) {
        auto handle = diag_.emit(unknown, xml.name, {text(xml.name)});
        suggest(handle, file_.text(xml.name), names(known), xml.name, "<", ">");
        return std::nullopt;
    }
    ast::Element out;
    out.spec = spec;
    out.range = xml.range;
    out.name_range = xml.name;
    attributes(xml, out);
    content(xml, out);
    return out;
}

void Parser::attributes(const XmlElement& xml, ast::Element& out) {
    std::set<std::string_view> seen;
    for (const XmlAttr& a : xml.attrs) {
        const std::string_view name = file_.text(a.name);
        const bool is_namespace = name == "xmlns" || name.starts_with("xmlns:");  // says nothing about the element
        if (is_namespace || !seen.insert(name).second) continue;
        ast::Attr& attr = out.attrs.emplace_back();
        attr.spec = find_attr(*out.spec, name);
        attr.name = name;
        attr.name_range = a.name;
        attr.value_range = a.value;
        value(attr, *out.spec);
    }
    for (const AttrSpec& spec : out.spec->attrs)
        if (spec.required && !seen.contains(spec.name))
            diag_.emit(D::MissingAttribute, xml.name, {text(xml.name), spec.name});
}

void Parser::value(ast::Attr& attr, const ElementSpec& owner) {
    const AttrKind kind = attr.spec ? attr.spec->kind : AttrKind::Raw;
    const bool twice = kind == AttrKind::Text || kind == AttrKind::Regex || owner.kind == ElementKind::Setting;
    const MappedText decoded = decode_attribute(file_, attr.value_range, twice);
    attr.value = decoded.bytes;
    const std::vector<std::string> args = {attr.name, attr.value};
    switch (kind) {
    case AttrKind::Int:
        attr.number = parse_integer(attr.value);
        if (!attr.number) diag_.emit(D::BadInteger, attr.value_range, args);
        break;
    case AttrKind::Duration:
    case AttrKind::Millis:
        if (names_variable(attr)) break;
        attr.number = kind == AttrKind::Millis ? parse_integer(attr.value) : parse_number(attr.value);
        if (!attr.number) diag_.emit(D::BadDuration, attr.value_range, args);
        break;
    case AttrKind::Num:
        attr.number = parse_number(attr.value);
        if (!attr.number) diag_.emit(D::BadNumber, attr.value_range, args);
        break;
    case AttrKind::Flag:
        attr.number = parse_flag(attr.value);
        if (!attr.number) diag_.emit(D::BadFlag, attr.value_range, args);
        break;
    case AttrKind::Enum: word(attr); break;
    case AttrKind::Text: attr.text = parse_text(templates_.expand(decoded), diag_, options_.user_keys); break;
    default: break;
    }
    if (attr.number && attr.value.empty()) diag_.emit(D::EmptyNumber, attr.value_range, args);
    if (!attr.spec) unknown_attribute(attr, owner);
}

// Ours: a duration may be `[$variable]`.
bool Parser::names_variable(ast::Attr& attr) const {
    const std::string& s = attr.value;
    if (!s.starts_with("[$") || !s.ends_with("]") || s.size() < 4) return false;
    attr.variable = s.substr(2, s.size() - 3);
    return true;
}

void Parser::unknown_attribute(const ast::Attr& attr, const ElementSpec& owner) {
    std::vector<std::string_view> known;
    for (const AttrSpec& spec : owner.attrs) known.push_back(spec.name);
    auto handle = diag_.emit(D::UnknownAttribute, attr.name_range, {attr.name, owner.name});
    suggest(handle, attr.name, known, attr.name_range);
}

void Parser::word(const ast::Attr& attr) {
    const std::vector<std::string_view> words = split_words(attr.spec->words);
    std::string list;
    for (const std::string_view w : words) {
        if (w == attr.value) return;
        list += (list.empty() ? "" : ", ") + std::string(w);
    }
    auto handle = diag_.emit(D::BadWord, attr.value_range, {attr.name, attr.value, list});
    suggest(handle, attr.value, words, attr.value_range);
}

void Parser::content(const XmlElement& xml, ast::Element& out) {
    if (out.spec->kind == ElementKind::Step) {
        actions(xml, out);
    } else if (out.spec->kind == ElementKind::Block) {
        block(xml, out);
    } else {
        for (const XmlElement& child : xml.children)
            diag_.emit(D::MisplacedElement, child.name, {text(child.name), out.spec->name});
    }
    const auto* kind = std::find_if(std::begin(kMessageElements), std::end(kMessageElements),
                                    [&](const MessageElement& m) { return m.name == out.spec->name; });
    if (kind != std::end(kMessageElements)) {
        message(xml, out, kind->sip);
    } else if (xml.cdata && out.spec->name != kTemplateElement) {
        diag_.emit(D::StrayText, *xml.cdata);
    }
}

// SIPp: <init> holds only steps that do not wait, and labels.
void Parser::block(const XmlElement& xml, ast::Element& out) {
    for (const XmlElement& child : xml.children) {
        const ElementSpec* spec = find_element(file_.text(child.name));
        const bool fits = spec && (spec->kind == ElementKind::Mark || std::string_view(spec->name) == "nop");
        if (spec && !fits) {
            diag_.emit(D::NotInInit, child.name, {text(child.name)});
            continue;
        }
        if (auto e = element(child, spec, element_specs(), D::UnknownElement)) out.children.push_back(std::move(*e));
    }
}

void Parser::actions(const XmlElement& xml, ast::Element& out) {
    for (const XmlElement& child : xml.children) {
        const bool first = &child == &xml.children.front();
        if (!first || file_.text(child.name) != "action") {
            diag_.emit(D::IgnoredElement, child.name, {text(child.name)});
            continue;
        }
        for (const XmlElement& action : child.children) {
            const ElementSpec* spec = find_action(file_.text(action.name));
            if (auto e = element(action, spec, action_specs(), D::UnknownAction)) out.actions.push_back(std::move(*e));
        }
    }
}

void Parser::message(const XmlElement& xml, ast::Element& out, bool sip) {
    if (!xml.cdata) {
        diag_.emit(D::MissingMessage, xml.name, {text(xml.name)});
        return;
    }
    const int errors = diag_.errors();
    const MappedText normalised = normalise_message(templates_.expand(plain_text(file_, *xml.cdata)), sip);
    if (normalised.bytes.find_first_not_of('\n') == std::string::npos) {
        if (diag_.errors() == errors) diag_.emit(D::EmptyMessage, xml.name, {text(xml.name)});
        return;
    }
    out.message = parse_text(normalised, diag_, options_.user_keys);
    if (sip && diag_.errors() == errors) start_line(*out.message);
}

// What SIPp asks of the text before the first keyword of a message. A -key keyword counts as text, which is not known
// here.
void Parser::start_line(const ast::Text& message) {
    const ast::Part& first = message.parts.front();
    if (first.user_key || (message.parts.size() > 1 && message.parts[1].user_key)) return;
    const std::string& s = first.text;
    if (!first.is_literal() || s.find(' ') == std::string::npos) {
        diag_.emit(D::BadStartLine, first.range);
        return;
    }
    constexpr std::string_view kVersion = "SIP/2.0";
    if (!s.starts_with(kVersion)) return;
    const int code = std::atoi(s.c_str() + kVersion.size());
    if (code < 100 || code >= 700) diag_.emit(D::BadStatusCode, first.range);
}

}  // namespace

std::optional<ast::Scenario> parse_scenario(SourceFile& file, Diag& diag, const ParseOptions& options) {
    std::optional<XmlElement> root = read_xml(file, diag);
    if (!root) return std::nullopt;
    if (file.text(root->name) != "scenario") {
        diag.emit(D::NotAScenario, root->name, {std::string(file.text(root->name))});
        return std::nullopt;
    }
    Includes includes = resolve_includes(file, *root, options.read_include, diag);
    return Parser(file, *root, diag, options).scenario(std::move(includes));
}

}  // namespace gsp
