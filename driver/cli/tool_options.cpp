// SPDX-License-Identifier: Apache-2.0
#include "driver/cli/tool_options.h"

#include "driver/cli/option_parser.h"
#include "driver/cli/scenario_needs.h"
#include "driver/cli/values.h"

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

std::string choose_cpu(ToolOptions& o, const std::string& text) {
    return choose(kCpus, text, o.native_cpu);
}

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
    constexpr int kCheck = 1 << static_cast<int>(Tool::Check), kCompile = 1 << static_cast<int>(Tool::Compile),
                  kBoth = kCheck | kCompile;
    std::vector<OptionSpec> table;
    const int wanted = 1 << static_cast<int>(tool);
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
    if (tool == Tool::Compile || !error.empty()) return error;
    o.front.lower = lower_options(o.injection, o.twin);
    o.front.look_for_media = true;
    return check_twins(o.twin);
}

std::string tool_options_help(Tool tool) {
    ToolOptions unused;
    const std::string usage =
        tool == Tool::Check
            ? "Usage: gossipper check FILE... [OPTIONS]\n\nFinds the mistakes in scenario files; runs nothing. "
              "Exit code 0: no errors, 1: errors.\n"
            : "Usage: gossipc FILE [OPTIONS]\n\nCompiles a scenario file.\n";
    return usage + describe_options(option_table(tool, unused));
}

}  // namespace gsp::driver
