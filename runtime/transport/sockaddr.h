// SPDX-License-Identifier: Apache-2.0
// Addresses in the system's form. Private to runtime/transport and the set-up of sockets.
#pragma once
#include <sys/socket.h>

#include <string>

#include "runtime/transport/transport.h"

namespace gsp::rt {

socklen_t to_native(const Address&, sockaddr_storage& out);  // family 4 or 6
Address from_native(const sockaddr_storage&);                // family 0 if it is neither IPv4 nor IPv6

}  // namespace gsp::rt
