// SPDX-License-Identifier: Apache-2.0
// Connections by their number. A number holds a place and a generation, so that one of the past finds nothing. Private
// to runtime/transport.
#pragma once
#include <cerrno>
#include <deque>
#include <string>
#include <unordered_map>
#include <vector>

#include "runtime/transport/transport.h"

namespace gsp::rt {

// Ptr: a pointer that owns.
template <class Ptr>
class ConnTable {
public:
    explicit ConnTable(Seat seat) : seat_(seat), slots_(1) {}  // the first place, kMainConn's, stays empty

    const Ptr* find(ConnId id) const {
        const uint32_t place = place_of(id);
        if (place >= slots_.size() || seat_of(id, seat_.of) != seat_.index ||
            !slots_[place].ptr || slots_[place].generation != id >> kConnPlaceBits)
            return nullptr;
        return &slots_[place].ptr;
    }
    Result<ConnId> add(Ptr ptr) {
        uint32_t place = static_cast<uint32_t>(slots_.size());
        if (!free_.empty()) {
            place = free_.front();
            free_.pop_front();
        } else if (place < kPlaces / seat_.of) {
            slots_.emplace_back();
        } else {
            return Error{std::to_string(kPlaces / seat_.of - 1) + " connections are open, there can be no more", EMFILE};
        }
        slots_[place].generation = (slots_[place].generation + 1) % kGenerations;
        slots_[place].ptr = std::move(ptr);
        return slots_[place].generation << kConnPlaceBits | (place * seat_.of + seat_.index);
    }
    uint32_t size() const { return static_cast<uint32_t>(slots_.size() - 1 - free_.size()); }
    void replace(ConnId id, Ptr ptr) { slots_[place_of(id)].ptr = std::move(ptr); }
    void erase(ConnId id) {
        if (!find(id)) return;
        slots_[place_of(id)].ptr = {};
        free_.push_back(place_of(id));
    }
    template <class F>
    void each(F&& f) const {
        for (const Slot& slot : slots_)
            if (slot.ptr) f(slot.ptr);
    }

private:
    static constexpr uint32_t kPlaces = 1u << kConnPlaceBits;
    static constexpr uint32_t kGenerations = (1u << (32 - kConnPlaceBits)) - 1;  // kNoConn has one that is never used
    struct Slot {
        Ptr ptr{};
        uint32_t generation = 0;
    };
    uint32_t place_of(ConnId id) const { return id % kPlaces / seat_.of; }

    const Seat seat_;
    std::vector<Slot> slots_;
    std::deque<uint32_t> free_;  // the longest unused first
};

// Connections that were opened for single calls, which further calls share in turn when there may be no more.
class SharedInTurn {
public:
    size_t size() const { return ids_.size(); }
    void add(ConnId id) {
        places_.emplace(id, ids_.size());
        ids_.push_back(id);
    }
    void remove(ConnId id) {
        const auto found = places_.find(id);
        if (found == places_.end()) return;
        ids_[found->second] = ids_.back();
        places_[ids_.back()] = found->second;
        ids_.pop_back();
        places_.erase(id);
    }
    template <class Fits>
    ConnId next(Fits&& fits) {
        for (size_t tried = 0; tried < ids_.size(); ++tried)
            if (const ConnId id = ids_[next_++ % ids_.size()]; fits(id)) return id;
        return kNoConn;
    }

private:
    std::vector<ConnId> ids_;
    std::unordered_map<ConnId, size_t> places_;  // in ids_
    size_t next_ = 0;
};

}  // namespace gsp::rt
