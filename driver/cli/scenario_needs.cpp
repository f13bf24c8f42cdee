// SPDX-License-Identifier: Apache-2.0
#include "driver/cli/scenario_needs.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>

#include "driver/cli/values.h"

namespace gsp::driver {

namespace {

std::string base_name(const std::string& path) {
    return path.substr(path.rfind('/') + 1);
}

}  // namespace

std::string add_injection_file(rt::InjectionConfig& config, const std::string& path, bool may_be_default) {
    if (path.empty()) return "the file name is empty";
    config.files.push_back({path, may_be_default});
    return {};
}

// SIPp: behind the -inf of its file.
std::string add_index(rt::InjectionConfig& config, const std::string& name, const std::string& field) {
    const bool known = std::any_of(config.files.begin(), config.files.end(),
                                   [&](const auto& file) { return base_name(file.path) == base_name(name); });
    if (!known) return "'" + name + "' is no injection file given before (-inf)";
    uint32_t number = 0;
    std::string problem = read_int(field, number);
    if (problem.empty()) config.indexes.emplace_back(base_name(name), number);
    return problem;
}

// SIPp: `name;host:port`, one a line.
std::string read_slave_cfg(rt::TwinConfig& config, const std::string& path) {
    std::ifstream in(path);
    if (!in) return "cannot read '" + path + "': " + std::strerror(errno);
    int number = 0;
    for (std::string line; std::getline(in, line);) {
        ++number;
        while (!line.empty() && (line.back() == '\r' || line.back() == ' ')) line.pop_back();
        if (line.empty() || line.front() == '#') continue;
        const size_t semicolon = line.find(';');
        if (semicolon == 0 || semicolon == line.npos || semicolon + 1 == line.size())
            return path + ":" + std::to_string(number) + ": expected `name;host:port`";
        config.peers.emplace_back(line.substr(0, semicolon), line.substr(semicolon + 1));
    }
    return config.peers.empty() ? path + " names no one" : std::string();
}

std::string check_twins(const rt::TwinConfig& config) {
    const bool extended = !config.master.empty() || !config.slave.empty();
    if (!config.address.empty() && (extended || !config.peers.empty()))
        return "-3pcc excludes -master, -slave and -slave_cfg";
    if (!config.master.empty() && !config.slave.empty()) return "-master and -slave exclude each other";
    if (extended && config.peers.empty()) return "-master and -slave need -slave_cfg";
    for (const std::string& own : {config.master, config.slave}) {
        const bool known = own.empty() || std::any_of(config.peers.begin(), config.peers.end(),
                                                      [&](const auto& peer) { return peer.first == own; });
        if (!known) return "'" + own + "' is no name in the file of -slave_cfg";
    }
    return {};
}

ir::LowerOptions lower_options(const rt::InjectionConfig& injection, const rt::TwinConfig& twin) {
    ir::LowerOptions options;
    options.files.emplace();
    for (const auto& file : injection.files) options.files->push_back(base_name(file.path));
    using Twin = ir::LowerOptions::Twin;
    options.twin = !twin.peers.empty() ? Twin::Extended : twin.used() ? Twin::Classic : Twin::None;
    for (const auto& [name, address] : twin.peers) options.peers.push_back(name);
    return options;
}

}  // namespace gsp::driver
