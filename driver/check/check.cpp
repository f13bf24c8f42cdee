// SPDX-License-Identifier: Apache-2.0
#include "driver/check/check.h"

#include <unistd.h>

#include <cstdio>

#include "driver/check/steps.h"
#include "driver/exit_code.h"
#include "runtime/inject/injection_file.h"

namespace gsp::driver {

namespace {

void print(const std::string& text, std::FILE* to) {
    std::fwrite(text.data(), 1, text.size(), to);
}

}  // namespace

int check_files(const ToolOptions& options) {
    std::vector<FrontResult> results;
    bool failed = false;
    for (const std::string& name : options.files) {
        std::string error;
        std::unique_ptr<SourceFile> file = read_scenario({name, false}, error);
        if (!file) {
            print("gossipper: error: " + error + "\n", stderr);
            failed = true;
            continue;
        }
        results.push_back(compile_front(std::move(file), options.front));
        failed = failed || !results.back().diag->ok();
    }
    for (const rt::InjectionConfig::File& file : options.injection.files)
        if (auto opened = rt::InjectionFile::open(file.path); !opened)
            print("gossipper: warning: " + opened.error().text + "\n", stderr);
    if (options.steps)
        for (const FrontResult& r : results)
            if (r.program) print(steps_text(*r.program), stdout);
    std::vector<const Diag*> diags;
    for (const FrontResult& r : results) diags.push_back(r.diag.get());
    switch (options.format) {
    case Format::Text:
        for (const Diag* diag : diags) print(render_text(*diag, isatty(STDERR_FILENO) != 0), stderr);
        break;
    case Format::Json: print(render_json(diags), stdout); break;
    case Format::Sarif: print(render_sarif(diags, GSP_VERSION), stdout); break;
    }
    return failed ? kExitError : kExitOk;
}

int check_command(std::span<const std::string> arguments) {
    ToolOptions options;
    if (const std::optional<int> done = parse_tool_command(Tool::Check, arguments, options)) return *done;
    return check_files(options);
}

}  // namespace gsp::driver
