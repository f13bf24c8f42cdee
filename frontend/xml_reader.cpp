// SPDX-License-Identifier: Apache-2.0
// read_xml(): pugixml where it can, the tolerant reader where it cannot.
#include "frontend/xml_reader.h"

#include <cstring>
#include <pugixml.hpp>
#include <string>

#include "frontend/xml_lint.h"
#include "frontend/xml_tolerant.h"

namespace gsp {

namespace {

// pugixml parses a copy in place. With no flag set that would move bytes, every string it hands out lies at its offset
// in the file.
class StrictReader {
public:
    StrictReader(const XmlPart& part, XmlLint& lint) : part_(part), lint_(lint), buffer_(part.text()) {
        buffer_ += '\n';  // pugixml puts its terminator over the last byte
    }

    bool parse() {
        constexpr unsigned kFlags = pugi::parse_cdata | pugi::parse_comments | pugi::parse_fragment;
        return document_.load_buffer_inplace(buffer_.data(), buffer_.size(), kFlags, pugi::encoding_utf8) &&
               document_.document_element();
    }

    std::optional<std::vector<XmlElement>> elements() {
        std::vector<XmlElement> out;
        for (const pugi::xml_node node : document_.children()) {
            const bool done = !out.empty() && !part_.fragment;
            if (node.type() != pugi::node_element) {
                other(node, done);
            } else if (done) {
                lint_.element_after_root(place(node.name()));
            } else {
                if (!read(node, out.emplace_back(), 1)) return std::nullopt;
                if (out.size() == 1) lint_.before_root(out[0].range.begin);
            }
        }
        return out;
    }

private:
    SourceRange place(const char* s) const {
        return {part_.range.begin + static_cast<uint32_t>(s - buffer_.data()), static_cast<uint32_t>(std::strlen(s))};
    }

    void other(pugi::xml_node node, bool after_root) {
        if (node.type() == pugi::node_comment) lint_.comment(place(node.value()));
        if (node.type() == pugi::node_pcdata) lint_.stray_text(place(node.value()), after_root);
    }

    bool read(pugi::xml_node node, XmlElement& out, size_t depth) {
        out.name = place(node.name());
        uint32_t end = out.name.end();
        for (const pugi::xml_attribute a : node.attributes()) {
            out.attrs.push_back({place(a.name()), place(a.value())});
            end = out.attrs.back().value.end() + 1;
        }
        end = part_.range.begin + static_cast<uint32_t>(part_.text().find('>', end - part_.range.begin)) + 1;
        out.range = {out.name.begin - 1, end - (out.name.begin - 1)};
        if (!lint_.element(out, depth)) return false;
        for (const pugi::xml_node child : node.children()) {
            if (child.type() == pugi::node_element) {
                if (!read(child, out.children.emplace_back(), depth + 1)) return false;
            } else if (child.type() == pugi::node_cdata) {
                if (!out.cdata) out.cdata = place(child.value());
            } else {
                other(child, false);
            }
        }
        return true;
    }

    const XmlPart& part_;
    XmlLint& lint_;
    std::string buffer_;
    pugi::xml_document document_;
};

std::optional<std::vector<XmlElement>> read(const XmlPart& part, Diag& diag) {
    XmlLint lint(part.file, part.range, diag);
    if (!lint.bytes()) return std::nullopt;
    StrictReader strict(part, lint);
    return strict.parse() ? strict.elements() : read_xml_tolerant(part, diag, lint);
}

}  // namespace

std::optional<XmlElement> read_xml(const SourceFile& file, Diag& diag) {
    auto elements = read({file, {0, static_cast<uint32_t>(file.text().size())}, false}, diag);
    if (!elements) return std::nullopt;
    return std::move(elements->front());
}

std::optional<std::vector<XmlElement>> read_xml_fragment(const SourceFile& file, SourceRange range, Diag& diag) {
    return read({file, range, true}, diag);
}

}  // namespace gsp
