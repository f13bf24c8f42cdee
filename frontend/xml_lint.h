// SPDX-License-Identifier: Apache-2.0
// Warnings about XML that SIPp accepts although it is not well-formed, or accepts and drops, and the limits of a file.
// Shared by the strict reader (xml_reader.cpp) and the tolerant one (xml_tolerant.cpp); sees each token once.
#pragma once
#include <string_view>

#include "frontend/xml_reader.h"

namespace gsp {

class XmlLint {
public:
    // `part`: the bytes of one file.
    XmlLint(const SourceFile& file, SourceRange part, Diag& diag) : file_(file), part_(part), diag_(diag) {}

    bool bytes();                           // first of all; false: an error
    void before_root(uint32_t root_begin);  // the place of <?xml …?>
    void comment(SourceRange content);
    void stray_text(SourceRange, bool after_root);
    void element_after_root(SourceRange name);
    bool element(const XmlElement&, size_t depth);  // false: an error, a limit was passed

private:
    void value(SourceRange);

    const SourceFile& file_;
    SourceRange part_;
    Diag& diag_;
    size_t elements_ = 0;
    bool after_root_reported_ = false;
};

inline bool is_blank(char c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}
SourceRange trimmed(const SourceFile&, SourceRange);  // without blanks at both ends

}  // namespace gsp
