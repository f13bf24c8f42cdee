// SPDX-License-Identifier: Apache-2.0
// The reader for files that a strict XML parser refuses but SIPp's hand-written one (up to 3.7.7) takes: one pass, one
// warning for each repair. Used by read_xml() when pugixml has failed.
#pragma once
#include <optional>

#include "frontend/xml_lint.h"

namespace gsp {

// Nothing if an error was emitted.
std::optional<XmlElement> read_xml_tolerant(const SourceFile&, Diag&, XmlLint&);

}  // namespace gsp
