// SPDX-License-Identifier: Apache-2.0
#include "runtime/transport/locate.h"

#include <strings.h>

#include <algorithm>
#include <iterator>
#include <tuple>

namespace gsp::rt {

namespace {

constexpr size_t kMostRecords = 64;  // an answer can have thousands

bool equal_case(const std::string& a, std::string_view b) {
    return a.size() == b.size() && strncasecmp(a.data(), b.data(), a.size()) == 0;
}

// RFC 6761: never asked about.
bool is_localhost(const std::string& host) {
    constexpr std::string_view kName = "localhost";
    return equal_case(host, kName) ||
           (host.size() > kName.size() && equal_case(host.substr(host.size() - kName.size() - 1), ".localhost"));
}

// Takes the record of priority [begin, end) that its weight has drawn to the front.
void draw_next(std::vector<SrvRecord>::iterator begin, std::vector<SrvRecord>::iterator end, Rng& rng) {
    uint64_t sum = 0;
    for (auto at = begin; at != end; ++at) sum += at->weight;
    const uint64_t drawn = rng.below(sum + 1);  // those of weight 0 stand first: chosen when 0 is drawn
    uint64_t running = 0;
    auto chosen = begin;
    while (std::next(chosen) != end && (running += chosen->weight) < drawn) ++chosen;
    std::rotate(begin, chosen, std::next(chosen));
}

// The names under which SRV is asked for: those that NAPTR gives for the service, else the usual one.
std::vector<std::string> srv_names(const std::string& host, const ProtocolRow& protocol, NameService& names,
                                   std::string& notice) {
    std::vector<std::string> found;
    Result<std::vector<NaptrRecord>> records = names.naptr(host);
    if (!records) {
        notice = records.error().text;
    } else {
        std::stable_sort(records->begin(), records->end(), [](const NaptrRecord& a, const NaptrRecord& b) {
            return std::tie(a.order, a.preference) < std::tie(b.order, b.preference);
        });
        for (const NaptrRecord& each : *records)
            if (equal_case(each.service, protocol.naptr_service) && equal_case(each.flags, "s") &&
                !each.replacement.empty() && found.size() < kMostRecords)
                found.push_back(each.replacement);
    }
    if (found.empty()) found.push_back(std::string(protocol.srv_prefix) + host);
    return found;
}

void add_once(std::vector<Address>& all, const std::vector<Address>& more) {
    for (const Address& address : more)
        if (std::find(all.begin(), all.end(), address) == all.end()) all.push_back(address);
}

void keep_one_family(std::vector<Address>& all) {
    const uint8_t family = all.front().family;  // one socket has one
    std::erase_if(all, [family](const Address& address) { return address.family != family; });
}

void add_to_line(std::string& line, const std::string& more) {
    line += (line.empty() ? "" : "; ") + more;
}

bool is_usable(const SrvRecord& record) {
    return record.port != 0 && !record.target.empty() && record.target != ".";
}

// RFC 2782: one record with the root as its target says that the service is not there.
bool says_no(const std::vector<SrvRecord>& records) {
    return records.size() == 1 && (records[0].target.empty() || records[0].target == ".");
}

// The addresses behind the records, in their order.
std::vector<Address> addresses_of(const std::vector<SrvRecord>& records, int family_hint, NameService& names,
                                  std::string& notice) {
    std::vector<Address> all;
    for (const SrvRecord& record : records) {
        Result<std::vector<Address>> found = names.addresses(record.target, record.port, family_hint);
        if (found)
            add_once(all, *found);
        else
            add_to_line(notice, found.error().text);
    }
    return all;
}

}  // namespace

std::vector<SrvRecord> ordered(std::vector<SrvRecord> records, Rng& rng) {
    std::stable_sort(records.begin(), records.end(), [](const SrvRecord& a, const SrvRecord& b) {
        return std::tie(a.priority, a.weight) < std::tie(b.priority, b.weight);
    });
    for (auto begin = records.begin(); begin != records.end();) {
        const auto end = std::find_if(begin, records.end(), [priority = begin->priority](const SrvRecord& each) {
            return each.priority != priority;
        });
        for (; begin != end; ++begin) draw_next(begin, end, rng);
    }
    return records;
}

Result<Located> locate_by_address(const std::string& host, uint16_t port, int family_hint, NameService& names) {
    Result<std::vector<Address>> found = names.addresses(host, port, family_hint);
    if (!found) return found.error();
    Located located;
    add_once(located.addresses, *found);
    keep_one_family(located.addresses);
    return located;
}

Result<Located> locate(const std::string& host, const ProtocolRow& protocol, int family_hint, NameService& names,
                       Rng& rng) {
    if (protocol.srv_prefix.empty() || is_numeric(host) || is_localhost(host) || names.in_hosts_file(host))
        return locate_by_address(host, kSipPort, family_hint, names);
    Located located;
    std::string used;
    for (const std::string& name : srv_names(host, protocol, names, located.notice)) {
        Result<std::vector<SrvRecord>> records = names.srv(name);
        if (!records) {
            add_to_line(located.notice, records.error().text);
            continue;
        }
        if (says_no(*records))
            return Error{host + " offers no SIP over " + std::string(protocol.token) + ": the SRV record of " + name +
                         " names no host (-no_srv looks at its address all the same)"};
        std::erase_if(*records, [](const SrvRecord& record) { return !is_usable(record); });
        std::vector<SrvRecord> in_order = ordered(std::move(*records), rng);
        if (in_order.size() > kMostRecords) in_order.resize(kMostRecords);
        add_once(located.addresses, addresses_of(in_order, family_hint, names, located.notice));
        if (!located.addresses.empty() && used.empty()) used = name;
    }
    if (located.addresses.empty()) {
        Result<Located> plain = locate_by_address(host, kSipPort, family_hint, names);
        if (!plain) return Error{plain.error().text + (located.notice.empty() ? "" : "; " + located.notice)};
        plain->notice = located.notice;
        return plain;
    }
    keep_one_family(located.addresses);
    std::string line = "SRV of " + used + ":";
    for (const Address& address : located.addresses) line += " " + endpoint_text(address);
    located.notice = located.notice.empty() ? line : line + "; " + located.notice;
    return located;
}

}  // namespace gsp::rt
