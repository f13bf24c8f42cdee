// SPDX-License-Identifier: Apache-2.0
// The reader for files that a strict XML parser refuses but SIPp's hand-written one (up to 3.7.7) takes: one pass, one
// warning for each repair. Used by read_xml() when pugixml has failed.
#pragma once
#include <optional>

#include "frontend/xml_lint.h"

namespace gsp {

struct XmlPart {
    const SourceFile& file;
    SourceRange range;  // of one file
    bool fragment;      // all elements at the top level; else the first one
    std::string_view text() const { return file.text(range); }
};

// Nothing if an error was emitted, else at least one element.
std::optional<std::vector<XmlElement>> read_xml_tolerant(const XmlPart&, Diag&, XmlLint&);

}  // namespace gsp
