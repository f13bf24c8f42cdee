// SPDX-License-Identifier: Apache-2.0
// Grouping in one pass over the batch, then one over the groups.
#include "runtime/transport/send_order.h"

#include <bit>
#include <cstring>

namespace gsp::rt {

namespace {

constexpr uint32_t kEnd = UINT32_MAX;

uint64_t mixed(uint64_t value) {
    value *= 0x9e3779b97f4a7c15;
    return value ^ (value >> 32);
}

uint64_t hash_of(const TxPacket& packet, uint32_t layer) {
    uint64_t words[2];
    std::memcpy(words, packet.to.ip, sizeof words);
    uint64_t rest = uint64_t{packet.len} << 32 | uint64_t{packet.to.port} << 16 | layer;
    return mixed(mixed(words[0] ^ rest) + words[1]);
}

bool can_share(const TxPacket& a, const TxPacket& b) {
    return a.len == b.len && a.to == b.to;
}

}  // namespace

void SendOrder::start(size_t packets) {
    if (packets * 2 > calls_.size() || ++stamp_ == 0) {
        size_t slots = std::bit_ceil(packets * 2);
        calls_.assign(slots, {});
        group_slots_.assign(slots, {});
        next_.resize(slots);
        stamp_ = 1;
    }
    groups_.clear();
    order_.clear();
    layers_.clear();
}

// The slot of the call; its stamp is old if the call has no packet yet.
SendOrder::CallSlot& SendOrder::call_slot(uint32_t call) {
    size_t mask = calls_.size() - 1;
    for (size_t i = mixed(call) & mask;; i = (i + 1) & mask) {
        if (calls_[i].stamp != stamp_ || calls_[i].call == call) return calls_[i];
    }
}

uint32_t SendOrder::add_group(uint32_t layer, uint32_t packet) {
    uint32_t index = static_cast<uint32_t>(groups_.size());
    groups_.push_back({layer, {packet, packet}, kEnd});
    if (layer == layers_.size()) {
        layers_.push_back({index, index});
    } else {
        groups_[layers_[layer].last].next = index;
        layers_[layer].last = index;
    }
    return index;
}

// Puts the packet into its group of the layer and returns that. No layer is skipped: the packet before it of the same
// call is one above.
uint32_t SendOrder::group_for(std::span<const TxPacket> batch, uint32_t packet, uint32_t layer) {
    size_t mask = group_slots_.size() - 1;
    for (size_t i = hash_of(batch[packet], layer) & mask;; i = (i + 1) & mask) {
        GroupSlot& slot = group_slots_[i];
        if (slot.stamp != stamp_) {
            slot = {stamp_, add_group(layer, packet)};
            return slot.group;
        }
        Group& group = groups_[slot.group];
        if (group.layer == layer && can_share(batch[group.packets.first], batch[packet])) {
            next_[group.packets.last] = packet;
            group.packets.last = packet;
            return slot.group;
        }
    }
}

std::span<const uint32_t> SendOrder::arrange(std::span<const TxPacket> batch) {
    start(batch.size());
    for (uint32_t i = 0; i < batch.size(); ++i) {
        next_[i] = kEnd;
        if (batch[i].call == TxPacket::kNoCall) {
            group_for(batch, i, 0);
            continue;
        }
        CallSlot& slot = call_slot(batch[i].call);
        uint32_t layer = 0;
        if (slot.stamp == stamp_) {
            const Group& before = groups_[slot.group];
            layer = before.layer + !can_share(batch[before.packets.first], batch[i]);
        }
        slot = {stamp_, batch[i].call, group_for(batch, i, layer)};
    }
    for (const Chain& layer : layers_) {
        for (uint32_t group = layer.first; group != kEnd; group = groups_[group].next) {
            for (uint32_t i = groups_[group].packets.first; i != kEnd; i = next_[i]) order_.push_back(i);
        }
    }
    return order_;
}

}  // namespace gsp::rt
