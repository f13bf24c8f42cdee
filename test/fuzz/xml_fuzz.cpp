// SPDX-License-Identifier: Apache-2.0
// libFuzzer target: any bytes through the frontend and the lowering. Aborts if an answer is neither a tree nor an
// error, if a place lies outside of its file, or if the IR breaks its own rules.
#include <cerrno>
#include <cstdlib>

#include "frontend/parse.h"
#include "ir/lower.h"
#include "ir/print.h"

// The files that can be included.
static std::optional<std::string> included(const std::string& path) {
    if (path.ends_with('a')) return "<log message='[template name=t x=1]'/><log message='[$v]'/>";
    if (path.ends_with('b'))
        return "<scenario><template name='t'><![CDATA[X: [x]]]></template><xi:include href='c'/></scenario>";
    if (path.ends_with('c')) return "<nop><action><xi:include href='a'/></action></nop><recv response='200'/>";
    errno = ENOENT;
    return std::nullopt;
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    gsp::SourceFile file("fuzz.xml", std::string(reinterpret_cast<const char*>(data), size));
    gsp::Diag diag(file);
    const auto scenario = gsp::parse_scenario(file, diag, {{"own"}, included});
    if (!scenario && diag.ok()) std::abort();
    if (scenario) {
        if (gsp::ast::dump(*scenario, file).empty()) std::abort();
        if (auto program = gsp::ir::lower(*scenario, file, diag))
            if (!gsp::ir::verify(*program).empty() || gsp::ir::print(*program).empty()) std::abort();
    }
    for (const gsp::Diagnostic& d : diag.all()) {
        if (!file.same_segment(d.range.begin, d.range.end())) std::abort();
        if (file.name(d.range.begin) == file.name() && file.offset_in_file(d.range.end()) > size) std::abort();
    }
    gsp::render_text(diag, true);
    gsp::render_json({&diag});
    gsp::render_sarif({&diag}, "0");
    return 0;
}
