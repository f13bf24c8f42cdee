// SPDX-License-Identifier: Apache-2.0
#include "driver/lsp/lsp.h"

#include <cstdio>

#include "driver/cli/tool_options.h"
#include "driver/exit_code.h"
#include "driver/lsp/framing.h"
#include "driver/lsp/server.h"

namespace gsp::driver {

int lsp_command(std::span<const std::string> arguments) {
    ToolOptions options;
    if (const std::optional<int> done = parse_tool_command(Tool::Lsp, arguments, options)) return *done;
    lsp::Server server(options.front);
    while (!server.exit_code()) {
        const std::optional<lsp::Frame> frame = lsp::read_frame(stdin);
        if (!frame) break;
        const std::vector<std::string> answers =
            frame->error.empty() ? server.handle(frame->body) : std::vector{server.parse_error(frame->error)};
        for (const std::string& body : answers)
            if (!lsp::write_frame(stdout, body)) return kExitError;
    }
    return server.code_at_end_of_input();
}

}  // namespace gsp::driver
