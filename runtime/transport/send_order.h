// SPDX-License-Identifier: Apache-2.0
// Puts packets of equal length to one peer next to one another, so that they can leave as one segmented datagram,
// without changing the order of the packets of any call. Owned by one transport; nothing allocates once the largest
// batch has been seen.
#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "runtime/transport/transport.h"

namespace gsp::rt {

class SendOrder {
public:
    // Positions of the batch in the order to send them; valid until the next call.
    std::span<const uint32_t> arrange(std::span<const TxPacket> batch);

private:
    // Packets of one layer, peer and length. A packet whose call already has one in another group of this batch goes at
    // least one layer further down; layers are sent from the top.
    struct Chain {
        uint32_t first, last;
    };
    struct Group {
        uint32_t layer;
        Chain packets;
        uint32_t next;  // group of the layer
    };
    struct CallSlot {
        uint32_t stamp = 0, call = 0, group = 0;
    };
    struct GroupSlot {
        uint32_t stamp = 0, group = 0;
    };

    void start(size_t packets);
    CallSlot& call_slot(uint32_t call);
    uint32_t group_for(std::span<const TxPacket> batch, uint32_t packet, uint32_t layer);
    uint32_t add_group(uint32_t layer, uint32_t packet);

    std::vector<Group> groups_;
    std::vector<Chain> layers_;    // of groups
    std::vector<CallSlot> calls_;  // hash tables, power-of-two size, twice the packets; other stamps are free slots
    std::vector<GroupSlot> group_slots_;
    std::vector<uint32_t> next_, order_;
    uint32_t stamp_ = 0;
};

}  // namespace gsp::rt
