// SPDX-License-Identifier: Apache-2.0
// The name of a transport on the wire and in logs, from the letter of -t.
#pragma once
#include <string_view>

#include "runtime/config.h"

namespace gsp::rt {

constexpr std::string_view transport_name(char letter) {
    switch (letter) {
    case 't': return "TCP";
    case 'l': return "TLS";
    case 's': return "SCTP";
    default: return "UDP";
    }
}
inline std::string_view transport_name(const NetConfig& net) {
    return transport_name(net.transport.empty() ? 'u' : net.transport[0]);
}

}  // namespace gsp::rt
