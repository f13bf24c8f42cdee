// SPDX-License-Identifier: Apache-2.0
#include "runtime/media/turn_tls.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <span>

#include "runtime/transport/sockaddr.h"

namespace gsp::rt {

namespace {

constexpr uint64_t kListener = 0;  // number in epoll; tunnels count from 1

int open_stream(const Address& like) {
    const int fd = ::socket(like.family == 6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    const int on = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    return fd;
}

Address loopback_of(int family) {
    Address address{.family = static_cast<uint8_t>(family)};
    if (family == 6)
        address.ip[15] = 1;
    else
        address.ip[0] = 127, address.ip[3] = 1;
    return address;
}

// Bytes that have come from one side and not yet gone to the other.
struct Bytes {
    std::array<char, 16384> room;
    size_t begin = 0, end = 0;
    std::span<char> waiting() { return {room.data() + begin, end - begin}; }
    bool put(long n) {  // so many were read
        if (n <= 0) return false;
        begin = 0, end = static_cast<size_t>(n);
        return true;
    }
    bool took(long n) {  // so many were written
        if (n <= 0) return false;
        begin += static_cast<size_t>(n);
        return true;
    }
};

bool only_waits(long result) {
    return result < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR);
}

}  // namespace

struct TurnTls::Context {
    ~Context() { SSL_CTX_free(native); }
    Result<void> verify(const TlsConfig&);
    SSL_CTX* native = SSL_CTX_new(TLS_client_method());
    std::string name;  // of SNI; empty: none
};

struct TurnTls::Tunnel {
    ~Tunnel() {
        SSL_free(tls);
        if (near >= 0) ::close(near);
        if (far >= 0) ::close(far);
    }
    bool pump();  // false: it is over
    bool tls_waits(int result) const {
        const int why = SSL_get_error(tls, result);
        return why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE;
    }

    int near = -1, far = -1;
    SSL* tls = nullptr;
    Bytes up, down;
};

// Both sockets tell when they change only, so all that can move has to.
bool TurnTls::Tunnel::pump() {
    for (bool moves = true; moves;) {
        moves = false;
        ERR_clear_error();
        if (!SSL_is_init_finished(tls)) {
            const int shaken = SSL_do_handshake(tls);
            if (shaken != 1) return tls_waits(shaken);
        }
        if (up.waiting().empty()) {
            const long n = recv(near, up.room.data(), up.room.size(), 0);
            if (n == 0 || (n < 0 && !only_waits(n))) return false;
            up.put(n);
        }
        if (const auto bytes = up.waiting(); !bytes.empty()) {
            const int n = SSL_write(tls, bytes.data(), static_cast<int>(bytes.size()));
            if (n <= 0 && !tls_waits(n)) return false;
            moves |= up.took(n);
        }
        if (down.waiting().empty()) {
            const int n = SSL_read(tls, down.room.data(), static_cast<int>(down.room.size()));
            if (n <= 0 && !tls_waits(n)) return false;
            down.put(n);
        }
        if (const auto bytes = down.waiting(); !bytes.empty()) {
            const long n = send(near, bytes.data(), bytes.size(), MSG_NOSIGNAL);
            if (n < 0 && !only_waits(n)) return false;
            moves |= down.took(n);
        }
    }
    return true;
}

// As for SIP over TLS: with -tls_ca or -tls_crl, unless -tls_skip_verify says otherwise.
Result<void> TurnTls::Context::verify(const TlsConfig& config) {
    if (!config.verifies()) return {};
    const auto cannot = [](const char* option, const std::string& file) {
        ERR_clear_error();
        return Error{std::string(option) + ": no certificates can be read from '" + file + "'"};
    };
    if (!config.ca.empty() && SSL_CTX_load_verify_locations(native, config.ca.c_str(), nullptr) != 1)
        return cannot("-tls_ca", config.ca);
    X509_STORE* const store = SSL_CTX_get_cert_store(native);
    if (!config.crl.empty()) {
        X509_LOOKUP* const lookup = X509_STORE_add_lookup(store, X509_LOOKUP_file());
        if (X509_load_crl_file(lookup, config.crl.c_str(), X509_FILETYPE_PEM) < 1)
            return cannot("-tls_crl", config.crl);
        X509_STORE_set_flags(store, X509_V_FLAG_CRL_CHECK);
    }
    SSL_CTX_set_verify(native, SSL_VERIFY_PEER, nullptr);
    return {};
}

TurnTls::TurnTls(const Address& server, std::unique_ptr<Context> context)
    : server_(server), context_(std::move(context)), epoll_(epoll_create1(EPOLL_CLOEXEC)) {}

TurnTls::~TurnTls() {
    if (listener_ >= 0) ::close(listener_);
    ::close(epoll_);
}

Result<std::unique_ptr<TurnTls>> TurnTls::open(const Address& server, const std::string& host,
                                               const TlsConfig& config) {
    auto context = std::make_unique<Context>();
    SSL_CTX_set_mode(context->native, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    if (auto verified = context->verify(config); !verified) return verified.error();
    if (!is_numeric(host)) context->name = host;
    std::unique_ptr<TurnTls> made(new TurnTls(server, std::move(context)));
    if (auto listens = made->listen(); !listens) return listens.error();
    return made;
}

Result<void> TurnTls::listen() {
    local_ = loopback_of(server_.family);
    listener_ = open_stream(local_);
    sockaddr_storage native{};
    socklen_t len = to_native(local_, native);
    if (listener_ < 0 || bind(listener_, reinterpret_cast<sockaddr*>(&native), len) != 0 ||
        ::listen(listener_, SOMAXCONN) != 0)
        return system_error("-turn_transport tls: cannot listen on loopback", errno);
    getsockname(listener_, reinterpret_cast<sockaddr*>(&native), &len);
    local_ = from_native(native);
    epoll_event event{.events = EPOLLIN, .data = {.u64 = kListener}};
    epoll_ctl(epoll_, EPOLL_CTL_ADD, listener_, &event);
    return {};
}

void TurnTls::run() {
    std::array<epoll_event, 64> events;
    const int n = epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), 0);
    for (int i = 0; i < n; ++i) {
        const uint64_t number = events[static_cast<size_t>(i)].data.u64;
        if (number == kListener) {
            accept();
        } else if (const auto found = tunnels_.find(number); found != tunnels_.end()) {
            if (!found->second->pump()) tunnels_.erase(found);
        }
    }
}

void TurnTls::accept() {
    auto tunnel = std::make_unique<Tunnel>();
    tunnel->near = accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (tunnel->near < 0) return;
    const int on = 1;
    setsockopt(tunnel->near, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    tunnel->far = open_stream(server_);
    sockaddr_storage native{};
    const socklen_t len = to_native(server_, native);
    if (tunnel->far < 0) return;
    if (connect(tunnel->far, reinterpret_cast<sockaddr*>(&native), len) != 0 && errno != EINPROGRESS) return;
    tunnel->tls = SSL_new(context_->native);
    SSL_set_fd(tunnel->tls, tunnel->far);
    SSL_set_connect_state(tunnel->tls);
    if (!context_->name.empty()) SSL_set_tlsext_host_name(tunnel->tls, context_->name.c_str());
    epoll_event event{.events = EPOLLIN | EPOLLOUT | EPOLLET, .data = {.u64 = ++opened_}};
    epoll_ctl(epoll_, EPOLL_CTL_ADD, tunnel->near, &event);
    epoll_ctl(epoll_, EPOLL_CTL_ADD, tunnel->far, &event);
    tunnels_[opened_] = std::move(tunnel);
}

}  // namespace gsp::rt
