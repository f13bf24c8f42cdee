// SPDX-License-Identifier: Apache-2.0
// SIPp's command line on CLI11, which knows neither single-dash names of several letters nor values that begin with a
// dash: each option is rewritten to `--name=:value` from the table before CLI11 sees it (the colon keeps empty and
// bracketed values from being interpreted).
#include <CLI/CLI.hpp>

#include <algorithm>
#include <map>
#include <string_view>

#include "driver/cli/option_parser.h"
#include "frontend/diag.h"

namespace gsp::driver {

namespace {

constexpr char kValueMark = ':';
constexpr char kBetweenValues = '\x1f';

std::string_view without_dashes(std::string_view argument) {
    argument.remove_prefix(argument.starts_with("--") ? 2 : 1);
    return argument;
}

class Rewriter {
public:
    Rewriter(std::span<const OptionSpec> table, std::span<const std::string> arguments)
        : table_(table), arguments_(arguments) {}

    std::string run(std::vector<std::string>& positional) {
        std::string first_error;
        while (next_ < arguments_.size()) {
            const std::string& argument = arguments_[next_++];
            if (argument.size() < 2 || argument[0] != '-') {
                positional.push_back(argument);
                continue;
            }
            const std::string error = option(argument);
            if (!error.empty() && first_error.empty()) first_error = error;
            if (early_) return error;
        }
        return first_error;
    }
    std::vector<std::string>& rewritten() { return rewritten_; }          // for CLI11
    const std::vector<const OptionSpec*>& used() const { return used_; }  // each once

private:
    std::string option(const std::string& argument) {
        const std::string_view name = without_dashes(argument);
        if (const OptionSpec* spec = find(name)) {
            if (spec->early) {
                early_ = true;
                rewritten_.clear();
            }
            return take_values(*spec, argument);
        }
        const size_t equals = name.find('=');
        for (const OptionSpec& spec : table_) {
            const std::string_view known = spec.name;
            const bool assigned =
                spec.n_values == 1 && equals != std::string_view::npos && name.substr(0, equals) == known;
            if (assigned || (spec.joined && name.starts_with(known))) {
                push(spec, std::string(name.substr(known.size() + (assigned ? 1 : 0))));
                return {};
            }
        }
        return unknown(argument, name);
    }

    const OptionSpec* find(std::string_view name) const {
        for (const OptionSpec& spec : table_) {
            if (name == spec.name) return &spec;
        }
        return nullptr;
    }

    std::string take_values(const OptionSpec& spec, const std::string& argument) {
        std::string values;
        for (uint8_t i = 0; i < spec.n_values; ++i) {
            if (next_ == arguments_.size()) {
                return "option " + argument + " needs " + (spec.n_values == 1 ? "a value: " : "two values: ") +
                       spec.value_name;
            }
            if (i) values += kBetweenValues;
            values += arguments_[next_++];
        }
        push(spec, values);
        return {};
    }

    void push(const OptionSpec& spec, const std::string& values) {
        std::string token = std::string("--") + spec.name;
        if (spec.n_values) token += std::string("=") + kValueMark + values;
        rewritten_.push_back(std::move(token));
        if (std::find(used_.begin(), used_.end(), &spec) == used_.end()) used_.push_back(&spec);
    }

    std::string unknown(const std::string& argument, std::string_view name) const {
        std::vector<std::string_view> names;
        for (const OptionSpec& spec : table_) {
            if (spec.help) names.emplace_back(spec.name);
        }
        const std::string_view best = nearest(name, names);
        return "unknown option " + argument + (best.empty() ? "" : ": did you mean -" + std::string(best) + "?");
    }

    std::span<const OptionSpec> table_;
    std::span<const std::string> arguments_;
    std::vector<std::string> rewritten_;
    std::vector<const OptionSpec*> used_;
    size_t next_ = 0;
    bool early_ = false;
};

std::vector<std::string> split(const std::string& marked) {
    std::vector<std::string> values(1);
    for (const char c : marked.substr(1)) {
        if (c == kBetweenValues)
            values.emplace_back();
        else
            values.back() += c;
    }
    return values;
}

void register_option(CLI::App& app, const OptionSpec& spec, std::string& error) {
    const auto store = [&spec, &error](OptionValues values) {
        if (!error.empty()) return;
        const std::string problem = spec.store(values);
        if (!problem.empty()) error = std::string("option -") + spec.name + ": " + problem;
    };
    const std::string name = std::string("--") + spec.name;
    // trigger_on_parse: in the order of the command line, each time the option comes.
    if (spec.n_values == 0) {
        app.add_flag_callback(name, [store] { store({}); })->trigger_on_parse();
        return;
    }
    app.add_option_function<std::string>(name, [store](const std::string& marked) { store(split(marked)); })
        ->trigger_on_parse();
}

std::string help_line(const OptionSpec& spec) {
    constexpr size_t kHelpColumn = 28, kWidth = 110;
    std::string line = std::string("  -") + spec.name;
    if (spec.n_values) line += (line.ends_with('-') ? "" : " ") + std::string(spec.value_name);
    std::string text;
    if (line.size() + 2 > kHelpColumn) {
        text = line + "\n";
        line.clear();
    }
    line += std::string(kHelpColumn - line.size(), ' ');
    std::string_view rest = spec.help;
    while (rest.size() + kHelpColumn > kWidth) {
        const size_t blank = rest.rfind(' ', kWidth - kHelpColumn);
        if (blank == std::string_view::npos) break;
        text += line + std::string(rest.substr(0, blank)) + "\n";
        line = std::string(kHelpColumn, ' ');
        rest.remove_prefix(blank + 1);
    }
    return text + line + std::string(rest) + "\n";
}

}  // namespace

std::string parse_options(std::span<const OptionSpec> table, std::span<const std::string> arguments,
                          std::vector<std::string>& positional) {
    Rewriter rewriter(table, arguments);
    std::string error = rewriter.run(positional);
    if (!error.empty()) return error;

    CLI::App app;
    app.set_help_flag();
    // Only what is used: CLI11 compares every option with every other, which the whole table would pay for at each
    // start.
    for (const OptionSpec* spec : rewriter.used()) register_option(app, *spec, error);
    std::reverse(rewriter.rewritten().begin(), rewriter.rewritten().end());  // CLI11 takes its arguments last one first
    try {
        app.parse(rewriter.rewritten());
    } catch (const CLI::ParseError& e) {  // CLI11 reports in no other way
        return e.what();
    }
    return error;
}

std::string describe_options(std::span<const OptionSpec> table) {
    std::vector<std::string_view> groups;
    std::map<std::string_view, std::string> text;
    for (const OptionSpec& spec : table) {
        if (!spec.help) continue;
        if (!text.contains(spec.group)) groups.emplace_back(spec.group);
        text[spec.group] += help_line(spec);
    }
    std::string all;
    for (const std::string_view group : groups) all += "\n" + std::string(group) + ":\n" + text[group];
    return all;
}

}  // namespace gsp::driver
