// SPDX-License-Identifier: Apache-2.0
// The DNS by c-ares, which asks again over TCP what an answer in a datagram had no room for. Addresses come from the
// system (its hosts file and whatever else it knows), unless a server is named.
#include <ares.h>
#include <arpa/nameser.h>
#include <netdb.h>
#include <poll.h>

#include <array>
#include <cstring>
#include <functional>

#include "runtime/base/clock.h"
#include "runtime/transport/locate.h"
#include "runtime/transport/sockaddr.h"

namespace gsp::rt {

namespace {

constexpr int kWaitMs = 1000, kTries = 2;    // of each server; c-ares doubles the time
constexpr uint64_t kLongest = 10 * kSecond;  // one question, whatever its servers do

std::string why(int status) {
    return ares_strerror(status);
}

// ares_library_init() counts its calls.
struct Library {
    Library() : status(ares_library_init(ARES_LIB_INIT_ALL)) {}
    ~Library() {
        if (status == ARES_SUCCESS) ares_library_cleanup();
    }
    Library(const Library&) = delete;
    Library& operator=(const Library&) = delete;
    const int status;
};

// What came for a question.
struct Answer {
    bool there = false;
    int status = ARES_ENODATA;
    std::vector<unsigned char> bytes;
    std::vector<Address> addresses;
};

void take_bytes(void* into, int status, int, unsigned char* bytes, int length) {
    auto& answer = *static_cast<Answer*>(into);
    answer.there = true;
    answer.status = status;
    if (bytes && length > 0) answer.bytes.assign(bytes, bytes + length);
}

void take_addresses(void* into, int status, int, ares_addrinfo* found) {
    auto& answer = *static_cast<Answer*>(into);
    answer.there = true;
    answer.status = status;
    for (const ares_addrinfo_node* each = found ? found->nodes : nullptr; each; each = each->ai_next) {
        sockaddr_storage native{};
        std::memcpy(&native, each->ai_addr, each->ai_addrlen);
        answer.addresses.push_back(from_native(native));
    }
    if (found) ares_freeaddrinfo(found);
}

std::string text(const unsigned char* bytes) {
    return bytes ? reinterpret_cast<const char*>(bytes) : "";
}

SrvRecord record_of(const ares_srv_reply& each) {
    return {each.priority, each.weight, each.port, each.host ? each.host : ""};
}

NaptrRecord record_of(const ares_naptr_reply& each) {
    return {each.order, each.preference, text(each.flags), text(each.service),
            each.replacement ? each.replacement : ""};
}

class Ares final : public NameService {
public:
    static Result<std::unique_ptr<NameService>> open(const std::string& server, uint16_t port) {
        auto names = std::unique_ptr<Ares>(new Ares(!server.empty()));
        if (int status = names->prepare(server, port); status != ARES_SUCCESS)
            return Error{"cannot ask the DNS" + (server.empty() ? "" : " server '" + server + "'") + ": " +
                         why(status)};
        return std::unique_ptr<NameService>(std::move(names));
    }
    ~Ares() override {
        if (channel_) ares_destroy(channel_);
    }

    Result<std::vector<NaptrRecord>> naptr(const std::string& name) override {
        return records<NaptrRecord>("NAPTR", ns_t_naptr, name, ares_parse_naptr_reply);
    }
    Result<std::vector<SrvRecord>> srv(const std::string& name) override {
        return records<SrvRecord>("SRV", ns_t_srv, name, ares_parse_srv_reply);
    }
    Result<std::vector<Address>> addresses(const std::string& host, uint16_t port, int family_hint) override;
    bool in_hosts_file(const std::string& host) override;

private:
    explicit Ares(bool own_server) : own_server_(own_server) {}
    int prepare(const std::string& server, uint16_t port);
    void wait_for(const Answer&);
    template <class Record, class Reply>
    Result<std::vector<Record>> records(const char* kind, int type, const std::string& name,
                                        int (*parse)(const unsigned char*, int, Reply**));

    const bool own_server_;
    Library library_;
    ares_channel channel_ = nullptr;
};

int Ares::prepare(const std::string& server, uint16_t port) {
    if (library_.status != ARES_SUCCESS) return library_.status;
    ares_options options{};
    options.timeout = kWaitMs;
    options.tries = kTries;
    char dns_only[] = "b";
    options.lookups = dns_only;
    const int given = ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | (own_server_ ? ARES_OPT_LOOKUPS : 0);
    const int status = ares_init_options(&channel_, &options, given);
    if (status != ARES_SUCCESS) return channel_ = nullptr, status;
    if (!own_server_) return ARES_SUCCESS;
    if (!is_numeric(server)) return ARES_EBADSTR;
    const bool v6 = server.find(':') != server.npos;
    const std::string at = (v6 ? "[" + server + "]" : server) + ":" + std::to_string(port);
    return ares_set_servers_ports_csv(channel_, at.c_str());
}

void Ares::wait_for(const Answer& answer) {
    SystemClock clock;
    while (!answer.there) {
        std::array<ares_socket_t, ARES_GETSOCK_MAXNUM> sockets;
        const auto wanted = static_cast<unsigned>(ares_getsock(channel_, sockets.data(), ARES_GETSOCK_MAXNUM));
        std::array<pollfd, ARES_GETSOCK_MAXNUM> ready{};
        nfds_t n = 0;
        for (unsigned i = 0; i < sockets.size(); ++i) {
            const bool reads = wanted & (1u << i), writes = wanted & (1u << (i + ARES_GETSOCK_MAXNUM));
            if (!reads && !writes) continue;
            ready[n++] = {sockets[i], static_cast<short>((reads ? POLLIN : 0) | (writes ? POLLOUT : 0)), 0};
        }
        timeval longest{.tv_sec = 1, .tv_usec = 0}, time{};
        const timeval* wait = ares_timeout(channel_, &longest, &time);
        poll(ready.data(), n, static_cast<int>(wait->tv_sec * 1000 + wait->tv_usec / 1000 + 1));
        if (clock.read_ns() > kLongest) return ares_cancel(channel_);  // tells the question that it is over
        ares_process_fd(channel_, ARES_SOCKET_BAD, ARES_SOCKET_BAD);   // those whose time is up
        for (nfds_t i = 0; i < n; ++i)
            if (ready[i].revents)
                ares_process_fd(channel_, ready[i].revents & ~POLLOUT ? ready[i].fd : ARES_SOCKET_BAD,
                                ready[i].revents & POLLOUT ? ready[i].fd : ARES_SOCKET_BAD);
    }
}

template <class Record, class Reply>
Result<std::vector<Record>> Ares::records(const char* kind, int type, const std::string& name,
                                          int (*parse)(const unsigned char*, int, Reply**)) {
    Answer answer;
    ares_search(channel_, name.c_str(), ns_c_in, type, take_bytes, &answer);
    wait_for(answer);
    int status = answer.status;
    Reply* first = nullptr;
    if (status == ARES_SUCCESS) status = parse(answer.bytes.data(), static_cast<int>(answer.bytes.size()), &first);
    std::vector<Record> all;
    for (const Reply* each = first; each; each = each->next) all.push_back(record_of(*each));
    if (first) ares_free_data(first);
    if (status == ARES_SUCCESS || status == ARES_ENODATA || status == ARES_ENOTFOUND) return all;
    return Error{std::string("the DNS does not tell ") + kind + " of " + name + ": " + why(status)};
}

Result<std::vector<Address>> Ares::addresses(const std::string& host, uint16_t port, int family_hint) {
    if (!own_server_ || is_numeric(host)) return resolve_all(host, port, family_hint);
    ares_addrinfo_hints hints{};
    hints.ai_family = family_hint == 4 ? AF_INET : family_hint == 6 ? AF_INET6 : AF_UNSPEC;
    Answer answer;
    ares_getaddrinfo(channel_, host.c_str(), nullptr, &hints, take_addresses, &answer);
    wait_for(answer);
    if (answer.addresses.empty())
        return Error{"cannot resolve '" + host +
                     "': " + why(answer.status == ARES_SUCCESS ? int{ARES_ENODATA} : answer.status)};
    for (Address& address : answer.addresses) address.port = port;
    return answer.addresses;
}

bool Ares::in_hosts_file(const std::string& host) {
    if (own_server_) return false;
    for (const int family : {AF_INET, AF_INET6}) {
        hostent* found = nullptr;
        const int status = ares_gethostbyname_file(channel_, host.c_str(), family, &found);
        if (found) ares_free_hostent(found);
        if (status == ARES_SUCCESS) return true;
    }
    return false;
}

}  // namespace

Result<std::unique_ptr<NameService>> open_name_service(const std::string& server, uint16_t port) {
    return Ares::open(server, port);
}

}  // namespace gsp::rt
