// SPDX-License-Identifier: Apache-2.0
#include "runtime/stats/udp_losses.h"

#include <algorithm>
#include <charconv>
#include <fstream>
#include <iterator>
#include <utility>
#include <vector>

namespace gsp::rt {

namespace {

constexpr std::pair<std::string_view, uint64_t UdpLosses::*> kNames[] = {{"InErrors", &UdpLosses::in_errors},
                                                                         {"RcvbufErrors", &UdpLosses::receive_buffer},
                                                                         {"SndbufErrors", &UdpLosses::send_buffer}};

std::vector<std::string_view> words_of(std::string_view text) {
    constexpr std::string_view kBlank = " \t";
    std::vector<std::string_view> words;
    for (size_t at = text.find_first_not_of(kBlank); at != text.npos; at = text.find_first_not_of(kBlank, at)) {
        const size_t end = std::min(text.find_first_of(kBlank, at), text.size());
        words.push_back(text.substr(at, end - at));
        at = end;
    }
    return words;
}

std::vector<std::string_view> lines_of(std::string_view text) {
    std::vector<std::string_view> lines;
    while (!text.empty()) {
        const size_t end = std::min(text.find('\n'), text.size());
        lines.push_back(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return lines;
}

void add(UdpLosses& losses, std::string_view name, std::string_view number) {
    uint64_t value = 0;
    std::from_chars(number.data(), number.data() + number.size(), value);
    for (const auto& [known, member] : kNames)
        if (known == name) losses.*member += value;
}

std::string read_file(const std::string& name) {
    std::ifstream file(name);
    return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

// snmp has a line of names, then one of numbers; snmp6 a name and a number in each line.
UdpLosses parse_udp_losses(std::string_view snmp, std::string_view snmp6) {
    constexpr std::string_view kUdp = "Udp:", kUdp6 = "Udp6";
    UdpLosses losses;
    std::vector<std::string_view> names;
    for (const std::string_view line : lines_of(snmp)) {
        if (!line.starts_with(kUdp)) continue;
        const std::vector<std::string_view> words = words_of(line);
        for (size_t i = 1; i < std::min(names.size(), words.size()); ++i) add(losses, names[i], words[i]);
        names = names.empty() ? words : std::vector<std::string_view>{};
    }
    for (const std::string_view line : lines_of(snmp6)) {
        const std::vector<std::string_view> words = words_of(line);
        if (words.size() == 2 && words[0].starts_with(kUdp6)) add(losses, words[0].substr(kUdp6.size()), words[1]);
    }
    return losses;
}

UdpLossWatch::UdpLossWatch(std::string folder) : folder_(std::move(folder)), before_(read()) {}

UdpLosses UdpLossWatch::read() const {
    return parse_udp_losses(read_file(folder_ + "/snmp"), read_file(folder_ + "/snmp6"));
}

UdpLosses UdpLossWatch::losses() const {
    UdpLosses losses = read();
    for (const auto& [name, member] : kNames) losses.*member -= std::min(losses.*member, before_.*member);
    return losses;
}

}  // namespace gsp::rt
