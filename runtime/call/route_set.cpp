// SPDX-License-Identifier: Apache-2.0
#include "runtime/call/route_set.h"

#include <algorithm>
#include <string>
#include <vector>

namespace gsp::rt {

namespace {

std::string_view trimmed(std::string_view s) {
    size_t first = s.find_first_not_of(" \t\r\n"), last = s.find_last_not_of(" \t\r\n");
    return first == s.npos ? std::string_view() : s.substr(first, last - first + 1);
}

// The routes of all Record-Route headers, split at commas.
std::vector<std::string_view> split_routes(const sip::Message& message) {
    std::vector<std::string_view> routes;
    for (uint32_t i = 0; i < message.n_headers; ++i) {
        if (message.headers[i].id != sip::Header::RecordRoute) continue;
        std::string_view rest = message.value(message.headers[i]);
        while (!rest.empty()) {
            size_t comma = std::min(rest.find(','), rest.size());
            if (auto route = trimmed(rest.substr(0, comma)); !route.empty()) routes.push_back(route);
            rest.remove_prefix(std::min(comma + 1, rest.size()));
        }
    }
    return routes;
}

// Text inside <…>, or all of it.
std::string_view inside_brackets(std::string_view s) {
    size_t open = s.find('<');
    if (open == s.npos) return s;
    s.remove_prefix(open + 1);
    return s.substr(0, s.find('>'));
}

}  // namespace

void store_routes(Engine& e, Call& call, const sip::Message& message) {
    std::string_view contact = message.value_of(sip::Header::Contact);
    if (contact.empty()) {
        if (e.may_warn())
            e.warn("call " + std::string(call.call_id.view()) +
                   ": no Contact in a message that shall give the route set");
        return;
    }
    std::vector<std::string_view> routes = split_routes(message);
    if (!message.is_request()) std::reverse(routes.begin(), routes.end());
    std::string_view target = contact;
    if (!routes.empty() &&
        routes.front().find(";lr") == std::string_view::npos) {  // a strict router is the target itself
        target = routes.front();
        routes.erase(routes.begin());
        routes.push_back(contact);
    }
    std::string joined;
    for (std::string_view route : routes) {
        if (!joined.empty()) joined += ", ";
        joined += route;
    }
    CallExtra& extra = e.extra(call);
    extra.has_routes = true;
    extra.routes.routes.set(e.strings, joined);
    extra.routes.target.set(e.strings, inside_brackets(target));
}

}  // namespace gsp::rt
