// SPDX-License-Identifier: Apache-2.0
// The kinds of option values. Each function reads `text` into `out`; the result says what is wrong, empty: nothing, and
// then only is `out` changed.
#pragma once
#include <cstdint>
#include <limits>
#include <optional>
#include <string>

namespace gsp::driver {

std::string read_text(const std::string& text, std::string& out);
// C syntax as SIPp reads it: 10, 0x0a, 012 (octal).
std::string read_integer(const std::string& text, int64_t low, int64_t high, int64_t& out);
std::string read_number(const std::string& text, double low, double high, double& out);
std::string read_bool(const std::string& text, bool& out);
// A number with ms, s, m or h behind it; without: in `unit_ns`. Cut to whole milliseconds.
std::string read_time(const std::string& text, uint64_t unit_ns, uint64_t& out);
// host, host:port, [v6], [v6]:port, or a bare IPv6 address.
std::string read_host(const std::string& text, std::string& host, std::optional<uint16_t>& port);
// A file name without its folders and without `.xml` or `.so` at its end.
std::string scenario_base_name(const std::string& path);

template <class Int>
std::string read_int(const std::string& text, Int& out, int64_t low = 0,
                     int64_t high = std::numeric_limits<Int>::max()) {
    int64_t value = 0;
    std::string problem = read_integer(text, low, high, value);
    if (problem.empty()) out = static_cast<Int>(value);
    return problem;
}

// … that is accepted, but that nothing depends on.
inline std::string check_int(const std::string& text, int64_t low, int64_t high) {
    int64_t ignored = 0;
    return read_integer(text, low, high, ignored);
}

inline std::string check_text(const std::string&) {
    return {};
}

}  // namespace gsp::driver
