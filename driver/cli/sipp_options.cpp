// SPDX-License-Identifier: Apache-2.0
#include "driver/cli/sipp_options.h"

#include <algorithm>
#include <cctype>
#include <climits>
#include <cstdio>

#include "driver/cli/option_parser.h"
#include "driver/cli/rate_profile.h"
#include "driver/cli/scenario_needs.h"
#include "driver/cli/values.h"
#include "runtime/scenarios.h"

namespace gsp::driver {

namespace {

constexpr uint64_t kMs = rt::kMillisecond;
using rt::kSecond;

// NAME or NAME,weight=N. The first scenario is the main one, the others place calls beside it.
std::string choose_scenario(SippOptions& o, std::string name, bool builtin) {
    constexpr std::string_view kWeight = ",weight=";
    constexpr int64_t kHeaviest = 1'000'000;
    uint32_t weight = 1;
    if (const size_t at = name.rfind(kWeight); at != name.npos) {
        if (std::string problem = read_int(name.substr(at + kWeight.size()), weight, 1, kHeaviest); !problem.empty())
            return "weight: " + problem;
        name.resize(at);
    }
    if (name.empty()) return builtin ? "the name is empty" : "the file name is empty";
    if (!o.scenario_file.empty() || !o.builtin.empty()) {
        if (o.also.size() == rt::Scenarios::kMostAlso)
            return "at most " + std::to_string(rt::Scenarios::kMostAlso + 1) + " scenarios place calls in one run";
        o.also.push_back({{name, builtin}, weight});
        return {};
    }
    (builtin ? o.builtin : o.scenario_file) = name;
    o.weight = weight;
    o.run.scenario_name = builtin ? name : scenario_base_name(name);
    return {};
}

// A scenario beside the main one.
std::string choose_other(std::optional<ScenarioSource>& out, const std::string& name, bool builtin) {
    if (name.empty()) return "the name is empty";
    if (out) return "one scenario only: there already is " + out->name;
    out = ScenarioSource{name, builtin};
    return {};
}

std::string add_pair(std::vector<std::pair<std::string, std::string>>& pairs, OptionValues v) {
    if (v[0].empty()) return "the name is empty";
    pairs.emplace_back(v[0], v[1]);
    return {};
}

// {a-b}{h}{c-d}{e-f}: circuits x.h.y/z.
std::string read_tdmmap(SippOptions& o, const std::string& text) {
    rt::TdmConfig map;
    int used = 0;
    const int n = std::sscanf(text.c_str(), "{%u-%u}{%u}{%u-%u}{%u-%u}%n", &map.first_x, &map.last_x, &map.h,
                              &map.first_y, &map.last_y, &map.first_z, &map.last_z, &used);
    if (n != 7 || static_cast<size_t>(used) != text.size()) return "'" + text + "' is not {a-b}{h}{c-d}{e-f}";
    constexpr uint64_t kMostCircuits = 1'000'000;
    uint64_t circuits = 1;
    for (const auto& [first, last] :
         {std::pair(map.first_x, map.last_x), std::pair(map.first_y, map.last_y), std::pair(map.first_z, map.last_z)}) {
        if (last < first) return "'" + text + "': a range goes down";
        circuits *= uint64_t{last} - first + 1;
        if (circuits > kMostCircuits) return "more than " + std::to_string(kMostCircuits) + " circuits";
    }
    map.circuits = static_cast<uint32_t>(circuits);
    o.run.tdm = map;
    return {};
}

std::string choose_transport(SippOptions& o, const std::string& mode) {
    std::string names;
    for (const rt::TransportMode& each : rt::kTransportModes) {
        if (each.name == mode) return o.run.net.mode = each, std::string();
        names += (names.empty() ? "" : ", ") + std::string(each.name);
    }
    return "'" + mode + "' is none of " + names;
}

std::string choose_tls_version(SippOptions& o, const std::string& version) {
    for (const std::string_view known : {"1.0", "1.1", "1.2", "1.3"})
        if (version == known) return o.run.net.tls.version = version, std::string();
    return "'" + version + "' is none of 1.0, 1.1, 1.2, 1.3";
}

std::string choose_ice_server(const std::string& text, rt::IceConfig::Server& server) {
    return read_host(text, server.host, server.port);
}

std::string choose_turn_transport(const std::string& text, rt::IceConfig::Turn& transport) {
    constexpr std::string_view kNames[] = {"udp", "tcp", "tls"};  // as IceConfig::Turn
    const auto found = std::find(std::begin(kNames), std::end(kNames), text);
    if (found == std::end(kNames)) return "'" + text + "' is none of udp, tcp, tls";
    transport = static_cast<rt::IceConfig::Turn>(found - std::begin(kNames));
    return {};
}

// A client of TURN learns the realm from the server (RFC 8489 9.2.3.1), libnice as all others.
std::string note_realm(SippOptions& o, const std::string& realm) {
    o.notices.push_back("-turn_realm " + realm +
                        ": user and password are for the realm that the TURN server names, whichever it is");
    return {};
}

std::string choose_local_ip(SippOptions& o, const std::string& text) {
    std::optional<uint16_t> ignored_port;  // SIPp takes and ignores one
    return read_host(text, o.run.net.local_ip, ignored_port);
}

std::string choose_dns_server(SippOptions& o, const std::string& text) {
    std::optional<uint16_t> port;
    std::string problem = read_host(text, o.run.net.dns_host, port);
    if (port) o.run.net.dns_port = *port;
    return problem;
}

std::string choose_sending_address(SippOptions& o, const std::string& text) {
    std::optional<uint16_t> port;
    std::string problem = read_host(text, o.run.net.send_host, port);
    if (port) o.run.net.send_port = *port;
    return problem;
}

std::string choose_rtp_address(SippOptions& o, const std::string& text) {
    std::optional<uint16_t> port;
    std::string problem = read_host(text, o.rtp_send.host, port);
    if (problem.empty() && !port.value_or(0)) return "'" + text + "' has no port";
    if (port) o.rtp_send.port = *port;
    return problem;
}

constexpr const char* kNoSctp = "this is for SCTP, which is not supported";

template <class Value>
struct Choice {
    std::string_view name;
    Value value;
};

// `text` in any case, as one of the choices.
template <class Value, size_t N>
std::string choose(const Choice<Value> (&choices)[N], const std::string& text, Value& out) {
    std::string lower = text, names;
    std::transform(lower.begin(), lower.end(), lower.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    for (const Choice<Value>& choice : choices) {
        if (choice.name == lower) return out = choice.value, std::string();
        names += (names.empty() ? "" : ", ") + std::string(choice.name);
    }
    return "'" + text + "' is not one of " + names;
}

std::string choose_call_id_kind(SippOptions& o, const std::string& text) {
    using enum rt::CallIdKind;
    static constexpr Choice<rt::CallIdKind> kKinds[] = {
        {"default", Format},           {"format", Format},           {"legacy", Format},      {"uuid", Uuid},
        {"uuid-compact", UuidCompact}, {"uuidcompact", UuidCompact}, {"uuid32", UuidCompact}, {"random", Random},
        {"random-hex", Random},        {"timestamp", Timestamp},     {"time", Timestamp}};
    return choose(kKinds, text, o.run.call.call_id_kind);
}

std::string choose_repeat_check(SippOptions& o, const std::string& text) {
    static constexpr Choice<bool> kMethods[] = {{"full", false}, {"loose", true}};
    return choose(kMethods, text, o.run.retrans.loose_repeats);
}

std::string choose_io(SippOptions& o, const std::string& text) {
    static constexpr Choice<rt::Io> kWays[] = {
        {"auto", rt::Io::Auto}, {"epoll", rt::Io::Epoll}, {"uring", rt::Io::Uring}};
    return choose(kWays, text, o.run.net.io);
}

std::string choose_arrival(SippOptions& o, const std::string& text) {
    static constexpr Choice<rt::Arrival> kKinds[] = {{"uniform", rt::Arrival::Uniform},
                                                     {"poisson", rt::Arrival::Poisson}};
    return choose(kKinds, text, o.run.rate.arrival);
}

std::string choose_unsent_default(SippOptions& o, const std::string& text) {
    bool warns = true;
    std::string problem = read_bool(text, warns);
    if (problem.empty()) o.run.call.unsent_default_is_fatal = !warns;
    return problem;
}

std::string check_time(const std::string& text) {
    uint64_t unused = 0;
    return read_time(text, kMs, unused);
}

std::string read_period(SippOptions& o, const std::string& text) {
    uint64_t period = 0;
    std::string problem = read_time(text, kMs, period);
    if (problem.empty() && period == 0) return "a period is at least 1 ms";
    if (problem.empty()) o.run.rate.period_ns = period;
    return problem;
}

std::string read_limit(SippOptions& o, const std::string& text) {
    if (o.run.rate.users) return "with -users there is no other limit";
    uint32_t limit = 0;
    std::string problem = read_int(text, limit);
    if (problem.empty()) o.run.rate.limit = limit;
    return problem;
}

std::string record_calls(SippOptions& o, const std::string& file) {
    if (file.empty()) return "the file name is empty";
    o.run.trace[rt::TraceFile::CallRecords].on = true;
    o.run.trace[rt::TraceFile::CallRecords].name = file;
    return {};
}

// A text that goes into a header line.
std::string read_line(const std::string& text, std::string& out) {
    if (text.find_first_of("\r\n") != text.npos) return "a line end in a header field";
    out = text;
    return {};
}

std::string add_extra_header(SippOptions& o, const std::string& text) {
    std::string line;
    if (std::string problem = read_line(text, line); !problem.empty()) return problem;
    const size_t colon = line.find(':');
    if (colon == line.npos || colon == 0 || line.find_first_of(" \t") < colon)
        return "'" + text + "' is not `Name: value`";
    o.run.trunk.extra.push_back(std::move(line));
    return {};
}

std::string choose_schema(SippOptions& o, const std::string& name) {
    if (name != "sipp" && name != "gossipper") return "'" + name + "' is neither sipp nor gossipper";
    o.run.trace.schema = name == "sipp" ? rt::TraceSchema::Sipp : rt::TraceSchema::Gossipper;
    return {};
}

rt::DefaultBehaviour no_behaviour() {
    return {false, false, false, false};
}

struct Behaviour {
    std::string_view name;
    bool rt::DefaultBehaviour::*flag;
};

constexpr Behaviour kBehaviours[] = {
    {"bye", &rt::DefaultBehaviour::bye},
    {"abortunexp", &rt::DefaultBehaviour::abort_unexpected},
    {"pingreply", &rt::DefaultBehaviour::ping_reply},
    {"cseq", &rt::DefaultBehaviour::check_ack_cseq},
};

std::string apply_behaviour(rt::DefaultBehaviour& result, std::string_view word) {
    bool on = true;
    if (word.starts_with('+') || word.starts_with('-')) {
        on = word[0] == '+';
        word.remove_prefix(1);
    }
    const bool all = word == "all", none = word == "none";
    bool known = all || none;
    for (const Behaviour& b : kBehaviours) {
        if (word != b.name && !all && !none) continue;
        known = true;
        result.*b.flag = none ? !on : on;
    }
    return known ? std::string()
                 : "'" + std::string(word) + "' is not one of all, none, bye, abortunexp, pingreply, cseq";
}

std::string choose_behaviours(SippOptions& o, const std::string& list) {
    rt::DefaultBehaviour result = no_behaviour();
    size_t start = 0;
    while (start <= list.size()) {
        const size_t end = std::min(list.find(',', start), list.size());
        if (std::string problem = apply_behaviour(result, std::string_view(list).substr(start, end - start));
            !problem.empty()) {
            return problem;
        }
        start = end + 1;
    }
    o.run.behaviour = result;
    return {};
}

std::vector<OptionSpec> option_table(SippOptions& o) {
    std::vector<OptionSpec> table;
    const char* group = "";
    const auto nothing_wrong = [](auto&&...) { return std::string(); };
#define GROUP(text) group = text;
#define FLAG(name, statement, help) \
    table.push_back(                \
        {#name, 0, "", group, help, [&o, nothing_wrong](OptionValues) { return nothing_wrong(statement); }});
#define OPTION(name, value, read, help) \
    table.push_back({#name, 1, value, group, help, [&o](OptionValues v) -> std::string { return read; }});
#define OPTION2(name, value, read, help) \
    table.push_back({#name, 2, value, group, help, [&o](OptionValues v) -> std::string { return read; }});
#define ALIAS(name, read) \
    table.push_back({#name, 1, "VALUE", group, nullptr, [&o](OptionValues v) -> std::string { return read; }});
#define EARLY(name, n, value, statement, help)                                                                  \
    table.push_back({#name, n, value, group, help,                                                              \
                     [&o, nothing_wrong]([[maybe_unused]] OptionValues v) { return nothing_wrong(statement); }, \
                     true});
#define JOINED(name, value, read, help) \
    table.push_back({#name, 1, value, group, help, [&o](OptionValues v) -> std::string { return read; }, false, true});
#define REFUSED(name, n, why) \
    table.push_back({#name, n, "VALUE", "", nullptr, [](OptionValues) -> std::string { return why; }});
#include "driver/cli/options.def"
    return table;
}

}  // namespace

std::string parse_sipp_options(std::span<const std::string> arguments, SippOptions& o) {
    std::vector<std::string> hosts;
    std::string error = parse_options(option_table(o), arguments, hosts);
    if (o.show != SippOptions::Show::Nothing || !error.empty()) return error;
    if (o.run.trace.max_bytes && (o.run.trace.rotate_bytes || o.run.trace.kept_files))
        return "-max_log_size ends a log that -ringbuffer_size and -ringbuffer_files would begin anew: one or the "
               "other";
    if (std::string plan = check_plan(o.run); !plan.empty()) return plan;
    if (std::string twins = check_twins(o.run.twin); !twins.empty()) return twins;
    if (hosts.size() > 1) return "one remote host only: '" + hosts[0] + "' and '" + hosts[1] + "' were given";
    if (!hosts.empty()) {
        error = read_host(hosts[0], o.run.net.remote_host, o.run.net.remote_port);
        if (!error.empty()) return "remote host: " + error;
    }
    if (o.rtp_send.on && o.rtp_send.host.empty()) return "-rtp_send needs -rtp_addr HOST:PORT";
    if (o.scenario_file.empty() && o.builtin.empty()) o.builtin = "uac";
    return {};
}

namespace {

std::string describe_transports() {
    std::string text = "\nTransports (-t), each for IPv4 and IPv6:\n";
    for (const rt::TransportMode& mode : rt::kTransportModes) {
        using Role = rt::TransportMode::Role;
        const std::string name(mode.name);
        text += "  " + name + std::string(6 - name.size(), ' ') + std::string(mode.help) +
                (mode.role == Role::Client ? ", for scenarios that place calls" : "") +
                (mode.role == Role::Server ? ", for scenarios that wait for calls" : "") + "\n";
    }
    return text;
}

}  // namespace

std::string sipp_options_help() {
    SippOptions unused;
    return "Usage: gossipper [sipp] [REMOTE_HOST[:PORT]] [OPTIONS]\n\n"
           "Runs a SIP scenario as load. Times take a suffix: ms, s, m or h.\n" +
           describe_options(option_table(unused)) + describe_transports();
}

}  // namespace gsp::driver
