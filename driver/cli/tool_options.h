// SPDX-License-Identifier: Apache-2.0
// The command lines of gossipc and of the sub-commands that run nothing, from tool_options.def.
#pragma once
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "driver/compile/front.h"
#include "runtime/config.h"

namespace gsp::driver {

enum class Emit : uint8_t { Ast, Ir, Llvm, Asm, Object, Shared };
enum class Format : uint8_t { Text, Json, Sarif };
enum class SchemaFormat : uint8_t { Xsd, Rng };
enum class Tool : uint8_t { Check, Compile, Fmt, Lsp, Schema };

struct ToolOptions {
    std::vector<std::string> files;
    FrontOptions front;
    Format format = Format::Text;
    bool help = false, version = false;
    bool check_only = false;  // gossipc, fmt
    // fmt only
    bool in_place = false;
    // schema only
    SchemaFormat schema_format = SchemaFormat::Xsd;
    // gossipper check only: what the run will be given
    bool steps = false;
    rt::InjectionConfig injection;
    rt::TwinConfig twin;
    // gossipc only
    std::string output;  // empty: from the scenario's name
    std::optional<Emit> emit;
    bool debug_info = true, native_cpu = true;
    int opt_level = 1;
};

std::string parse_tool_options(Tool, std::span<const std::string> arguments, ToolOptions&);
std::string tool_options_help(Tool);
// For a sub-command of gossipper: answers help, version and mistakes itself and returns the exit code then.
std::optional<int> parse_tool_command(Tool, std::span<const std::string> arguments, ToolOptions&);

}  // namespace gsp::driver
