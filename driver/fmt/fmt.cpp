// SPDX-License-Identifier: Apache-2.0
#include "driver/fmt/fmt.h"

#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>

#include "driver/cli/tool_options.h"
#include "driver/exit_code.h"
#include "driver/fmt/format.h"

namespace gsp::driver {

namespace {

int fail(const std::string& text) {
    std::fprintf(stderr, "gossipper: error: %s\n", text.c_str());
    return kExitError;
}

int write(const std::string& text) {
    const bool written = std::fwrite(text.data(), 1, text.size(), stdout) == text.size() && std::fflush(stdout) == 0;
    return written ? kExitOk : fail(std::string("cannot write to standard output: ") + std::strerror(errno));
}

int replace_file(const std::string& name, const std::string& text) {
    std::ofstream out(name, std::ios::binary);
    out.write(text.data(), static_cast<std::streamsize>(text.size()));
    out.close();
    return out.good() ? kExitOk : fail("cannot write '" + name + "': " + std::strerror(errno));
}

int format_file(const std::string& name, const ToolOptions& options) {
    std::string error;
    const std::unique_ptr<SourceFile> file = read_scenario({name, false}, error);
    if (!file) return fail(error);
    Diag diag(*file, options.front.diag);
    const std::optional<std::string> formatted = format_scenario(*file, diag);
    const std::string messages = render_text(diag, isatty(STDERR_FILENO) != 0);
    std::fwrite(messages.data(), 1, messages.size(), stderr);
    if (!formatted) return kExitError;
    const bool changes = *formatted != file->text();
    if (options.check_only) return changes ? std::puts(file->name().c_str()), kExitError : kExitOk;
    if (!options.in_place || name == "-") return write(*formatted);
    return changes ? replace_file(name, *formatted) : kExitOk;
}

}  // namespace

int fmt_command(std::span<const std::string> arguments) {
    ToolOptions options;
    if (const std::optional<int> done = parse_tool_command(Tool::Fmt, arguments, options)) return *done;
    int status = kExitOk;
    for (const std::string& name : options.files)
        if (format_file(name, options) != kExitOk) status = kExitError;
    return status;
}

}  // namespace gsp::driver
