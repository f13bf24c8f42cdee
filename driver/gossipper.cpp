// SPDX-License-Identifier: Apache-2.0
// gossipper: chooses the sub-command. Without one it is a drop-in for sipp, as it is when called by that name.
#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

#include "driver/check/check.h"
#include "driver/exit_code.h"
#include "driver/fmt/fmt.h"
#include "driver/lsp/lsp.h"
#include "driver/run/run_command.h"
#include "driver/schema/schema.h"
#include "frontend/diag.h"

namespace gsp::driver {

namespace {

using Arguments = std::span<const std::string>;

struct SubCommand {
    std::string_view name;
    int (*run)(Arguments);
    const char* help;
};

int run_as_sipp(Arguments arguments) {
    return run_command(arguments, "");
}

constexpr SubCommand kSubCommands[] = {
    {"sipp", run_as_sipp, "run a scenario as load, with SIPp's options; may be left out"},
    {"check", check_command, "find the mistakes in scenario files"},
    {"fmt", fmt_command, "format scenario files"},
    {"lsp", lsp_command, "serve an editor: messages, completion, hover, outline (LSP)"},
    {"schema", schema_command, "print the schema of scenario files"},
};

std::string sub_commands_text() {
    std::string text =
        "gossipper v" GSP_VERSION
        ": compiles SIP scenarios and runs them as load\n\nSub-commands (`gossipper NAME -h` says more):\n";
    for (const SubCommand& c : kSubCommands) {
        text += "  " + std::string(c.name) + std::string(10 - c.name.size(), ' ') + c.help + "\n";
    }
    return text + "\n";
}

// What was typed as a sub-command could also be a remote host, so only what looks like a mistake is refused.
std::string mistaken_sub_command(std::string_view word) {
    if (word.ends_with(".xml") || word.ends_with(".so")) {
        return "'" + std::string(word) +
               "' looks like a scenario file: run it with -sf, or check it with `gossipper check`";
    }
    std::vector<std::string_view> names;
    for (const SubCommand& c : kSubCommands) names.push_back(c.name);
    const std::string_view best =
        word.find_first_of(".:[-") == std::string_view::npos ? nearest(word, names) : std::string_view();
    if (best.empty()) return {};
    return "unknown sub-command '" + std::string(word) + "': did you mean '" + std::string(best) + "'?";
}

int dispatch(std::string_view program, Arguments arguments) {
    if (program.substr(program.rfind('/') + 1) == "sipp") return run_as_sipp(arguments);
    if (arguments.empty()) return run_command(arguments, sub_commands_text());
    const std::string& first = arguments.front();
    if (first == "--version") {
        std::puts("gossipper v" GSP_VERSION);
        return kExitOk;
    }
    for (const SubCommand& c : kSubCommands) {
        if (first == c.name) return c.run(arguments.subspan(1));
    }
    if (const std::string mistake = mistaken_sub_command(first); !mistake.empty()) {
        std::fprintf(stderr, "gossipper: error: %s\n", mistake.c_str());
        return kExitError;
    }
    return run_command(arguments, sub_commands_text());
}

}  // namespace

}  // namespace gsp::driver

int main(int argc, char** argv) {
    const std::vector<std::string> arguments(argv + 1, argv + argc);
    return gsp::driver::dispatch(argv[0], arguments);
}
