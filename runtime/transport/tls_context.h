// SPDX-License-Identifier: Apache-2.0
// What the TLS connections of a run have in common: certificate, what peers are checked against, sessions to resume.
// Private to runtime/transport.
#pragma once
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <map>
#include <memory>
#include <string>

#include "runtime/transport/transport.h"

namespace gsp::rt {

class TlsContext {
public:
    // Errors name the file and what is wrong with it.
    static Result<std::unique_ptr<TlsContext>> make(const TransportConfig&);
    ~TlsContext();
    TlsContext(const TlsContext&) = delete;
    TlsContext& operator=(const TlsContext&) = delete;

    boost::asio::ssl::context& context() { return context_; }
    // Before the handshake of a connection that is opened to `peer`: name, session. `peer` must not move.
    void prepare_client(SSL*, const Address& peer);

private:
    TlsContext();
    Result<void> configure(const TransportConfig&);
    Result<void> load_certificate(const TlsConfig&, bool needed);
    Result<void> load_trust(const TlsConfig&);
    Result<void> choose_version(const std::string&);
    Result<void> open_key_log(const std::string& file);
    static int keep_session(SSL*, SSL_SESSION*);
    static void log_key(const SSL*, const char* line);

    struct AddressLess {
        bool operator()(const Address& a, const Address& b) const { return std::memcmp(&a, &b, sizeof a) < 0; }
    };
    boost::asio::ssl::context context_;
    std::string name_;  // SNI
    bool resumes_ = false;
    std::map<Address, SSL_SESSION*, AddressLess> sessions_;  // the last of each peer, owned
    std::FILE* key_log_ = nullptr;
};

}  // namespace gsp::rt
