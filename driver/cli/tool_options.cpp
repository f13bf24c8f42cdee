// SPDX-License-Identifier: Apache-2.0
#include "driver/cli/tool_options.h"

#include <cstdio>

#include "driver/cli/option_parser.h"
#include "driver/cli/scenario_needs.h"
#include "driver/cli/values.h"
#include "driver/exit_code.h"

namespace gsp::driver {

namespace {

template <class Value>
struct Choice {
    std::string_view name;
    Value value;
};

constexpr Choice<Emit> kEmits[] = {{"ast", Emit::Ast}, {"ir", Emit::Ir},      {"llvm", Emit::Llvm},
                                   {"asm", Emit::Asm}, {"obj", Emit::Object}, {"so", Emit::Shared}};
constexpr Choice<Format> kFormats[] = {{"text", Format::Text}, {"json", Format::Json}, {"sarif", Format::Sarif}};
constexpr Choice<SchemaFormat> kSchemaFormats[] = {{"xsd", SchemaFormat::Xsd}, {"rng", SchemaFormat::Rng}};
constexpr Choice<bool> kCpus[] = {{"native", true}, {"baseline", false}};

template <class Value, size_t n, class Target>
std::string choose(const Choice<Value> (&choices)[n], const std::string& text, Target& out) {
    std::string known;
    for (const Choice<Value>& choice : choices) {
        if (choice.name == text) {
            out = choice.value;
            return {};
        }
        known += (known.empty() ? "" : ", ") + std::string(choice.name);
    }
    return "'" + text + "' is not one of " + known;
}

std::string choose_emit(ToolOptions& o, const std::string& text) {
    return choose(kEmits, text, o.emit);
}

std::string choose_format(ToolOptions& o, const std::string& text) {
    return choose(kFormats, text, o.format);
}

std::string choose_schema(ToolOptions& o, const std::string& text) {
    return choose(kSchemaFormats, text, o.schema_format);
}

std::string choose_cpu(ToolOptions& o, const std::string& text) {
    return choose(kCpus, text, o.native_cpu);
}

struct Usage {
    std::string_view name;
    bool takes_files;
    const char* text;
};

constexpr Usage kUsage[] = {
    // by Tool
    {"check", true,
     "Usage: gossipper check FILE... [OPTIONS]\n\nFinds the mistakes in scenario files; runs nothing. Exit code 0: no "
     "errors, 1: errors.\n"},
    {"gossipc", true, "Usage: gossipc FILE [OPTIONS]\n\nCompiles a scenario file.\n"},
    {"fmt", true,
     "Usage: gossipper fmt FILE... [OPTIONS]\n\nFormats scenario files (-: standard input) without changing what they "
     "mean.\nExit code 1: a file cannot be read or formatted.\n"},
    {"lsp", false, "Usage: gossipper lsp [OPTIONS]\n\nA language server for editors.\n"},
    {"schema", false, "Usage: gossipper schema [OPTIONS]\n\nPrints the schema of scenario files.\n"},
};

std::string turn_on(bool& flag) {
    flag = true;
    return {};
}

std::string turn_off(bool& flag) {
    flag = false;
    return {};
}

std::string add_name(std::vector<std::string>& names, const std::string& name) {
    if (name.empty()) return "the name is empty";
    names.push_back(name);
    return {};
}

std::vector<OptionSpec> option_table(Tool tool, ToolOptions& o) {
    constexpr auto bit = [](Tool t) { return 1 << static_cast<int>(t); };
    constexpr int kCheck = bit(Tool::Check), kCompile = bit(Tool::Compile), kFmt = bit(Tool::Fmt),
                  kLsp = bit(Tool::Lsp), kSchema = bit(Tool::Schema), kBoth = kCheck | kCompile, kFront = kBoth | kLsp,
                  kAll = kFront | kFmt | kSchema;
    std::vector<OptionSpec> table;
    const int wanted = bit(tool);
#define TOOL_OPTION(tools, name, n, value, may_join, read, help) \
    if (k##tools & wanted)                                       \
        table.push_back({#name, n, value, "Options", help,       \
                         [&o]([[maybe_unused]] OptionValues v) -> std::string { return read; }, false, may_join});
#include "driver/cli/tool_options.def"
    return table;
}

}  // namespace

std::string parse_tool_options(Tool tool, std::span<const std::string> arguments, ToolOptions& o) {
    std::string error = parse_options(option_table(tool, o), arguments, o.files);
    if (!error.empty()) return error;
    o.front.look_for_media = tool == Tool::Check || tool == Tool::Lsp;
    if (tool != Tool::Check) return {};
    o.front.lower = lower_options(o.injection, o.twin);
    return check_twins(o.twin);
}

std::string tool_options_help(Tool tool) {
    ToolOptions unused;
    return kUsage[static_cast<size_t>(tool)].text + describe_options(option_table(tool, unused));
}

std::optional<int> parse_tool_command(Tool tool, std::span<const std::string> arguments, ToolOptions& o) {
    const Usage& usage = kUsage[static_cast<size_t>(tool)];
    std::string error = parse_tool_options(tool, arguments, o);
    if (error.empty() && (o.help || o.version)) {
        std::fputs(o.help ? tool_options_help(tool).c_str() : "gossipper v" GSP_VERSION "\n", stdout);
        return kExitOk;
    }
    if (error.empty() && o.files.empty() && usage.takes_files)
        error = "no scenario file given (gossipper " + std::string(usage.name) + " FILE...)";
    if (error.empty() && !o.files.empty() && !usage.takes_files)
        error = "gossipper " + std::string(usage.name) + " takes no files: '" + o.files[0] + "'";
    if (error.empty()) return std::nullopt;
    std::fprintf(stderr, "gossipper: error: %s\n", error.c_str());
    return kExitError;
}

}  // namespace gsp::driver
