// SPDX-License-Identifier: Apache-2.0
// libFuzzer target: any bytes through the frontend and the lowering. Aborts if an answer is neither a tree nor an
// error, if a place lies outside of the file, or if the IR breaks its own rules.
#include <cstdlib>

#include "frontend/parse.h"
#include "ir/lower.h"
#include "ir/print.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    const gsp::SourceFile file("fuzz.xml", std::string(reinterpret_cast<const char*>(data), size));
    gsp::Diag diag(file);
    const auto scenario = gsp::parse_scenario(file, diag, {{"own"}});
    if (!scenario && diag.ok()) std::abort();
    if (scenario) {
        if (gsp::ast::dump(*scenario, file).empty()) std::abort();
        if (auto program = gsp::ir::lower(*scenario, file, diag))
            if (!gsp::ir::verify(*program).empty() || gsp::ir::print(*program).empty()) std::abort();
    }
    for (const gsp::Diagnostic& d : diag.all())
        if (d.range.end() > size) std::abort();
    gsp::render_text(diag, true);
    gsp::render_json({&diag});
    gsp::render_sarif({&diag}, "0");
    return 0;
}
