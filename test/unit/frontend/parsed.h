// SPDX-License-Identifier: Apache-2.0
// A scenario text parsed for a test, with its diagnostics in a form that fits into a table: "id line:column+length".
#pragma once
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "frontend/parse.h"

namespace gsp {

using Found = std::vector<std::string>;

inline std::string place(const SourceFile& file, SourceRange r) {
    const LineColumn at = file.line_column(r.begin);
    return std::to_string(at.line) + ':' + std::to_string(at.column) + '+' + std::to_string(r.length);
}

inline Found found(const Diag& diag) {
    Found out;
    for (const Diagnostic& d : diag.all())
        out.push_back(std::string(diag_info(d.id).name) + ' ' + place(diag.file(), d.range));
    return out;
}

struct Parsed {
    explicit Parsed(std::string text, const ParseOptions& options = {})
        : file("t.xml", std::move(text)), diag(file), scenario(parse_scenario(file, diag, options)) {}
    Parsed(const Parsed&) = delete;

    Found found() const { return gsp::found(diag); }
    std::string place(SourceRange r) const { return gsp::place(file, r); }
    std::string_view source(SourceRange r) const { return file.text(r); }

    SourceFile file;
    Diag diag;
    std::optional<ast::Scenario> scenario;
};

// A scenario whose only message is `message`.
inline std::string send_of(const std::string& message) {
    return "<scenario><send><![CDATA[" + message + "]]></send></scenario>";
}

}  // namespace gsp
