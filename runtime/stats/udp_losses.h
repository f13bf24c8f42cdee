// SPDX-License-Identifier: Apache-2.0
// What UDP has lost on this machine (in this network namespace), by the kernel's own count: all sockets of all
// processes, IPv4 and IPv6. Sources: /proc/net/snmp, /proc/net/snmp6 (RFC 4113, and Linux's additions).
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

namespace gsp::rt {

struct UdpLosses {
    uint64_t in_errors = 0;       // datagrams that came and were not handed over, for whatever reason
    uint64_t receive_buffer = 0;  // … of those, for want of room in the socket (RcvbufErrors)
    uint64_t send_buffer = 0;     // that did not leave for want of room (SndbufErrors)
    uint64_t all() const { return in_errors + send_buffer; }
};

// The texts of both files; what is not in them is 0.
UdpLosses parse_udp_losses(std::string_view snmp, std::string_view snmp6);

// Since it was made.
class UdpLossWatch {
public:
    explicit UdpLossWatch(std::string folder = "/proc/net");  // a folder without the files: nothing is ever lost
    UdpLosses losses() const;

private:
    UdpLosses read() const;
    std::string folder_;
    UdpLosses before_;
};

}  // namespace gsp::rt
