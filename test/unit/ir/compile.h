// SPDX-License-Identifier: Apache-2.0
// Scenario text → IR and diagnostics, for tests.
#pragma once
#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "frontend/parse.h"
#include "ir/lower.h"

namespace gsp::test {

struct Compiled {
    std::unique_ptr<SourceFile> file;
    std::unique_ptr<Diag> diag;
    std::optional<ir::Program> program;

    // "12:5 unknown-keyword" of each diagnostic, in order of position.
    std::vector<std::string> diagnostics() const {
        std::vector<std::string> out;
        std::vector<const Diagnostic*> sorted;
        for (const Diagnostic& d : diag->all()) sorted.push_back(&d);
        std::stable_sort(sorted.begin(), sorted.end(),
                         [](auto* a, auto* b) { return a->range.begin < b->range.begin; });
        for (const Diagnostic* d : sorted) {
            LineColumn at = file->line_column(d->range.begin);
            out.push_back(std::to_string(at.line) + ":" + std::to_string(at.column) + " " + diag_info(d->id).name);
        }
        return out;
    }
};

inline Compiled compile(std::string text, const ir::LowerOptions& options = {}) {
    Compiled c;
    c.file = std::make_unique<SourceFile>("test.xml", std::move(text));
    c.diag = std::make_unique<Diag>(*c.file);
    if (auto scenario = parse_scenario(*c.file, *c.diag)) c.program = ir::lower(*scenario, *c.file, *c.diag, options);
    return c;
}

// A client that sends OPTIONS and waits for 200, with `middle` in between.
inline std::string client(const std::string& middle, const std::string& headers = "") {
    return "<scenario>\n<send><![CDATA[\nOPTIONS sip:a@b SIP/2.0\nCall-ID: [call_id]\nCSeq: 1 OPTIONS\n" + headers +
           "\n]]></send>\n" + middle + "\n<recv response=\"200\"/>\n</scenario>\n";
}

}  // namespace gsp::test
