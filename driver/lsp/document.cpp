// SPDX-License-Identifier: Apache-2.0
#include "driver/lsp/document.h"

#include <algorithm>

#include "frontend/decode.h"

namespace gsp::driver::lsp {

namespace {

struct Character {
    uint32_t bytes, units;  // UTF-8, UTF-16
};

Character character_at(std::string_view s) {
    const size_t n = utf8_length(s.substr(0, 4));
    return {n == 0 ? 1u : static_cast<uint32_t>(n), n == 4 ? 2u : 1u};
}

bool is_container(const Tag& tag) {
    return tag.spec && (tag.spec->kind == ElementKind::Root || tag.spec->kind == ElementKind::Block);
}

}  // namespace

Document::Document(std::string name, std::string text) : file_(std::move(name), std::move(text)) {
    line_starts_.push_back(0);
    for (size_t end = 0; (end = file_.text().find_first_of("\r\n", end)) != std::string_view::npos;) {
        end += file_.text().substr(end, 2) == "\r\n" ? 2 : 1;
        line_starts_.push_back(static_cast<uint32_t>(end));
    }
    XmlScanner scanner(file_.text());
    while (std::optional<XmlToken> token = scanner.next()) tokens_.push_back(std::move(*token));
    build_tree();
}

// Damage must not spread: an end tag closes all that is open inside its element, and an element of the scenario all but
// the scenario.
void Document::build_tree() {
    tags_.reserve(tokens_.size());  // pointers into it stay valid
    std::vector<Tag*> open;
    const auto close_to = [&](size_t depth, uint32_t end) {
        for (; open.size() > depth; open.pop_back()) {
            open.back()->end = end;
            open.back()->is_open = false;
        }
    };
    for (const XmlToken& token : tokens_) {
        const std::string_view own = text(token.name);
        if (token.kind == XmlTokenKind::EndTag) {
            const auto match =
                std::find_if(open.rbegin(), open.rend(), [&](const Tag* tag) { return name(*tag) == own; });
            if (match == open.rend()) continue;
            const auto depth = static_cast<size_t>(open.rend() - match) - 1;
            close_to(depth + 1, token.range.begin);
            close_to(depth, token.range.end());
        }
        if (token.kind != XmlTokenKind::StartTag) continue;
        if (const ElementSpec* spec = find_element(own); spec && spec->kind != ElementKind::Root) {
            const auto container =
                std::find_if(open.rbegin(), open.rend(), [](const Tag* tag) { return is_container(*tag); });
            if (container != open.rend()) close_to(static_cast<size_t>(open.rend() - container), token.range.begin);
        }
        const Tag* parent = open.empty() ? nullptr : open.back();
        const bool is_action = parent && name(*parent) == "action";
        tags_.push_back({&token, parent, is_action ? find_action(own) : find_element(own)});
        open.push_back(&tags_.back());
        if (token.is_empty) close_to(open.size() - 1, token.range.end());
    }
    for (Tag* tag : open) tag->end = static_cast<uint32_t>(text().size());
}

const Tag* Document::innermost_open() const {
    const auto found = std::find_if(tags_.rbegin(), tags_.rend(), [](const Tag& tag) { return tag.is_open; });
    return found == tags_.rend() ? nullptr : &*found;
}

const Tag* Document::tag_at(uint32_t offset) const {
    const auto inside = [&](const Tag& tag) {
        return tag.token->range.begin <= offset && offset < tag.token->range.end();
    };
    const auto found = std::find_if(tags_.begin(), tags_.end(), inside);
    return found == tags_.end() ? nullptr : &*found;
}

std::string_view Document::line(size_t index) const {
    const size_t begin = line_starts_[index];
    return text().substr(begin, text().find_first_of("\r\n", begin) - begin);
}

uint32_t Document::offset(Position p) const {
    if (p.line >= line_starts_.size()) return static_cast<uint32_t>(text().size());
    const std::string_view whole = line(p.line);
    uint32_t at = 0;
    for (uint32_t units = 0; at < whole.size() && units < p.character;) {
        const Character c = character_at(whole.substr(at));
        units += c.units;
        at += c.bytes;
    }
    return line_starts_[p.line] + at;
}

Position Document::position(uint32_t offset) const {
    const auto after = std::upper_bound(line_starts_.begin(), line_starts_.end(), offset);
    const auto index = static_cast<size_t>(after - line_starts_.begin()) - 1;
    const std::string_view whole = line(index);
    return {static_cast<uint32_t>(index), utf16_length(whole.substr(0, offset - line_starts_[index]))};
}

uint32_t utf16_length(std::string_view s) {
    uint32_t units = 0;
    while (!s.empty()) {
        const Character c = character_at(s);
        units += c.units;
        s.remove_prefix(c.bytes);
    }
    return units;
}

std::string valid_utf8(std::string_view s) {
    std::string out;
    while (!s.empty()) {
        const size_t n = utf8_length(s.substr(0, 4));
        out += n > 0 ? s.substr(0, n) : std::string_view("\xef\xbf\xbd");
        s.remove_prefix(std::max<size_t>(n, 1));
    }
    return out;
}

}  // namespace gsp::driver::lsp
