// SPDX-License-Identifier: Apache-2.0
// Where the remote host is: NAPTR, SRV, then A and AAAA (RFC 3263), as an ordered list of addresses. Set-up only: it
// may wait for answers. Names and randomness are parameters.
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/result.h"
#include "runtime/base/rng.h"
#include "runtime/transport/transport.h"

namespace gsp::rt {

struct SrvRecord {  // RFC 2782
    uint16_t priority, weight, port;
    std::string target;
};

struct NaptrRecord {  // RFC 2915
    uint16_t order, preference;
    std::string flags, service, replacement;
};

class NameService {
public:
    virtual ~NameService() = default;
    // Empty: there are none. An error: nobody could be asked, or what came cannot be read.
    virtual Result<std::vector<NaptrRecord>> naptr(const std::string& name) = 0;
    virtual Result<std::vector<SrvRecord>> srv(const std::string& name) = 0;
    // A, AAAA; at least one, or an error.
    virtual Result<std::vector<Address>> addresses(const std::string& host, uint16_t port, int family_hint) = 0;
    virtual bool in_hosts_file(const std::string& host) = 0;
};

// Asks `server`, a number, or those of the system and its hosts file if it is empty.
Result<std::unique_ptr<NameService>> open_name_service(const std::string& server, uint16_t port);

// Records in the order in which they are to be tried: by priority; of equal ones at random by weight (RFC 2782).
std::vector<SrvRecord> ordered(std::vector<SrvRecord>, Rng&);

struct Located {
    std::vector<Address> addresses;  // in the order to try them, each once, at least one, of one family
    std::string notice;              // one line about what was found on the way; empty: nothing worth telling
};

// The way of RFC 3263 4.1 and 4.2 for a transport that is settled: NAPTR can only name another SRV record.
Result<Located> locate(const std::string& host, const ProtocolRow&, int family_hint, NameService&, Rng&);

// The addresses of `host`, at `port`.
Result<Located> locate_by_address(const std::string& host, uint16_t port, int family_hint, NameService&);

}  // namespace gsp::rt
