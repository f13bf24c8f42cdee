// SPDX-License-Identifier: Apache-2.0
// Datagrams as a capture (libpcap's savefile format, times in nanoseconds): IP and UDP headers are made, with their
// checksums, of the addresses. Pure functions.
#pragma once
#include <string>

#include "runtime/media/packet_store.h"

namespace gsp::rt {

void begin_pcap(std::string& out);
void add_to_pcap(const StoredPacket&, std::string& out);
std::string pcap_of(const PacketStore&);

}  // namespace gsp::rt
