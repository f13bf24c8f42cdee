// SPDX-License-Identifier: Apache-2.0
#include "driver/cli/values.h"

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <charconv>
#include <cmath>
#include <cstdlib>

namespace gsp::driver {

namespace {

std::string quoted(const std::string& text) {
    return "'" + text + "'";
}

}  // namespace

std::string read_text(const std::string& text, std::string& out) {
    out = text;
    return {};
}

std::string read_integer(const std::string& text, int64_t low, int64_t high, int64_t& out) {
    char* end = nullptr;
    errno = 0;
    const long long value = std::strtoll(text.c_str(), &end, 0);
    if (text.empty() || end != text.c_str() + text.size()) return quoted(text) + " is not an integer";
    if (errno == ERANGE || value < low || value > high) {
        return text + " is out of range: " + std::to_string(low) + " to " + std::to_string(high);
    }
    out = value;
    return {};
}

std::string read_number(const std::string& text, double low, double high, double& out) {
    char* end = nullptr;
    const double value = std::strtod(text.c_str(), &end);
    if (text.empty() || end != text.c_str() + text.size() || !std::isfinite(value))
        return quoted(text) + " is not a number";
    if (value < low || value > high) return text + " is out of range";
    out = value;
    return {};
}

std::string read_bool(const std::string& text, bool& out) {
    std::string lower = text;
    std::transform(lower.begin(), lower.end(), lower.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    if (lower == "true" || lower == "false") {
        out = lower == "true";
        return {};
    }
    int64_t value = 0;
    if (!read_integer(text, INT64_MIN, INT64_MAX, value).empty())
        return quoted(text) + " is neither true, false nor an integer";
    out = value != 0;
    return {};
}

std::string read_time(const std::string& text, uint64_t unit_ns, uint64_t& out) {
    constexpr uint64_t kMs = 1'000'000;
    struct Suffix {
        const char* text;
        uint64_t ns;
    };
    const Suffix suffixes[] = {
        {"", unit_ns}, {"ms", kMs}, {"s", 1000 * kMs}, {"m", 60'000 * kMs}, {"h", 3'600'000 * kMs}};
    const std::string problem = quoted(text) + " is not a time: a number, and ms, s, m or h if you like";
    // strtod also reads hexadecimal numbers and exponents; a time is digits and a point.
    const size_t length = std::min(text.find_first_not_of("0123456789."), text.size());
    if (text.empty() || !std::isdigit(static_cast<unsigned char>(text[0]))) return problem;
    const std::string digits = text.substr(0, length), suffix = text.substr(length);
    if (std::count(digits.begin(), digits.end(), '.') > 1) return problem;
    for (const Suffix& s : suffixes) {
        if (suffix != s.text) continue;
        const double ms = std::strtod(digits.c_str(), nullptr) * static_cast<double>(s.ns / kMs);
        constexpr double kLongest = 1e12;  // milliseconds; some 30 years
        if (ms > kLongest) return quoted(text) + " is too long";
        out = static_cast<uint64_t>(ms) * kMs;
        return {};
    }
    return problem;
}

std::string read_host(const std::string& text, std::string& host, std::optional<uint16_t>& port) {
    std::string address = text, port_text;
    const size_t colon = text.rfind(':');
    if (text.starts_with('[')) {
        const size_t end = text.find(']');
        if (end == std::string::npos) return quoted(text) + ": `]` is missing";
        address = text.substr(1, end - 1);
        const std::string rest = text.substr(end + 1);
        if (!rest.empty() && rest[0] != ':') return quoted(text) + ": only `:port` can follow `]`";
        if (!rest.empty()) port_text = rest.substr(1);
        if (rest == ":") return quoted(text) + ": the port is missing";
    } else if (colon != std::string::npos && text.find(':') == colon) {
        address = text.substr(0, colon);
        port_text = text.substr(colon + 1);
        if (port_text.empty()) return quoted(text) + ": the port is missing";
    }
    if (address.empty()) return quoted(text) + ": the host is missing";
    if (!port_text.empty()) {
        uint16_t number = 0;  // decimal, not C syntax: 05060 is 5060
        const auto [end, failure] = std::from_chars(port_text.data(), port_text.data() + port_text.size(), number);
        if (failure != std::errc() || end != port_text.data() + port_text.size() || number == 0) {
            return quoted(text) + ": '" + port_text + "' is not a port";
        }
        port = number;
    }
    host = address;
    return {};
}

std::string scenario_base_name(const std::string& path) {
    std::string name = path.substr(path.rfind('/') + 1);
    for (const std::string ending : {".xml", ".so"}) {
        if (name.size() > ending.size() && name.ends_with(ending)) return name.substr(0, name.size() - ending.size());
    }
    return name;
}

}  // namespace gsp::driver
