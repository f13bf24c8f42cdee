// SPDX-License-Identifier: Apache-2.0
// Addresses as text and names as addresses.
#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>

#include <algorithm>
#include <cstring>
#include <iterator>

#include "runtime/transport/sockaddr.h"
#include "runtime/transport/transport.h"

namespace gsp::rt {

namespace {

int native_family(int family) {
    if (family == 4) return AF_INET;
    return family == 6 ? AF_INET6 : AF_UNSPEC;
}

bool has_brackets(const std::string& host) {
    return host.size() > 2 && host.front() == '[' && host.back() == ']';
}

}  // namespace

std::string ip_text(const Address& address) {
    char text[INET6_ADDRSTRLEN] = "";
    if (address.family != 0) inet_ntop(native_family(address.family), address.ip, text, sizeof text);
    return text;
}

std::string ip_bracketed(const Address& address) {
    std::string text = ip_text(address);
    if (address.family == 6) text.insert(0, 1, '[').push_back(']');
    return text;
}

std::string endpoint_text(const Address& address) {
    return ip_bracketed(address) + ":" + std::to_string(address.port);
}

bool is_wildcard(const Address& address) {
    return std::all_of(std::begin(address.ip), std::end(address.ip), [](uint8_t byte) { return byte == 0; });
}

Result<std::vector<Address>> resolve_all(const std::string& host, uint16_t port, int family_hint) {
    std::string name = has_brackets(host) ? host.substr(1, host.size() - 2) : host;
    std::string problem = "cannot resolve '" + host + "'";
    if (name.empty()) return Error{problem + ": the name is empty", EINVAL};
    addrinfo hints{}, *found = nullptr;
    hints.ai_family = native_family(family_hint);
    hints.ai_socktype = SOCK_DGRAM;
    int failure = getaddrinfo(name.c_str(), nullptr, &hints, &found);
    if (failure == EAI_SYSTEM) return system_error(problem, errno);
    if (failure != 0) return Error{problem + ": " + gai_strerror(failure), 0};
    std::vector<Address> all;
    for (const addrinfo* each = found; each; each = each->ai_next) {
        sockaddr_storage native{};
        std::memcpy(&native, each->ai_addr, each->ai_addrlen);
        all.push_back(from_native(native));
        all.back().port = port;
    }
    freeaddrinfo(found);
    return all;
}

Result<Address> resolve(const std::string& host, uint16_t port, int family_hint) {
    Result<std::vector<Address>> all = resolve_all(host, port, family_hint);
    if (!all) return all.error();
    return all->front();
}

bool is_numeric(const std::string& host) {
    in6_addr address;  // holds either
    return inet_pton(AF_INET, host.c_str(), &address) == 1 || inet_pton(AF_INET6, host.c_str(), &address) == 1;
}

socklen_t to_native(const Address& address, sockaddr_storage& out) {
    if (address.family == 6) {
        sockaddr_in6 native{};
        native.sin6_family = AF_INET6;
        native.sin6_port = htons(address.port);
        std::memcpy(&native.sin6_addr, address.ip, 16);
        std::memcpy(&out, &native, sizeof native);
        return sizeof native;
    }
    sockaddr_in native{};
    native.sin_family = AF_INET;
    native.sin_port = htons(address.port);
    std::memcpy(&native.sin_addr, address.ip, 4);
    std::memcpy(&out, &native, sizeof native);
    return sizeof native;
}

Address from_native(const sockaddr_storage& native) {
    Address address;
    if (native.ss_family == AF_INET) {
        sockaddr_in in;
        std::memcpy(&in, &native, sizeof in);
        address.family = 4;
        address.port = ntohs(in.sin_port);
        std::memcpy(address.ip, &in.sin_addr, 4);
    } else if (native.ss_family == AF_INET6) {
        sockaddr_in6 in;
        std::memcpy(&in, &native, sizeof in);
        address.family = 6;
        address.port = ntohs(in.sin6_port);
        std::memcpy(address.ip, &in.sin6_addr, 16);
    }
    return address;
}

}  // namespace gsp::rt
