// SPDX-License-Identifier: Apache-2.0
#include "runtime/control/console.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>

namespace gsp::rt {

namespace {

// Its words, with one blank between them.
std::string words_of(std::string_view text) {
    std::string words;
    for (const char c : text) {
        if (c != ' ' && c != '\t' && c != '\r' && c != '\n')
            words += c;
        else if (!words.empty() && words.back() != ' ')
            words += ' ';
    }
    if (words.ends_with(' ')) words.pop_back();
    return words;
}

template <class Number>
std::optional<Number> parse(std::string_view text) {
    Number value{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return value;
}

// Each returns what is wrong, or nothing.
std::string set_rate(Console& console, std::string_view value) {
    if (console.run().users_mode()) return "the rate cannot be set with -users";
    const auto rate = parse<double>(value);
    if (!rate || !(*rate >= 0) || !std::isfinite(*rate)) return "a rate is a number from 0";
    console.run().set_rate(*rate);
    return {};
}

std::string set_rate_scale(Console& console, std::string_view value) {
    const auto scale = parse<double>(value);
    if (!scale || !(*scale > 0) || !std::isfinite(*scale)) return "a rate scale is a number above 0";
    console.set_rate_scale(*scale);
    return {};
}

std::string set_users(Console& console, std::string_view value) {
    if (!console.run().users_mode()) return "users can be set only with -users";
    const auto users = parse<uint32_t>(value);
    if (!users) return "the number of users is a whole number from 0";
    console.run().set_users(*users);
    return {};
}

std::string set_limit(Console& console, std::string_view value) {
    if (console.run().users_mode()) return "the limit cannot be set with -users";
    const auto limit = parse<uint32_t>(value);
    if (!limit) return "a limit is a whole number from 0";
    console.run().set_limit(*limit);
    return {};
}

std::string set_display(Console& console, std::string_view value) {
    struct Name {
        std::string_view name;
        Part part;
    };
    constexpr Name kNames[] = {{"main", Part::Main}, {"ooc", Part::OutOfCall}, {"rx", Part::Rx}};
    for (const Name& n : kNames) {
        if (n.name != value) continue;
        return console.run().show_part(n.part) ? std::string() : "the run has no " + std::string(value) + " scenario";
    }
    if (const auto number = parse<uint32_t>(value); number && *number >= 1 && *number <= Scenarios::kMostAlso + 1) {
        const Part part = *number == 1 ? Part::Main : also(*number - 2);
        return console.run().show_part(part) ? std::string() : "the run has no scenario " + std::string(value);
    }
    return "one of main, ooc, rx is shown, or a number of the scenarios that place calls";
}

std::string set_hide(Console& console, std::string_view value) {
    if (value != "true" && value != "false") return "true or false";
    console.run().honour_hide(value == "true");
    return {};
}

template <TraceFile file>
std::string set_trace(Console& console, std::string_view value) {
    const bool on = value == "on" || value == "true";
    if (!on && value != "off" && value != "false") return "a trace is switched on or off";
    console.run().set_trace(file, on);
    return {};
}

// A command without a value.
template <void (Steerable::*action)()>
std::string plain(Console& console, std::string_view value) {
    if (!value.empty()) return "it takes no value";
    (console.run().*action)();
    return {};
}

struct Command {
    std::string_view name;
    std::string (*run)(Console&, std::string_view value);
};

constexpr Command kCommands[] = {
    {"set rate", set_rate},
    {"set rate-scale", set_rate_scale},
    {"set users", set_users},
    {"set limit", set_limit},
    {"set display", set_display},
    {"set hide", set_hide},
    {"dump tasks", plain<&Steerable::dump_calls>},
    {"dump variables", plain<&Steerable::dump_variables>},
    {"reset stats", plain<&Steerable::reset_statistics>},
    {"trace error", set_trace<TraceFile::Errors>},
    {"trace logs", set_trace<TraceFile::Logs>},
    {"trace messages", set_trace<TraceFile::Messages>},
    {"trace shortmessages", set_trace<TraceFile::ShortMessages>},
};

}  // namespace

void Console::command(std::string_view text) {
    const std::string line = words_of(text), quoted = "command '" + line + "': ";
    for (const Command& c : kCommands) {
        if (line != c.name && !line.starts_with(std::string(c.name) + ' ')) continue;
        const size_t value = std::min(c.name.size() + 1, line.size());
        const std::string problem = c.run(*this, std::string_view(line).substr(value));
        if (!problem.empty()) run_.warn(quoted + problem);
        return;
    }
    run_.warn(quoted + "unknown command");
}

void Console::adjust(double steps) {
    const double change = steps * rate_scale_;
    if (!run_.users_mode()) return run_.set_rate(std::max(0.0, run_.rate() + change));
    const double users = std::round(static_cast<double>(run_.users()) + change);
    run_.set_users(static_cast<uint32_t>(std::clamp(users, 0.0, static_cast<double>(UINT32_MAX))));
}

void Console::key(char c) {
    switch (c) {
    case '+': return adjust(1);
    case '-': return adjust(-1);
    case '*': return adjust(10);
    case '/': return adjust(-10);
    case 'p': return run_.set_paused(!run_.paused());
    case 'q': return run_.soft_quit();
    case 'Q': return run_.force_quit();
    case 's': return run_.write_screens();
    default:
        if (c >= '1' && c <= '9') run_.show_screen(c - '0');
    }
}

void Console::terminal_input(std::string_view bytes) {
    constexpr char kBackspace = '\b', kDelete = 0x7f;
    for (const char c : bytes) {
        if (line_.empty()) {
            if (c == 'c')
                line_ = "c";
            else
                key(c);
        } else if (c == '\n' || c == '\r') {
            const std::string text = line_.substr(1);
            line_.clear();
            command(text);
        } else if (c == kBackspace || c == kDelete) {
            line_.pop_back();
        } else {
            line_ += c;
        }
    }
}

void Console::datagram(std::string_view bytes) {
    if (bytes.empty()) return;
    if (bytes.front() == 'c') return command(bytes.substr(1));
    key(bytes.front());
}

}  // namespace gsp::rt
