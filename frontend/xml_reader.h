// SPDX-License-Identifier: Apache-2.0
// XML text → element tree with the exact place of every name and value. Nothing is decoded here: a value is the range
// of the bytes between its quotes. Files that are not well-formed are read as SIPp reads them, with one warning for
// each repair; what SIPp rejects too is an error. Encoding declarations are not acted upon: bytes stay as they are.
#pragma once
#include <optional>
#include <vector>

#include "frontend/diag.h"
#include "frontend/source.h"

namespace gsp {

struct XmlAttr {
    SourceRange name, value;
};

struct XmlElement {
    SourceRange range;  // the start tag, from `<` to `>`
    SourceRange name;
    std::vector<XmlAttr> attrs;        // duplicates included, in file order
    std::vector<XmlElement> children;  // elements only
    std::optional<SourceRange> cdata;  // content of the first CDATA section
};

constexpr size_t kMaxElements = 500'000;  // bounds memory: 16 MiB of text could hold four million

// The first element of the main file. Nothing, with an error emitted, if SIPp could not read the file either.
std::optional<XmlElement> read_xml(const SourceFile&, Diag&);

// All elements at the top level of an included file: at least one. Nothing: as above.
std::optional<std::vector<XmlElement>> read_xml_fragment(const SourceFile&, SourceRange file, Diag&);

}  // namespace gsp
