// SPDX-License-Identifier: Apache-2.0
// See xml_lint.h.
#include "frontend/xml_lint.h"

#include <algorithm>
#include <set>
#include <string>

#include "frontend/decode.h"

namespace gsp {

namespace {

constexpr size_t kMaxDepth = 64;

uint32_t narrow(size_t n) {
    return static_cast<uint32_t>(n);
}

}  // namespace

SourceRange trimmed(const SourceFile& file, SourceRange range) {
    const std::string_view s = file.text(range);
    size_t begin = 0, end = s.size();
    while (begin < end && is_blank(s[begin])) ++begin;
    while (end > begin && is_blank(s[end - 1])) --end;
    return {range.begin + narrow(begin), narrow(end - begin)};
}

bool XmlLint::bytes() {
    const std::string_view text = file_.text(part_);
    if (const size_t nul = text.find('\0'); nul != text.npos) {
        diag_.emit(D::NulByte, {part_.begin + narrow(nul), 1});
        return false;
    }
    const bool says_latin1 = text.substr(0, 200).find("8859-1") != text.npos;
    for (size_t i = 0; i < text.size() && !says_latin1;) {
        const size_t n = utf8_length(text.substr(i, 4));
        if (n == 0) {
            diag_.emit(D::InvalidUtf8, {part_.begin + narrow(i), 1});
            break;
        }
        i += n;
    }
    return true;
}

void XmlLint::before_root(uint32_t root_begin) {
    const std::string_view head = file_.text({part_.begin, root_begin - part_.begin});
    const size_t at = head.find("<?xml ");
    if (at == head.npos || at == 0) return;
    const std::string_view before = head.substr(0, at);
    const size_t open = before.rfind("<!--");
    const bool in_comment = open != before.npos && before.find("-->", open) == before.npos;
    const bool only_mark = before == "\xef\xbb\xbf";
    if (!in_comment && !only_mark) diag_.emit(D::MisplacedDeclaration, {part_.begin + narrow(at), 5});
}

void XmlLint::comment(SourceRange content) {
    const size_t at = file_.text(content).find("--");
    if (at != std::string_view::npos) diag_.emit(D::DoubleHyphenInComment, {content.begin + narrow(at), 2});
}

void XmlLint::stray_text(SourceRange range, bool after_root) {
    const SourceRange text = trimmed(file_, range);
    if (text.length == 0) return;
    if (!after_root) {
        diag_.emit(D::StrayText, text);
    } else if (!after_root_reported_) {
        after_root_reported_ = true;
        diag_.emit(D::TextAfterScenario, text);
    }
}

void XmlLint::element_after_root(SourceRange name) {
    if (after_root_reported_) return;
    after_root_reported_ = true;
    diag_.emit(D::ElementAfterScenario, name, {std::string(file_.text(name))});
}

bool XmlLint::element(const XmlElement& e, size_t depth) {
    if (depth > kMaxDepth) {
        diag_.emit(D::NestedTooDeep, e.name, {std::to_string(kMaxDepth)});
        return false;
    }
    if (++elements_ > kMaxElements) {
        diag_.emit(D::TooManyElements, e.name, {std::to_string(kMaxElements)});
        return false;
    }
    std::set<std::string_view> seen;
    for (const XmlAttr& a : e.attrs) {
        const std::string_view name = file_.text(a.name);
        if (!seen.insert(name).second) {
            const auto first = std::find_if(e.attrs.begin(), e.attrs.end(),
                                            [&](const XmlAttr& x) { return file_.text(x.name) == name; });
            diag_.emit(D::DuplicateAttribute, a.name, {std::string(name)}).note("the first one counts", first->name);
        }
        value(a.value);
    }
    return true;
}

void XmlLint::value(SourceRange range) {
    const std::string_view s = file_.text(range);
    if (const size_t at = s.find('<'); at != s.npos) diag_.emit(D::RawLtInValue, {range.begin + narrow(at), 1});
    for (size_t at = s.find('&'); at != s.npos; at = s.find('&', at + 1)) {
        if (entity_at(s.substr(at)).length > 0) continue;
        diag_.emit(D::BareAmpersand, {range.begin + narrow(at), 1});
        break;
    }
}

}  // namespace gsp
