// SPDX-License-Identifier: Apache-2.0
#include "runtime/stats/ladder.h"

#include <algorithm>

namespace gsp::rt {

Ladders::Ladders(bool on) : places_(on ? std::make_unique_for_overwrite<Place[]>(kPlaces) : nullptr) {}

void Ladders::begin(uint32_t call) {
    if (!places_) return;
    if (call >= place_of_.size()) place_of_.resize(call + 1, kNone);
    uint32_t place;
    if (!free_.empty()) {
        place = free_.back();
        free_.pop_back();
    } else if (used_ < kPlaces) {
        place = used_++;
    } else {
        place = next_handed_on_;
        next_handed_on_ = (next_handed_on_ + 1) % kHandedOn;
        place_of_[places_[place].call] = kNone;
    }
    place_of_[call] = place;
    places_[place].call = call;
    places_[place].count = 0;
}

void Ladders::end(uint32_t call) {
    if (!places_ || place_of_[call] == kNone) return;
    free_.push_back(place_of_[call]);
    place_of_[call] = kNone;
}

Ladder Ladders::of(uint32_t call) const {
    if (!places_ || place_of_[call] == kNone) return {};
    const Place& place = places_[place_of_[call]];
    Ladder ladder;
    const uint64_t kept = std::min<uint64_t>(place.count, kEvents);
    ladder.events.assign(place.events, place.events + kept);
    if (place.count <= kEvents) return ladder;
    ladder.first_part = kFirst;
    ladder.left_out = place.count - kEvents;
    const auto oldest = static_cast<ptrdiff_t>(kFirst + (place.count - kFirst) % (kEvents - kFirst));
    std::rotate(ladder.events.begin() + kFirst, ladder.events.begin() + oldest, ladder.events.end());
    return ladder;
}

}  // namespace gsp::rt
