// SPDX-License-Identifier: Apache-2.0
// libFuzzer target: any bytes through the whole frontend. Aborts if an answer is neither a tree nor an error, or if a
// place lies outside of the file.
#include <cstdlib>

#include "frontend/parse.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    const gsp::SourceFile file("fuzz.xml", std::string(reinterpret_cast<const char*>(data), size));
    gsp::Diag diag(file);
    const auto scenario = gsp::parse_scenario(file, diag, {{"own"}});
    if (scenario.has_value() != diag.ok()) std::abort();
    for (const gsp::Diagnostic& d : diag.all())
        if (d.range.end() > size) std::abort();
    if (scenario && gsp::ast::dump(*scenario, file).empty()) std::abort();
    gsp::render_text(diag, true);
    gsp::render_json({&diag});
    gsp::render_sarif({&diag}, "0");
    return 0;
}
