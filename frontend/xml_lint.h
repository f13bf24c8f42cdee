// SPDX-License-Identifier: Apache-2.0
// Warnings about XML that SIPp accepts although it is not well-formed, or accepts and drops. Shared by the two readers of
// xml_reader.cpp and xml_tolerant.cpp; sees each token once.
#pragma once
#include <string_view>

#include "frontend/xml_reader.h"

namespace gsp {

constexpr size_t kMaxXmlDepth = 64;
constexpr size_t kMaxXmlElements = 500'000;  // bounds memory: a 16 MiB file could hold four million

class XmlLint {
public:
    XmlLint(const SourceFile& file, Diag& diag) : file_(file), diag_(diag) {}

    void bytes();                                  // once per file
    void declaration(SourceRange);                 // <?xml …?>
    void comment(SourceRange content);
    void text(SourceRange, bool inside_root, bool root_seen);
    void element_after_root(SourceRange name);
    void attributes(const XmlElement&);

private:
    void value(SourceRange);

    const SourceFile& file_;
    Diag& diag_;
    bool text_after_root_ = false;
};

// What both readers refuse; true if the error was emitted.
bool too_deep(Diag&, size_t depth, SourceRange at);
bool too_many_elements(Diag&, size_t count, SourceRange at);

std::string_view trim_blanks(std::string_view);
inline bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

// The range of `part`, which must be a piece of file.text().
SourceRange range_of(const SourceFile& file, std::string_view part);

}  // namespace gsp
